/** The SQL behind `why`: what was written about one slot. */
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./slot_account.ts";
import type { RunRow } from "./run.ts";
import { toRun } from "./run_store.ts";

/** A row of `schedule_gaps`; `slots` null: more than were counted. */
export interface GapRow {
  id: string;
  job_id: string;
  reason: GapReason;
  first_slot: Date;
  last_slot: Date;
  slots: number | null;
  detail: string | null;
  created_at: Date;
}

/** The runs whose slot lies in [from, to), in the order of slots. */
export async function listRunsBetween(
  sql: Sql,
  rowId: string,
  from: Date,
  to: Date,
): Promise<RunRow[]> {
  const runs = await sql<RunRow[]>`
    select * from job_runs
    where job_id = ${rowId} and scheduled_for >= ${from} and scheduled_for < ${to}
    order by scheduled_for`;
  return runs.map(toRun);
}

/** The gaps with a stretch that touches [from, to), the newest first. */
export async function listGapsBetween(
  sql: Sql,
  rowId: string,
  from: Date,
  to: Date,
): Promise<GapRow[]> {
  return await sql<GapRow[]>`
    select * from schedule_gaps
    where job_id = ${rowId} and first_slot < ${to} and last_slot >= ${from}
    order by first_slot desc`;
}

/** What the installation as a whole did last; null where it never did. */
export interface SchedulerState {
  last_tick_at: Date | null;
  /** Whether schedules stand still. */
  is_off: boolean;
  /** Slots up to here fell into a time when they did, and may be untold; null when none are. */
  off_until: Date | null;
  /** What was enabled and due at this instant has been dispatched; null before any of it was. */
  dispatched_until: Date | null;
}

/** When an alarm last passed over the database, and whether schedules are or were off. */
export async function readSchedulerState(sql: Sql): Promise<SchedulerState> {
  const [state] = await sql<SchedulerState[]>`
    select last_tick_at,
           scheduler_off_at > coalesce(last_dispatch_at, '-infinity') is true as is_off,
           case when scheduler_off_at <= last_dispatch_at then last_dispatch_at end as off_until,
           dispatched_until
    from engine_state`;
  return state ?? { last_tick_at: null, is_off: false, off_until: null, dispatched_until: null };
}
