/** Due rows become runs: read, plan, one compare-and-set. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";
import { applyPlans, DISPATCH_BATCH, readDueRows } from "./dispatch_store.ts";
import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";
import { planRow, type RowPlan } from "./plan.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** Rows planned before other work of this process gets its turn. */
const PLANNED_AT_A_STRETCH = 100;

/**
 * Dispatches all that is due and returns how many runs were inserted.
 *
 * Where another process is at the same rows, the two share them by compare-and-set; what this one
 * finds taken is the other's. A row whose schedule was broken by hand is reported and left alone.
 */
export async function dispatchDueRows(
  { sql, clock, log }: { sql: Sql; clock: Clock; log: Log },
  { schedulerWasOff = false }: { schedulerWasOff?: boolean } = {},
): Promise<number> {
  let inserted = 0;
  while (true) {
    const { now, rows } = await readDueRows(sql, clock);
    if (rows.length === 0) return inserted;
    const plans = await planRows(rows, now, schedulerWasOff, log);
    if (plans.length === 0) return inserted;
    const { moved, runs } = await applyPlans(sql, clock, plans);
    inserted += runs;
    if (moved < plans.length || rows.length < DISPATCH_BATCH) return inserted;
  }
}

async function planRows(
  rows: ScheduleRow[],
  now: Date,
  schedulerWasOff: boolean,
  log: Log,
): Promise<RowPlan[]> {
  const plans: RowPlan[] = [];
  for (const [index, row] of rows.entries()) {
    if (index % PLANNED_AT_A_STRETCH === PLANNED_AT_A_STRETCH - 1) await nextTurn();
    try {
      plans.push(planRow(row, now, { schedulerWasOff }));
    } catch (error) {
      log.error(`Cannot plan schedule "${row.id}"`, { reason: errorMessage(error) });
    }
  }
  return plans;
}

/** Lets requests and heartbeats that wait go first. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
