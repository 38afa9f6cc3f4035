import type { Json } from "./db/sql.ts";
import type { Coalesce, Overlap } from "./job.ts";
import { type Schedule, ScheduleCache, ScheduleError, type ScheduleSpec } from "./schedule.ts";

/** A row of `scheduled_jobs`, as the database has it. */
export interface ScheduleRow {
  id: string;
  job_type: string;
  bot_id: string;
  enabled: boolean;
  cron: string | null;
  interval_minutes: number | null;
  run_at: Date | null;
  time_zone: string;
  /** Where an interval is counted from. */
  anchor_at: Date;
  config_json: Json;
  grace_seconds: number | null;
  coalesce: Coalesce;
  overlap: Overlap;
  max_running: number | null;
  jitter_seconds: number;
  /** Null and enabled: due now. */
  next_run_at: Date | null;
  /** What the engine last wrote to `next_run_at`; where they differ, a person set it. */
  planned_at: Date | null;
  last_run_at: Date | null;
  paused_at: Date | null;
  paused_until: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  disabled_at: Date | null;
  enabled_at: Date | null;
  retired_at: Date | null;
  deleted_at: Date | null;
  source: "code" | "api";
  declared: Json | null;
  created_at: Date;
  updated_at: Date;
}

/** The columns that a plan is made of: a hundred thousand due rows are read without their parameters. */
export const PLANNED_COLUMNS = [
  "id",
  "enabled",
  "cron",
  "interval_minutes",
  "run_at",
  "time_zone",
  "anchor_at",
  "grace_seconds",
  "coalesce",
  "jitter_seconds",
  "next_run_at",
  "planned_at",
  "paused_at",
  "paused_until",
  "paused_by",
  "pause_reason",
  "disabled_at",
  "enabled_at",
  "retired_at",
  "deleted_at",
] as const satisfies (keyof ScheduleRow)[];

export type PlannedRow = Pick<ScheduleRow, typeof PLANNED_COLUMNS[number]>;

/** The columns that say when a row fires. */
export type ScheduleColumns = Pick<
  ScheduleRow,
  "cron" | "interval_minutes" | "run_at" | "time_zone"
>;

/** Pure, so that one for the whole process is safe: parsing costs more than planning. */
const parsed = new ScheduleCache();

/** The schedule's columns of a row alone. */
export function pickSchedule(row: ScheduleColumns): ScheduleColumns {
  const { cron, interval_minutes, run_at, time_zone } = row;
  return { cron, interval_minutes, run_at, time_zone };
}

/** What a row says of its schedule; without an anchor where no row counts from one yet. */
export type DescribedSchedule = ScheduleColumns & Partial<Pick<ScheduleRow, "anchor_at">>;

/** The schedule that a row describes; throws `ScheduleError` for one that was broken by hand. */
export function scheduleOf(row: DescribedSchedule): Schedule {
  if (hasNoAnchor(row)) {
    throw new ScheduleError(`every ${row.interval_minutes} minutes`, "its anchor_at is no instant");
  }
  return parsed.parse(specOf(row), row.time_zone);
}

/** Whether an interval counts from `infinity` or `-infinity`, which a Date cannot say. */
export function hasNoAnchor({ interval_minutes, anchor_at }: DescribedSchedule): boolean {
  return interval_minutes !== null && anchor_at !== undefined && Number.isNaN(anchor_at.getTime());
}

/** The columns for a schedule; the counterpart of `scheduleOf`. */
export function columnsOf(spec: ScheduleSpec, defaultTimeZone: string): ScheduleColumns {
  return {
    cron: "cron" in spec ? spec.cron : null,
    interval_minutes: "intervalMinutes" in spec ? spec.intervalMinutes : null,
    run_at: "runAt" in spec ? spec.runAt : null,
    time_zone: "timeZone" in spec ? spec.timeZone ?? defaultTimeZone : defaultTimeZone,
  };
}

/** Whether two rows have the same slots, given the same anchor: intervals and instants do not depend on the zone. */
export function isSameSchedule(a: ScheduleColumns, b: ScheduleColumns): boolean {
  return a.cron === b.cron && a.interval_minutes === b.interval_minutes &&
    a.run_at?.getTime() === b.run_at?.getTime() &&
    (a.cron === null || a.time_zone === b.time_zone);
}

/** Whether a pause holds the row back at an instant. */
export function isPaused(row: Pick<ScheduleRow, "paused_at" | "paused_until">, now: Date): boolean {
  if (row.paused_at === null) return false;
  const end = pauseEnd(row);
  return end === null || end > now;
}

/** When a pause ends; null for one without end, which `infinity` (a Date cannot say it) spells as well. */
export function pauseEnd({ paused_until }: Pick<ScheduleRow, "paused_until">): Date | null {
  return paused_until === null || Number.isNaN(paused_until.getTime()) ? null : paused_until;
}

/** Whether the row is a one-off that had its slot: dispatch switched it off, nobody else. */
export function hasEnded(row: Pick<ScheduleRow, "enabled" | "run_at" | "next_run_at">): boolean {
  return !row.enabled && row.run_at !== null && row.next_run_at === null;
}

function specOf({ cron, interval_minutes, run_at, time_zone }: ScheduleColumns): ScheduleSpec {
  if (cron !== null) return { cron, timeZone: time_zone };
  if (interval_minutes !== null) return { intervalMinutes: interval_minutes };
  return { runAt: run_at! };
}
