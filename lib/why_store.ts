/** The SQL behind `why`: what was written about one slot. */
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./plan.ts";
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

/** The run whose slot lies in the minute of an instant. */
export async function readRunOfSlot(
  sql: Sql,
  rowId: string,
  at: Date,
  minuteEnd: Date,
): Promise<RunRow | null> {
  const [run] = await sql<RunRow[]>`
    select * from job_runs
    where job_id = ${rowId}
      and scheduled_for >= date_trunc('minute', ${at}::timestamptz)
      and scheduled_for < ${minuteEnd}
    order by scheduled_for desc
    limit 1`;
  return run ? toRun(run) : null;
}

/** The gap that covers a slot. */
export async function readGapAt(sql: Sql, rowId: string, slot: Date): Promise<GapRow | null> {
  const [gap] = await sql<GapRow[]>`
    select * from schedule_gaps
    where job_id = ${rowId} and first_slot <= ${slot} and last_slot >= ${slot}
    order by first_slot desc
    limit 1`;
  return gap ?? null;
}

/** When an alarm last passed over the database; null before the first. */
export async function readLastTick(sql: Sql): Promise<Date | null> {
  const [state] = await sql<{ last_tick_at: Date | null }[]>`
    select last_tick_at from engine_state`;
  return state?.last_tick_at ?? null;
}
