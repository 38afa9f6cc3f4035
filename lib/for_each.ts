/** `ctx.forEach`: batches, each in a transaction with its checkpoint; a failing one is halved. */
import type { Attempt } from "./attempt.ts";
import { countFailedItems, readFailedItems, recordItems } from "./attempt_store.ts";
import type { Clock } from "./clock.ts";
import { isConnectionError, isSqlState, isStatementCut } from "./db/errors.ts";
import type { Json, Sql, Tx } from "./db/sql.ts";
import { errorMessage, LostRunError, NotFoundError } from "./errors.ts";
import type { BatchHandler, Counts, ForEachOptions, ItemSource, ItemTotals } from "./job.ts";
import { toStorableText } from "./storable.ts";
import { whileDatabaseIsAway } from "./while_database_is_away.ts";

const DEFAULT_BATCH_SIZE = 500;

/** Tries for a batch that lost against another transaction before it counts as failed. */
const CONFLICT_TRIES = 3;

/** Where one `forEach` stands: part of the run's checkpoint. */
interface Standing {
  /** Of the last item that is done with, well or ill. */
  cursor: Json | null;
  done: number;
  failed: number;
  counts: Counts;
}

/** Attempts in which a `forEach` is going on. */
const walking = new WeakSet<Attempt>();

/** See `JobContext.forEach`. Several in one handler keep one standing each, in the order of their calls. */
export async function forEachItem<Item, Prepared>(
  deps: { sql: Sql; clock: Clock },
  attempt: Attempt,
  source: ItemSource<Item>,
  handler: BatchHandler<Item, Prepared>,
  options: ForEachOptions<Item, Prepared>,
): Promise<ItemTotals> {
  // Each writes the standings of all and the run's counts as it knows them: two would undo each other's.
  if (walking.has(attempt)) {
    throw new TypeError(
      "Cannot begin a forEach while another one is going on: await that one first, and begin none inside of it",
    );
  }
  walking.add(attempt);
  try {
    return await new ItemWalk(deps, attempt, source, handler, options).walk();
  } finally {
    walking.delete(attempt);
  }
}

/** Index of the next `forEach` of an attempt. */
const callsOf = new WeakMap<Attempt, number>();

class ItemWalk<Item, Prepared> {
  private readonly index: number;
  private readonly batchSize: number;
  private readonly counted: boolean;
  private standing: Standing;
  private total: number | null = null;
  /** Whether nobody knows if the last transaction was committed. */
  private isUnsure = false;

  constructor(
    private readonly deps: { sql: Sql; clock: Clock },
    private readonly attempt: Attempt,
    private readonly source: ItemSource<Item>,
    private readonly handler: BatchHandler<Item, Prepared>,
    private readonly options: ForEachOptions<Item, Prepared>,
  ) {
    this.index = callsOf.get(attempt) ?? 0;
    callsOf.set(attempt, this.index + 1);
    this.counted = options.counted ?? true;
    this.batchSize = options.batchSize ?? DEFAULT_BATCH_SIZE;
    if (!Number.isInteger(this.batchSize) || this.batchSize < 1) {
      throw new RangeError(
        `Cannot go through items as batchSize must be a positive whole number: current value is ${this.batchSize}`,
      );
    }
    this.standing = (attempt.checkpoint.each[this.index] as unknown as Standing | undefined) ??
      { cursor: null, done: 0, failed: 0, counts: {} };
  }

  async walk(): Promise<ItemTotals> {
    const { failed_items_only, retry_of } = this.attempt.run;
    if (!failed_items_only) await this.walkAll();
    else if (retry_of) await this.walkFailedItemsOf(retry_of);
    else throw new NotFoundError("The run whose failed items were to be done again is deleted");
    const { done, failed, counts } = this.standing;
    return { ...counts, total: done + failed, done, failed };
  }

  private async walkAll(): Promise<void> {
    this.total = await this.outlast(async () => await this.source.count?.()) ?? null;
    await this.tellBeginning();
    while (true) {
      this.attempt.signal.throwIfAborted();
      const items = await this.outlast(() =>
        this.source.read(this.standing.cursor, this.batchSize)
      );
      if (items.length === 0) return;
      await this.work(items, (item) => this.source.cursor(item));
    }
  }

  /** The same work on the items that failed in the same walk of an earlier run; the cursor is an item's name. */
  private async walkFailedItemsOf(runId: string): Promise<void> {
    const { sql } = this.deps;
    const failed = { runId, walk: this.index };
    this.total = await this.outlast(() => countFailedItems(sql, failed));
    await this.tellBeginning();
    let after = this.standing.cursor as string | null;
    while (true) {
      this.attempt.signal.throwIfAborted();
      const page = await this.outlast(() => readFailedItems(sql, failed, after, this.batchSize));
      if (page.length === 0) return;
      const items = await this.outlast(() => this.source.only(page));
      const places = new Map(page.map((name, place) => [name, place]));
      const placeOf = (item: Item) => places.get(this.nameOf(item)) ?? page.length;
      const sorted = items.sort((a, b) => placeOf(a) - placeOf(b));
      if (sorted.length > 0) await this.work(sorted, (item) => this.nameOf(item));
      after = page.at(-1)!;
    }
  }

  /** How much there is to do is told before the first batch, which may take long. */
  private async tellBeginning(): Promise<void> {
    const { done, failed } = this.standing;
    await this.attempt.noteProgress({ progress: { done: done + failed, total: this.total } });
  }

