/** One attempt of one run in this process: its signal, its fence, and what it writes to its run. */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  appendLogs,
  countLogs,
  holdRun,
  noteRun,
  type Notes,
  readCheckpoint,
} from "./attempt_store.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Json, Sql, Tx } from "./db/sql.ts";
import { transact } from "./db/transaction.ts";
import { errorMessage, LostRunError } from "./errors.ts";
import type { AnyJob } from "./job.ts";
import type { Log } from "./log.ts";
import { OpenTransactions } from "./open_transactions.ts";
import type { AbortReason } from "./outcome.ts";
import type { RunRow } from "./run.ts";
import { RunLog } from "./run_log.ts";
import type { Holding } from "./run_store.ts";
import { TableChanges } from "./table_changes.ts";

/** Progress that is told more often than this is written together. */
const PROGRESS_EVERY_MS = 500;

/** What a run keeps in its `checkpoint` column: the handler's own value, and one cursor per `forEach`. */
export interface Checkpoint {
  value: Json | null;
  each: Json[];
}

/** An outbound call that a dry run did not make. */
export interface WithheldCall {
  method: string;
  /** Without its query, which may hold a secret. */
  url: string;
}

export class Attempt {
  readonly holding: Holding;
  readonly log: RunLog;
  readonly items = { done: 0, failed: 0 };
  readonly withheldCalls: WithheldCall[] = [];
  private readonly controller = new AbortController();
  private readonly changes = new TableChanges();
  private readonly openNotes = new AsyncLocalStorage<Notes>();
  private written: Checkpoint;
  private unwritten: Notes | null = null;
  private wroteProgressAt = -Infinity;
  private isOver = false;
  private readonly transactions: OpenTransactions;
  private readonly sql: Sql;

