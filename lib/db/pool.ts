import { ConnectionLostError, endsConnection } from "./errors.ts";
import type { Sql } from "./sql.ts";
import { carryOut, type Statement } from "./statement.ts";

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
  /**
   * How long a statement, or a transaction as a whole, may take: then it is cancelled and its connection given up,
   * which may be cut without anybody having been told. Null: for ever.
   */
  answerMs: number | null;
  /** For how long no further connection is tried after one was refused while others are there; 10 s by default. */
  refusedMs?: number;
}

/** How old a connection gets, give or take a third: none is tied for ever to a server that was replaced. */
const LIFETIME_MS = 45 * 60_000;

/** Connections that are made at a time while others are there: a burst of short statements needs few. */
const MOST_OPENING = 2;

const REFUSED_MS = 10_000;

/** How long a connection that was made ahead may take for its first answer. */
const FIRST_ANSWER_MS = 10_000;

interface Connection {
  readonly sql: Sql;
  /** Of the process' monotonic clock. */
  readonly closesAfter: number;
  /** Whether the server has ever answered on it. */
  hasAnswered: boolean;
  user?: User;
  /** Closes it while it is idle, gives it up while it is used. */
  timer?: ReturnType<typeof setTimeout>;
}

/** Who has a connection or waits for one. */
interface User {
  use(connection: Connection): void;
  fail(error: unknown): void;
  /** Asks the server, on a connection of its own, to stop what was sent. */
  cancel?(): void;
}

/**
 * Connections that have one statement or one transaction at a time, and are given up when they are cut.
 *
 * The driver's own pool (Postgres.js 3.4.9) uses a connection again whatever the cut left in it: a statement sent
 * between a socket's error and its end is never answered; the count of rows received goes on, so that the
 * next answer begins with rows that are not there; a start may wait for a write that never happens; and a
 * pause grows to 20 s, in which statements wait though other connections are idle (in its `connection.js`:
 * `closed`, `rows`, `nextWriteTimer`, `backoff`).
 *
 * `connect` makes a driver's pool of one; nothing is connected before the first statement.
 */
export class Pool {
  /** Makes statements, and refuses to carry any out as an ended pool does. */
  readonly maker: Sql;
  private readonly connections = new Set<Connection>();
  /** The one used last is used next, so that those too many have nothing to do and are closed. */
  private readonly idle: Connection[] = [];
  private readonly waiting: User[] = [];
  /** When, by the process' monotonic clock, a further one may be tried after a server refused one. */
  private opensAfter = 0;
  /** Tries it then for who still waits. */
  private opensLater?: ReturnType<typeof setTimeout>;
  private opening = 0;
  private ending: Promise<unknown> | undefined;

  constructor(
    private readonly connect: (options: ConnectionOptions) => Sql,
    private readonly options: PoolOptions,
  ) {
    this.maker = this.connectWith(() => {});
    this.maker.end();
  }

  /** Carries a statement out on the first connection that is free. */
  send(statement: Statement): void {
    this.take({
      use: (connection) =>
        carryOut(statement, connection.sql, (error) => this.giveBack(connection, error)),
      fail: (error) => statement.reject(error),
      cancel: () => void (statement.active && statement.canceller?.(statement).catch(() => {})),
    });
  }

  /** Has a connection for as long as the work on it takes. */
  async lend<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const { promise: lost, reject: fail } = Promise.withResolvers<never>();
    const taken = new Promise<Connection>((use) => this.take({ use, fail }));
    const connection = await Promise.race([taken, lost]);
    try {
      const value = await Promise.race([work(connection.sql), lost]);
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
    clearTimeout(this.opensLater);
    this.idle.forEach(({ timer }) => clearTimeout(timer));
    for (const user of this.waiting.splice(0)) user.use(this.refusing);
    await Promise.all(closing);
  }