  private async work(items: Item[], cursorOf: (item: Item) => Json): Promise<void> {
    this.attempt.signal.throwIfAborted();
    try {
      await this.retryOnConflict(() => this.handle(items, cursorOf));
    } catch (error) {
      if (this.isNotTheItemsFault(error)) throw error;
      if (items.length === 1) return await this.recordFailure(items[0], error, cursorOf);
      const middle = Math.ceil(items.length / 2);
      await this.work(items.slice(0, middle), cursorOf);
      await this.work(items.slice(middle), cursorOf);
    }
  }

  private async handle(items: Item[], cursorOf: (item: Item) => Json): Promise<void> {
    const prepared = await this.outlast(async () =>
      await this.options.prepare?.(items)
    ) as Prepared;
    await this.commit(async (tx) => {
      const counts = await this.handler(items, tx, prepared) ?? {};
      if (this.attempt.run.failed_items_only) await this.record(tx, items, null);
      return await this.advance(items, cursorOf, { done: items.length, failed: 0, counts });
    });
  }

  private async recordFailure(
    item: Item,
    error: unknown,
    cursorOf: (item: Item) => Json,
  ): Promise<void> {
    const message = errorMessage(error);
    this.attempt.log.warn(`Item ${this.source.key(item)} failed`, { error: message });
    const isDryRun = this.attempt.run.dry_run;
    await this.commit(async (tx) => {
      if (!isDryRun) await this.record(tx, [item], message);
      return await this.advance([item], cursorOf, { done: 0, failed: 1, counts: {} });
    });
    if (!isDryRun) return;
    await this.outlast(
      () => this.attempt.bookkeep((tx) => this.record(tx, [item], message)),
      isConnectionError,
    );
  }

  /**
   * Does a batch's work in a transaction that takes the standing on with it, whatever becomes of the connection:
   * once the database is back, the checkpoint tells whether the work was committed or is to be done again.
   */
  private async commit(work: (tx: Tx) => Promise<Standing>): Promise<void> {
    const next = await this.outlast(
      async () => {
        const committed = this.isUnsure ? await this.findCommitted() : null;
        this.isUnsure = false;
        return committed ?? await this.tryToCommit(work);
      },
      (error) => this.isUnsure && isConnectionError(error),
    );
    this.take(next);
  }

  private async tryToCommit(work: (tx: Tx) => Promise<Standing>): Promise<Standing> {
    let thrown: unknown;
    try {
      return await this.attempt.transaction(async (tx) => {
        try {
          return await work(tx);
        } catch (error) {
          thrown = error;
          throw error;
        }
      });
    } catch (error) {
      // What the work threw may be another connection's; all else is the transaction's own.
      this.isUnsure = error === thrown ? isStatementCut(error) : isConnectionError(error);
      throw error;
    }
  }

  /** The standing that the database has, if that is ahead of this one. */
  private async findCommitted(): Promise<Standing | null> {
    await this.attempt.rereadCheckpoint();
    const kept = this.attempt.checkpoint.each[this.index] as unknown as Standing | undefined;
    const isAhead = kept && kept.done + kept.failed > this.standing.done + this.standing.failed;
    this.attempt.log.warn("The database is back", {
      goes_on: isAhead ? "after the batch, which was committed" : "with the batch once more",
    });
    return isAhead ? kept : null;
  }

  /** What fails because the database went away is done again when it is back. */
  private outlast<T>(work: () => Promise<T>, isAway = isStatementCut): Promise<T> {
    return whileDatabaseIsAway(work, { isAway, signal: this.attempt.signal });
  }

  /** As it stands in `run_items`. */
  private nameOf(item: Item): string {
    return toStorableText(this.source.key(item));
  }

  private async record(tx: Tx, items: Item[], error: string | null): Promise<void> {
    const named = items.map((item) => ({ item: this.nameOf(item), error }));
    await recordItems(tx, this.deps.clock, this.attempt.holding, this.index, named);
  }

  /** Notes the new standing with the open transaction, so that it holds exactly if the work does. */
  private async advance(
    items: Item[],
    cursorOf: (item: Item) => Json,
    change: Omit<Standing, "cursor">,
  ): Promise<Standing> {
    const { standing, attempt } = this;
    const next: Standing = {
      cursor: cursorOf(items.at(-1)!),
      done: standing.done + change.done,
      failed: standing.failed + change.failed,
      counts: addCounts(standing.counts, change.counts),
    };
    const each = [...attempt.checkpoint.each];
    each[this.index] = next as unknown as Json;
    await attempt.note({
      progress: { done: next.done + next.failed, total: this.total },
      checkpoint: { ...attempt.checkpoint, each },
      ...(this.counted && {
        itemsDone: attempt.items.done + change.done,
        itemsFailed: attempt.items.failed + change.failed,
      }),
    });
    return next;
  }

  /** Takes over a standing that was committed. */
  private take(next: Standing): void {
    const { attempt, standing } = this;
    if (this.counted) {
      attempt.items.done += next.done - standing.done;
      attempt.items.failed += next.failed - standing.failed;
    }
    this.standing = next;
  }

  private async retryOnConflict(work: () => Promise<void>): Promise<void> {
    for (let tried = 1;; tried++) {
      try {
        return await work();
      } catch (error) {
        const conflict = isSqlState(error, "40001") || isSqlState(error, "40P01");
        if (!conflict || tried === CONFLICT_TRIES) throw error;
      }
    }
  }

  private isNotTheItemsFault(error: unknown): boolean {
    return this.attempt.signal.aborted || this.isUnsure || error instanceof LostRunError ||
      isConnectionError(error);
  }
}

function addCounts(a: Counts, b: Counts): Counts {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