  /** `handlers` is the pool that the handler's transactions are taken from. */
  constructor(
    private readonly pools: { sql: Sql; handlers: Sql },
    readonly run: RunRow,
    readonly job: AnyJob,
    terminal: Log,
    private readonly leaseMs: number,
  ) {
    const { sql } = pools;
    this.sql = sql;
    this.holding = { id: run.id, attempt: run.attempt };
    this.transactions = new OpenTransactions(sql, this.holding);
    this.log = new RunLog(
      terminal,
      run.job_type,
      {
        append: (lines) => appendLogs(sql, this.holding, lines),
        count: () => transact(sql, (tx) => countLogs(tx, this.holding)),
      },
    );
    this.written = toCheckpoint(run.checkpoint);
    // A dry run has no checkpoint: each of its attempts goes through all items.
    if (run.dry_run) return;
    this.items.done = run.items_done ?? 0;
    this.items.failed = run.items_failed ?? 0;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** As it stands, with what the open transaction is about to write. */
  get checkpoint(): Checkpoint {
    return this.openNotes.getStore()?.checkpoint as Checkpoint | undefined ?? this.written;
  }

  /** Ends the attempt from outside; the first reason stands. */
  abort(reason: AbortReason): void {
    this.controller.abort(new AbortError(reason));
  }

  /** Cuts what the handler's open transactions wait for, so that they let go of the run; refuses later ones. Never rejects. */
  async cut(): Promise<void> {
    this.isOver = true;
    try {
      await this.transactions.cut();
    } catch (error) {
      this.log.warn("A statement could not be cut", { reason: errorMessage(error) });
    }
  }

  /** Whether the caller runs inside a `ctx.transaction` of this attempt. */
  get inTransaction(): boolean {
    return this.openNotes.getStore() !== undefined;
  }

  /** See `JobContext.transaction`. */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.inTransaction) {
      throw new TypeError("Cannot open a transaction inside another one: use the outer one's tx");
    }
    this.signal.throwIfAborted();
    return await this.log.holdDuring(() =>
      this.run.dry_run ? this.rolledBack(work) : this.committed(work)
    );
  }

  /** Writes of the engine itself: fenced like the handler's, and kept in a dry run too. */
  async bookkeep<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.log.holdDuring(() => this.committed(work));
  }

  /**
   * Takes over the checkpoint that the database has: after a transaction that wrote one, and of which nobody knows
   * whether it was committed.
   *
   * Throws `LostRunError` when the run was taken away.
   */
  async rereadCheckpoint(): Promise<void> {
    const checkpoint = await readCheckpoint(this.sql, this.holding);
    if (checkpoint === undefined) {
      throw new LostRunError("The run was taken away while the database was");
    }
    this.written = toCheckpoint(checkpoint);
    // Held back before that transaction, which tells the same anew.
    this.unwritten = null;
  }

  /**
   * Writes to the run's row: with the transaction that is open, as its last statement, so that its lock
   * holds up no heartbeat; else at once.
   */
  async note(notes: Notes): Promise<void> {
    const open = this.openNotes.getStore();
    if (open) {
      Object.assign(open, notes);
      return;
    }
    this.unwritten = { ...this.unwritten, ...notes };
    await this.writeNotes();
  }

  /** Progress outside of transactions is written at most twice a second; the last one always is. Never rejects. */
  async noteProgress(notes: Notes): Promise<void> {
    const now = performance.now();
    if (!this.inTransaction && now - this.wroteProgressAt < PROGRESS_EVERY_MS) {
      this.unwritten = { ...this.unwritten, ...notes };
      return;
    }
    this.wroteProgressAt = now;
    try {
      await this.note(notes);
    } catch (error) {
      // No work is worth less for not being told; it is written later, or with the settlement.
      this.log.warn("Progress could not be kept", { reason: errorMessage(error) });
    }
  }

  /** Writes what is still held back; called before the attempt is settled. Throws when the database is away. */
  async flush(): Promise<void> {
    try {
      if (this.unwritten) await this.writeNotes();
    } catch (error) {
      if (isConnectionError(error)) throw error;
      this.log.warn("The last progress could not be kept", { reason: errorMessage(error) });
    }
    await this.log.flush();
  }

  /** What a dry run would have done: rows by table, and calls that were not sent. */
  describeDryRun(result: Json | null): Json {
    return {
      dry_run: true,
      would_change: this.changes.byTable,
      would_send: this.withheldCalls.map((call) => ({ ...call })),
      result,
    };
  }

  private async committed<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { value, notes } = await this.held(async (tx) => {
      const notes: Notes = {};
      const value = await this.openNotes.run(notes, () => work(tx));
      if (Object.keys(notes).length > 0 && !await noteRun(tx, this.holding, notes)) {
        throw new LostRunError("The run was taken away before its transaction committed");
      }
      return { value, notes };
    });
    this.keep(notes);
    // What was held back before is older than what has been committed.
    for (const name of Object.keys(notes) as (keyof Notes)[]) delete this.unwritten?.[name];
    return value as T;
  }

  private async rolledBack<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const notes: Notes = {};
    let done: { value: T } | undefined;
    try {
      await this.held(async (tx) => {
        const count = () => this.changes.during(tx, () => work(tx));
        done = { value: await this.openNotes.run(notes, count) };
        throw new RolledBack();
      });
    } catch (error) {
      // A connection that was cut after the work is rolled back as well.
      if (!done) throw error;
    }
    await this.changes.countEmptied(this.sql);
    // Progress is told although the work is undone; a checkpoint would skip work that never was.
    const { checkpoint: _, ...told } = notes;
    if (Object.keys(told).length > 0) await this.noteProgress(told);
    return done!.value;
  }

  private async held<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await transact(this.pools.handlers, async (tx) => {
      const pid = await holdRun(tx, this.holding, this.leaseMs);
      if (pid === null) {
        throw new LostRunError("The run was taken away: its lease ran out or it was cancelled");
      }
      // A cut that came before this one was known has passed it by.
      if (this.isOver) this.signal.throwIfAborted();
      return await this.transactions.during(pid, () => work(tx));
    });
  }

  private async writeNotes(): Promise<void> {
    const notes = this.unwritten;
    if (!notes) return;
    this.unwritten = null;
    try {
      if (await noteRun(this.sql, this.holding, notes)) this.keep(notes);
      else this.abort("lost");
    } catch (error) {
      // Kept for later, under what was told meanwhile; what the database refuses it would refuse again.
      if (isConnectionError(error)) {
        this.unwritten = { ...notes, ...(this.unwritten as Notes | null) };
      }
      throw error;
    }
  }

  private keep({ checkpoint }: Notes): void {
    if (checkpoint !== undefined) this.written = checkpoint as unknown as Checkpoint;
  }
}

function toCheckpoint(kept: Json): Checkpoint {
  return kept as unknown as Checkpoint | null ?? { value: null, each: [] };
}

/** What `ctx.signal.reason` is; its message tells the handler's author why. */
export class AbortError extends DOMException {
  constructor(readonly abortReason: AbortReason) {
    super(`The attempt was ended: ${abortReason}`, "AbortError");
  }
}

/** Ends the transaction of a dry run, whose work is done. */
class RolledBack extends Error {}