  /** Hands over a connection, at once or when one is free, in the order of asking. */
  private take(user: User): void {
    if (this.ending) return user.use(this.refusing);
    const connection = this.idle.pop();
    if (connection) return this.hand(connection, user);
    this.waiting.push(user);
    this.provide();
  }

  /**
   * Opens a connection for who waits.
   *
   * The first one is theirs, and so is its error. A further one has to answer before it is handed over: where the
   * server has no more to give, those that are there serve all.
   */
  private provide(): void {
    if (this.waiting.length === 0 || this.connections.size === this.options.max) return;
    if (this.connections.size === 0) return this.hand(this.open(), this.waiting.shift()!);
    if (this.opening >= Math.min(MOST_OPENING, this.waiting.length)) return;
    if (performance.now() >= this.opensAfter) this.openAhead();
  }

  private async openAhead(): Promise<void> {
    const connection = this.open();
    this.opening++;
    const { answerMs, refusedMs = REFUSED_MS } = this.options;
    const refusal = await new Promise((resolve) => {
      const user: User = {
        use: ({ sql }) => void sql.unsafe("select").then(() => resolve(null), resolve),
        fail: resolve,
      };
      this.hand(connection, user, Math.min(FIRST_ANSWER_MS, answerMs ?? Infinity));
    });
    this.opening--;
    if (refusal === null) {
      this.giveBack(connection);
    } else {
      this.opensAfter = performance.now() + refusedMs;
      clearTimeout(this.opensLater);
      if (!this.ending) this.opensLater = setTimeout(() => this.provide(), refusedMs);
      this.discard(connection, refusal);
    }
    this.provide();
  }

  private hand(connection: Connection, user: User, answerMs = this.options.answerMs): void {
    clearTimeout(connection.timer);
    if (answerMs !== null) {
      connection.timer = setTimeout(() => {
        user.cancel?.();
        this.lose(connection, `did not answer within ${answerMs / 1_000} s`);
      }, answerMs);
    }
    connection.user = user;
    user.use(connection);
  }

  /** Takes a connection back from its user, `error` being what it ended with. */
  private giveBack(connection: Connection, error?: unknown): void {
    connection.user = undefined;
    clearTimeout(connection.timer);
    if (endsConnection(error)) return this.discard(connection, error);
    connection.hasAnswered = true;
    if (this.ending || performance.now() > connection.closesAfter) return this.discard(connection);
    if (!this.connections.has(connection)) return;
    const next = this.waiting.shift();
    if (next) return this.hand(connection, next);
    this.idle.push(connection);
    const { idleMs } = this.options;
    if (idleMs !== null) connection.timer = setTimeout(() => this.discard(connection), idleMs);
  }

  private open(): Connection {
    const connection: Connection = {
      sql: this.connectWith(() => this.lose(connection, "was cut before it answered")),
      closesAfter: performance.now() + LIFETIME_MS * (2 / 3 + Math.random() * 2 / 3),
      hasAnswered: false,
    };
    this.connections.add(connection);
    return connection;
  }

  private connectWith(onclose: () => void): Sql {
    return this.connect({ max: 1, idle_timeout: 0, max_lifetime: null, onclose });
  }

  /** Tells the user of a connection that it is gone: for what was sent after a socket's error, the driver does not. */
  private lose(connection: Connection, what: string): void {
    const error = new ConnectionLostError(`The connection to the database ${what}`);
    const { user } = connection;
    this.discard(connection, error);
    user?.fail(error);
  }

  private discard(connection: Connection, error?: unknown): void {
    connection.sql.end({ timeout: 0 });
    if (!this.connections.delete(connection)) return;
    clearTimeout(connection.timer);
    const place = this.idle.indexOf(connection);
    if (place >= 0) this.idle.splice(place, 1);
    const isAway = error !== undefined && !connection.hasAnswered && this.connections.size === 0;
    if (!isAway) return this.provide();
    for (const user of this.waiting.splice(0)) user.fail(error);
  }

  private get refusing(): Connection {
    return { sql: this.maker, closesAfter: Infinity, hasAnswered: false };
  }
}
