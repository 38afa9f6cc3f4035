import { ConnectionLostError, endsConnection } from "./errors.ts";
import type { Sql, Tx } from "./sql.ts";

/**
 * Runs `work` in a transaction, committed when it resolves and rolled back when it rejects.
 *
 * Rejects at once when the connection is cut, and refuses what `work` sends afterwards. The driver
 * (Postgres.js 3.4.9) would write it, and its own ROLLBACK, to a socket that is gone, which ends the process
 * (porsager/postgres#1208).
 */
export async function transact<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const line = new Line();
  const begun = sql.begin((tx) => line.use(tx, work)) as Promise<T>;
  // The driver rejects it when the connection closes while nothing is under way.
  begun.catch((error) => line.lose(error));
  try {
    return await Promise.race([begun, line.lost]);
  } finally {
    line.end();
  }
}

/** What stands between a transaction's work and its connection. */
class Line {
  private readonly losing = Promise.withResolvers<never>();
  private isLost = false;
  private hasEnded = false;

  constructor() {
    // It is a rejection for those who race it only.
    this.lost.catch(() => {});
  }

  /** Rejects when the connection is cut. */
  get lost(): Promise<never> {
    return this.losing.promise;
  }

  lose(error: unknown): void {
    this.isLost = true;
    this.losing.reject(error);
  }

  end(): void {
    this.hasEnded = true;
  }

  /** Never settles on a connection that was cut: the driver would write to it. */
  async use<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      const value = await work(this.guard(tx));
      if (!this.isLost) return value;
    } catch (error) {
      if (!this.isLost) throw error;
    }
    return await new Promise<never>(() => {});
  }

  private guard(tx: Tx): Tx {
    return new Proxy(tx, {
      apply: (target, self, args) => this.watch(() => Reflect.apply(target, self, args)),
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name === "unsafe" || name === "file") {
          return (...args: unknown[]) => this.watch(() => Reflect.apply(value, target, args));
        }
        if (name === "savepoint") {
          return (work: (tx: Tx) => Promise<unknown>) =>
            target.savepoint((inner) => this.use(inner as Tx, work));
        }
        return value;
      },
    });
  }

  private watch<Q>(make: () => Q): Q {
    if (this.isLost || this.hasEnded) throw new TransactionOverError(this.isLost);
    const made = make();
    if (isStatement(made)) this.noticeLoss(made);
    return made;
  }

  /** Looks at a statement's outcome before its sender does, who might send the next one at once. */
  private noticeLoss(statement: Statement): void {
    const send = statement.handle;
    statement.handle = () => {
      statement.handle = send;
      Promise.prototype.then.call(statement, undefined, (error) => {
        if (endsConnection(error)) this.lose(error);
      });
      return send.call(statement);
    };
  }
}

/** A statement was sent in a transaction that is over: its connection was cut, or it ended before. */
class TransactionOverError extends ConnectionLostError {
  constructor(isLost: boolean) {
    super(
      isLost
        ? "The transaction is over: its connection to the database was cut"
        : "The transaction is over: a statement came after its end",
    );
  }
}

/** A query of the driver's, which is sent when it is first awaited, by `handle`. */
interface Statement extends Promise<unknown> {
  handle(): unknown;
}

function isStatement(made: unknown): made is Statement {
  return made instanceof Promise && "handle" in made;
}
