/** Rows that are valid as they are, so that a test says only what it is about. */
import type { Sql } from "../../lib/db/sql.ts";
import type { RunRow } from "../../lib/run.ts";
import { toRun } from "../../lib/run_store.ts";
import type { ScheduleRow } from "../../lib/schedule_row.ts";

/** The instant at which the tests' clocks start: a Monday. */
export const START = new Date("2026-01-05T10:00:00.000Z");

/** An instant on the tests' first day: `at("10:30")`, `at("10:30:15.500")`, or any day's in full. */
export function at(time: string): Date {
  const instant = new Date(time.includes("T") ? time : `2026-01-05T${time}Z`);
  if (Number.isNaN(instant.getTime())) throw new RangeError(`"${time}" is not an instant`);
  return instant;
}

/** A row in memory: hourly in UTC, planned for 10:00, as the engine itself would have left it. */
export function scheduleRow(overrides: Partial<ScheduleRow> = {}): ScheduleRow {
  const next_run_at = "next_run_at" in overrides ? overrides.next_run_at! : START;
  const hasSchedule = overrides.interval_minutes != null || overrides.run_at != null;
  return {
    id: "hourly",
    job_type: "hourly",
    bot_id: "*",
    enabled: true,
    cron: hasSchedule ? null : "0 * * * *",
    interval_minutes: null,
    run_at: null,
    time_zone: "UTC",
    anchor_at: at("00:00"),
    config_json: {},
    grace_seconds: null,
    coalesce: "latest",
    overlap: "skip",
    max_running: null,
    jitter_seconds: 0,
    next_run_at,
    planned_at: next_run_at,
    last_run_at: null,
    paused_at: null,
    paused_until: null,
    paused_by: null,
    pause_reason: null,
    disabled_at: null,
    enabled_at: null,
    retired_at: null,
    deleted_at: null,
    source: "api",
    declared: null,
    created_at: at("00:00"),
    updated_at: at("00:00"),
    ...overrides,
  };
}

/** Inserts such a row; its job is the row's id unless the test says otherwise. */
export async function insertSchedule(
  sql: Sql,
  overrides: Partial<ScheduleRow> = {},
): Promise<ScheduleRow> {
  const row = scheduleRow({ job_type: overrides.id ?? "hourly", ...overrides });
  const values = {
    ...row,
    config_json: sql.json(row.config_json as never),
    declared: row.declared === null ? null : sql.json(row.declared as never),
  };
  const [inserted] = await sql<ScheduleRow[]>`
    insert into scheduled_jobs ${sql(values)} returning *`;
  return inserted;
}

/** What a test says of a run. */
export type RunOverrides =
  & Partial<RunRow>
  & Partial<{
    exclusive: boolean;
    queue_key: string;
    limit_key: string;
    limit_size: number;
    lane: number;
    lease_expires_at: Date;
  }>;

/** Inserts a manual run that waits since 10:00, but for what the test says; its row must be there. */
export async function insertRun(sql: Sql, overrides: RunOverrides = {}): Promise<RunRow> {
  const { params = {}, result_json, progress, checkpoint, ...columns } = overrides;
  const job_id = overrides.job_id ?? "hourly";
  const isSlot = overrides.scheduled_for != null;
  const json = (value: unknown) => value == null ? null : sql.json(value as never);
  const values = {
    job_id,
    job_type: job_id,
    trigger: isSlot ? "schedule" : "manual",
    as_of: isSlot ? null : START,
    created_at: START,
    available_at: START,
    ...columns,
    params: sql.json(params as never),
    result_json: json(result_json),
    progress: json(progress),
    checkpoint: json(checkpoint),
  };
  const [inserted] = await sql<RunRow[]>`insert into job_runs ${sql(values)} returning *`;
  return toRun(inserted);
}

/** Inserts a run that a process performs since 10:00, with its attempt, under a lease of 30 s. */
export async function insertRunningRun(sql: Sql, overrides: RunOverrides = {}): Promise<RunRow> {
  const run = await insertRun(sql, {
    status: "running",
    attempt: 1,
    started_at: START,
    claimed_by: "another",
    lease_expires_at: new Date(START.getTime() + 30_000),
    ...overrides,
  });
  await sql`
    insert into run_attempts (run_id, attempt, started_at, claimed_by)
    values (${run.id}, ${run.attempt}, ${run.started_at}, ${run.claimed_by})`;
  return run;
}
