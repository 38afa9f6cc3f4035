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
import { type Past, planRow } from "./plan.ts";
import type { RowPlan } from "./slot_account.ts";

/** Different rows that are read at once; alike ones count once, as far as it can be foreseen, up to so many rows. */
const PAGE = 10_000;
const MOST_ALIKE = 100_000;

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
   * Dispatches all that is due, a page after the other.
   *
   * Where another process is at the same rows, the two share them by compare-and-set; what this one finds
   * taken is the other's. A row that was broken by hand is reported and passed.
   */
  async dispatch(past: Partial<Past> = {}): Promise<Dispatched> {
    const { sql, clock, stopping } = this.deps;
    const written: Promise<Dispatched>[] = [];
    let position: DuePosition | null = null;
    let limit = PAGE;
    do {
      const { now, due, end } = await readDueRows(sql, clock, position, limit);
      for await (const batch of this.planBatches(due, now, past)) {
        await written.at(-WRITTEN_AT_ONCE);
        if (stopping?.aborted) break;
        written.push(heardLater(this.apply(batch)));
      }
      position = end;
      // The more rows share a plan, the less there is to plan and to keep in memory.
      limit = Math.min(MOST_ALIKE, Math.floor(PAGE * limit / due.length));
    } while (position && !stopping?.aborted);
    return sumOf(await Promise.all(written));
  }

  /** The plans of due rows, as many at a time as one statement writes: the database need not wait for all of them. */
  private async *planBatches(
    due: DueRows[],
    now: Date,
    past: Partial<Past>,
  ): AsyncGenerator<SharedPlan[]> {
    let batch: SharedPlan[] = [];
    let begunAt = performance.now();
    for (const { ids, row } of due) {
      if (performance.now() - begunAt > STRETCH_MS) {
        await nextTurn();
        begunAt = performance.now();
      }
      let plan: RowPlan;
      try {
        plan = planRow(row, now, past);
      } catch (error) {
        for (const id of ids.list()) this.tell(id, error);
        continue;
      }
      for (const part of ids.parts(BATCH)) {
        if (countRows(batch) + part.count > BATCH) {
          yield batch;
          batch = [];
        }
        batch.push({ ids: part, plan });
      }
    }
    if (batch.length > 0) yield batch;
  }

  /** What the database refuses is tried again in halves, so that one row does not keep others from running. */
  private async apply(plans: SharedPlan[]): Promise<Dispatched> {
    const rows = countRows(plans);
    try {
      const { moved, runs, had } = await applyPlans(this.deps.sql, this.deps.clock, plans);
      if (this.told.size > 0) this.forget(plans);
      for (const slot of had) this.tellHad(slot);
      return { runs, passedBy: rows - moved };
    } catch (error) {
      if (isConnectionError(error)) throw error;
      if (rows === 1) {
        this.tell(plans[0].ids.list()[0], error);
        return { runs: 0, passedBy: 0 };
      }
      const [first, rest] = halve(plans);
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

  private forget(plans: SharedPlan[]): void {
    for (const id of plans.flatMap(({ ids }) => ids.list())) this.told.delete(id);
  }

  private tell(id: string, error: unknown): void {
    const reason = errorMessage(error);
    if (this.told.get(id) === reason) return;
    this.told.set(id, reason);
    this.deps.log.error(`Cannot dispatch schedule "${id}"`, { reason });
  }
}

function countRows(plans: SharedPlan[]): number {
  return plans.reduce((sum, { ids }) => sum + ids.count, 0);
}

/** Two halves of plans; of a single one, the halves of its rows. */
function halve(plans: SharedPlan[]): [SharedPlan[], SharedPlan[]] {
  const [{ ids, plan }] = plans;
  const all = plans.length > 1
    ? plans
    : ids.parts(Math.ceil(ids.count / 2)).map((half) => ({ ids: half, plan }));
  const middle = Math.floor(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
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
