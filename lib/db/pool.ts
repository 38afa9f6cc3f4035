import { ConnectionLostError, endsConnection } from "./errors.ts";
import type { Sql, Tx } from "./sql.ts";

/** What a pool asks of the driver for each of its connections. */
export interface ConnectionOptions {
  max: 1;
  /** The pool closes connections itself: the driver might do so just when a statement is sent. */
  idle_timeout: 0;
  max_lifetime: null;
  onclose: () => void;
}

export interface PoolOptions {
  /** Most connections at once. */
  max: number;
  /** For how long a connection may have nothing to do; null: for ever. */
  idleMs: number | null;
}

/** How old a connection gets, give or take a third: none is tied for ever to a server that was replaced. */
const LIFETIME_MS = 45 * 60_000;

/**
 * A pool whose connections have one statement or one transaction at a time, and are given up when they are cut.
 *
 * The driver's own pool (Postgres.js 3.4.9) uses a connection again whatever the cut left in it: a statement sent
 * between a socket's error and its end is never answered; the count of rows received goes on, so that the
 * next answer begins with rows that are not there; a start may wait for a write that never happens; and a
 * pause grows to 20 s, in which statements wait though other connections are idle (in its `connection.js`:
 * `closed`, `rows`, `nextWriteTimer`, `backoff`).
 *
 * `connect` makes a driver's pool of one; nothing is connected before the first statement.
 */
export function createPool(
  connect: (options: ConnectionOptions) => Sql,
  options: PoolOptions,
): Sql {
  const pool = new Pool(connect, options);
  const route = <Made>(made: Made): Made => {
    if (isStatement(made)) made.handler = (statement) => pool.send(statement);
    return made;
  };
  return new Proxy(pool.maker, {
    apply: (target, self, args) => route(Reflect.apply(target, self, args)),
    get(target, name) {
      switch (name) {
        case "unsafe":
          return (...args: Parameters<Sql["unsafe"]>) => route(target.unsafe(...args));
        case "begin":
          return (work: (tx: Tx) => Promise<unknown>) => pool.begin(work);
        case "end":
          return (options?: { timeout?: number }) => pool.end(options);
        default:
          return Reflect.get(target, name);
      }
    },
  });
}

/** A query of the driver's: its handler sends it, when it is first awaited. */
interface Statement extends Promise<unknown> {
  handler(statement: Statement): void;
  reject(error: Error): void;
}

function isStatement(made: unknown): made is Statement {
  return made instanceof Promise && "handler" in made;
}

interface Connection {
  readonly sql: Sql;
  /** Of the process' monotonic clock. */
  readonly closesAfter: number;
  idleTimer?: ReturnType<typeof setTimeout>;
  /** Tells its user that no answer will come any more. */
  onLost?: (error: Error) => void;
}

class Pool {
  /** Makes statements, and refuses to carry any out as an ended pool does. */
  readonly maker: Sql;
  private readonly connections = new Set<Connection>();
  /** The one used last is used next, so that those too many have nothing to do and are closed. */
  private readonly idle: Connection[] = [];
  private readonly waiting: ((connection: Connection) => void)[] = [];
  private ending: Promise<unknown> | undefined;

  constructor(
    private readonly connect: (options: ConnectionOptions) => Sql,
    private readonly options: PoolOptions,
  ) {
    this.maker = this.connectWith(() => {});
    this.maker.end();
  }

  send(statement: Statement): void {
    this.take((connection) => {
      connection.onLost = (error) => statement.reject(error);
      // Not the statement's own `then`, which would send it.
      Promise.prototype.then.call(
        statement,
        () => this.giveBack(connection),
        (error) => this.giveBack(connection, error),
      );
      handlerOf(connection.sql)(statement);
    });
  }

  async begin<T>(work: (tx: Tx) => Promise<T>): Promise<unknown> {
    const connection = await new Promise<Connection>((resolve) => this.take(resolve));
    const lost = new Promise<never>((_, reject) => connection.onLost = reject);
    try {
      const value = await Promise.race([connection.sql.begin(work), lost]);
      this.giveBack(connection);
      return value;
    } catch (error) {
      this.giveBack(connection, error);
      throw error;
    }
  }

  /** Refuses what waits and what comes, and closes each connection when it is free, or `timeout` seconds later. */
  end(options?: { timeout?: number }): Promise<unknown> {
    return this.ending ??= this.closeAll(options);
  }

  private async closeAll(options?: { timeout?: number }): Promise<void> {
    const closing = [...this.connections].map(({ sql }) => sql.end(options));
    this.idle.forEach(({ idleTimer }) => clearTimeout(idleTimer));
    for (const use of this.waiting.splice(0)) use(this.refusing);
    await Promise.all(closing);
  }

  /** Hands over a connection, at once or when one is free, in the order of asking. */
  private take(use: (connection: Connection) => void): void {
    if (this.ending) return use(this.refusing);
    const mayOpen = this.connections.size < this.options.max;
    const connection = this.idle.pop() ?? (mayOpen ? this.open() : undefined);
    if (!connection) {
      this.waiting.push(use);
      return;
    }
    clearTimeout(connection.idleTimer);
    use(connection);
  }

  /** Takes a connection back from its user, `error` being what it ended with. */
  private giveBack(connection: Connection, error?: unknown): void {
    connection.onLost = undefined;
    const isOld = performance.now() > connection.closesAfter;
    if (this.ending || isOld || endsConnection(error)) return this.discard(connection);
    if (!this.connections.has(connection)) return;
    const next = this.waiting.shift();
    if (next) return next(connection);
    this.idle.push(connection);
    const { idleMs } = this.options;
    if (idleMs !== null) connection.idleTimer = setTimeout(() => this.discard(connection), idleMs);
  }

  private open(): Connection {
    const connection: Connection = {
      sql: this.connectWith(() => this.lose(connection)),
      closesAfter: performance.now() + LIFETIME_MS * (2 / 3 + Math.random() * 2 / 3),
    };
    this.connections.add(connection);
    return connection;
  }

  private connectWith(onclose: () => void): Sql {
    return this.connect({ max: 1, idle_timeout: 0, max_lifetime: null, onclose });
  }

  /** It was closed: the driver has told its user, but for what was sent after the socket's error. */
  private lose(connection: Connection): void {
    const { onLost } = connection;
    this.discard(connection);
    onLost?.(new ConnectionLostError("The connection to the database was cut before it answered"));
  }

  private discard(connection: Connection): void {
    connection.sql.end({ timeout: 0 });
    if (!this.connections.delete(connection)) return;
    clearTimeout(connection.idleTimer);
    const place = this.idle.indexOf(connection);
    if (place >= 0) this.idle.splice(place, 1);
    const next = this.waiting.shift();
    if (next) next(this.open());
  }

  private get refusing(): Connection {
    return { sql: this.maker, closesAfter: Infinity };
  }
}

function handlerOf(sql: Sql): Statement["handler"] {
  return (sql.unsafe("") as unknown as Statement).handler;
}
