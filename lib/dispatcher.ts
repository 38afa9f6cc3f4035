/** Due rows become runs: read, plan, one compare-and-set. */
import type { Clock } from "./clock.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Sql } from "./db/sql.ts";
import {
  applyPlans,
  type DuePosition,
  type DueRows,
  type HadSlot,
  readDueRows,
  type SharedPlan,
} from "./dispatch_store.ts";
import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";
import { planRow } from "./plan.ts";

/** Rows that one statement writes. */
const BATCH = 1_000;

/**
 * Batches that the database writes at the same time while what comes next is read and planned.
 *
 * On two cores a third would be done a twentieth sooner, and requests would wait half as long again.
 */
const WRITTEN_AT_ONCE = 2;

/** How long planning keeps other work of this process waiting; a schedule that is new to it is read first. */
const STRETCH_MS = 5;

/** What a dispatch did. */
export interface Dispatched {
  /** Runs that were inserted. */
  runs: number;
  /** Rows that others had in hand: they are due still, or were moved by them. */
  passedBy: number;
}

export class Dispatcher {
  /** Why a row could not be dispatched, by its id: so that it is told once and not at every tick. */
  private readonly told = new Map<string, string>();

  constructor(
    private readonly deps: {
      sql: Sql;
      clock: Clock;
      log: Log;
      /** Once aborted, no further statement is begun. */
      stopping?: AbortSignal;
    },
  ) {}

  /**
   * Dispatches all that is due, a page after the other; slots up to `offUntil` fell into a time when the
   * scheduler was off.
   *
   * Where another process is at the same rows, the two share them by compare-and-set; what this one finds
   * taken is the other's. A row that was broken by hand is reported and passed.
   */
  async dispatch({ offUntil = null }: { offUntil?: Date | null } = {}): Promise<Dispatched> {
    const { sql, clock, stopping } = this.deps;
    const written: Promise<Dispatched>[] = [];
    let position: DuePosition | null = null;
    do {
      const { now, due, end } = await readDueRows(sql, clock, position);
      for await (const batch of this.planBatches(due, now, offUntil)) {
        await written.at(-WRITTEN_AT_ONCE);
        if (stopping?.aborted) break;
        written.push(heardLater(this.apply(batch)));
      }
      position = end;
    } while (position && !stopping?.aborted);
    return sumOf(await Promise.all(written));
  }

  /** The plans of due rows, as many at a time as one statement writes: the database need not wait for all of them. */
  private async *planBatches(
    due: DueRows[],
    now: Date,
    offUntil: Date | null,
  ): AsyncGenerator<SharedPlan[]> {
    let plans: SharedPlan[] = [];
    let rows = 0;
    let begunAt = performance.now();
    for (const { ids, row } of due) {
      if (performance.now() - begunAt > STRETCH_MS) {
        await nextTurn();
        begunAt = performance.now();
      }
      try {
        plans.push({ ids, plan: planRow(row, now, { offUntil }) });
        rows += ids.length;
      } catch (error) {
        for (const id of ids) this.tell(id, error);
      }
      for (; rows >= BATCH; rows -= BATCH) {
        const [batch, rest] = splitAt(plans, BATCH);
        yield batch;
        plans = rest;
      }
    }
    if (plans.length > 0) yield plans;
  }

  /** What the database refuses is tried again in halves, so that one row does not keep others from running. */
  private async apply(plans: SharedPlan[]): Promise<Dispatched> {
    const rows = countRows(plans);
    try {
      const { moved, runs, had } = await applyPlans(this.deps.sql, this.deps.clock, plans);
      for (const id of plans.flatMap(({ ids }) => ids)) this.told.delete(id);
      for (const slot of had) this.tellHad(slot);
      return { runs, passedBy: rows - moved };
    } catch (error) {
      if (isConnectionError(error)) throw error;
      if (rows === 1) {
        this.tell(plans[0].ids[0], error);
        return { runs: 0, passedBy: 0 };
      }
      const [first, rest] = splitAt(plans, Math.ceil(rows / 2));
      return sumOf([await this.apply(first), await this.apply(rest)]);
    }
  }

  /** A person set the row to that instant, and would wait for a run in vain. */
  private tellHad({ row, jobType, slot, run }: HadSlot): void {
    this.deps.log.warn(
      `Schedule "${row}" was set to run at ${slot.toISOString()}, which has its run`,
      { job: jobType, run: run ?? undefined },
    );
  }

  private tell(id: string, error: unknown): void {
    const reason = errorMessage(error);
    if (this.told.get(id) === reason) return;
    this.told.set(id, reason);
    this.deps.log.error(`Cannot dispatch schedule "${id}"`, { reason });
  }
}

function countRows(plans: SharedPlan[]): number {
  return plans.reduce((sum, { ids }) => sum + ids.length, 0);
}

/** The plans of the first so many rows, and those of the others. */
function splitAt(plans: SharedPlan[], rows: number): [SharedPlan[], SharedPlan[]] {
  const first: SharedPlan[] = [];
  const rest: SharedPlan[] = [];
  let room = rows;
  for (const { ids, plan } of plans) {
    if (room > 0) first.push({ ids: ids.slice(0, room), plan });
    if (ids.length > room) rest.push({ ids: ids.slice(room), plan });
    room = Math.max(0, room - ids.length);
  }
  return [first, rest];
}

function sumOf(parts: Dispatched[]): Dispatched {
  const sum = { runs: 0, passedBy: 0 };
  for (const { runs, passedBy } of parts) {
    sum.runs += runs;
    sum.passedBy += passedBy;
  }
  return sum;
}

/** A promise that is waited for after others: until then nobody would hear it fail. */
function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Lets requests and heartbeats that wait go first. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
