import { cutTransactions } from "./attempt_store.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Sql } from "./db/sql.ts";
import { transact } from "./db/transaction.ts";
import type { Holding } from "./run_store.ts";

/**
 * How often, and how many times at most, a transaction is cut: a cut that comes between two statements, or
 * before one that is on its way to the server, hits nothing.
 */
const CUT_EVERY_MS = 250;
const CUT_TRIES = 240;

/** The transactions that an attempt has open, whose statements can be cut when it is over. */
export class OpenTransactions {
  /** Their sessions' process ids. */
  private readonly pids = new Set<number>();
  private cutting: Promise<unknown> = Promise.resolve();
  private onAllEnded = () => {};

  constructor(private readonly sql: Sql, private readonly holding: Holding) {}

  /** Does a transaction's work; it can be cut meanwhile, and its end waits for a cut that is under way. */
  async during<T>(pid: number, work: () => Promise<T>): Promise<T> {
    this.pids.add(pid);
    try {
      return await work();
    } finally {
      this.pids.delete(pid);
      // Its connection must not go on, to another's statement in the end, while a cut may still hit it.
      await this.cutting;
      if (this.pids.size === 0) this.onAllEnded();
    }
  }

  /**
   * Cuts what they wait for until they have ended, which they do by rolling back.
   *
   * Resolves also when the database has none of them, or for a minute did not let itself be told.
   */
  async cut(): Promise<void> {
    for (let tried = 0; this.pids.size > 0 && tried < CUT_TRIES; tried++) {
      try {
        if (await this.cutOnce() === 0) return;
      } catch (error) {
        if (!isConnectionError(error)) throw error;
      }
      if (this.pids.size > 0) await this.untilAllEnded(CUT_EVERY_MS);
    }
  }

  /** How many of them the database had. */
  private async cutOnce(): Promise<number> {
    return await transact(this.sql, async (tx) => {
      // No end waits before a connection is there: it may be an end that sets one free.
      if (this.pids.size === 0) return 0;
      const cutting = cutTransactions(tx, this.holding, [...this.pids]);
      this.cutting = cutting.catch(() => {});
      return await cutting;
    });
  }

  private async untilAllEnded(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onAllEnded = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }
}
