/** Due rows become runs: read, plan, one compare-and-set. */
import type { Clock } from "./clock.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Sql } from "./db/sql.ts";
import { applyPlans, type DuePosition, readDueRows } from "./dispatch_store.ts";
import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";
import { planRow } from "./plan.ts";
import type { RowPlan } from "./slot_account.ts";
import type { PlannedRow } from "./schedule_row.ts";

/** Pages that the database writes at the same time while the next one is read and planned. */
const WRITTEN_AT_ONCE = 2;

/** Rows planned before other work of this process gets its turn. */
const PLANNED_AT_A_STRETCH = 100;

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
      /** Once aborted, no further page is begun. */
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
      const { now, rows, end } = await readDueRows(sql, clock, position);
      const plans = await this.plan(rows, now, offUntil);
      await written.at(-WRITTEN_AT_ONCE);
      if (plans.length > 0) written.push(heardLater(this.apply(plans)));
      position = end;
    } while (position && !stopping?.aborted);
    return sumOf(await Promise.all(written));
  }

  private async plan(rows: PlannedRow[], now: Date, offUntil: Date | null): Promise<RowPlan[]> {
    const plans: RowPlan[] = [];
    for (const [index, row] of rows.entries()) {
      if (index % PLANNED_AT_A_STRETCH === PLANNED_AT_A_STRETCH - 1) await nextTurn();
      try {
        plans.push(planRow(row, now, { offUntil }));
      } catch (error) {
        this.tell(row.id, error);
      }
    }
    return plans;
  }

  /** What the database refuses is tried again in halves, so that one row does not keep others from running. */
  private async apply(plans: RowPlan[]): Promise<Dispatched> {
    try {
      const { moved, runs } = await applyPlans(this.deps.sql, this.deps.clock, plans);
      for (const { id } of plans) this.told.delete(id);
      return { runs, passedBy: plans.length - moved };
    } catch (error) {
      if (isConnectionError(error)) throw error;
      if (plans.length === 1) {
        this.tell(plans[0].id, error);
        return { runs: 0, passedBy: 0 };
      }
      const half = Math.ceil(plans.length / 2);
      const first = await this.apply(plans.slice(0, half));
      return sumOf([first, await this.apply(plans.slice(half))]);
    }
  }

  private tell(id: string, error: unknown): void {
    const reason = errorMessage(error);
    if (this.told.get(id) === reason) return;
    this.told.set(id, reason);
    this.deps.log.error(`Cannot dispatch schedule "${id}"`, { reason });
  }
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
