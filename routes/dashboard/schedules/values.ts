import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { writeLocalTime } from "../local_time.ts";

/** What the form of a row is filled with. */
export function valuesOf(row: ScheduleRow): Record<string, string> {
  return {
    kind: row.cron !== null ? "cron" : row.interval_minutes !== null ? "interval" : "once",
    cron: row.cron ?? "",
    interval_minutes: String(row.interval_minutes ?? ""),
    run_at: row.run_at ? writeLocalTime(row.run_at, row.time_zone) : "",
    time_zone: row.time_zone,
    bot_id: row.bot_id,
    params: JSON.stringify(row.config_json),
    grace_seconds: String(row.grace_seconds ?? ""),
    limit: String(row.max_running ?? ""),
    jitter_seconds: String(row.jitter_seconds),
    coalesce: row.coalesce,
    overlap: row.overlap,
    enabled: String(row.enabled),
  };
}

/** What the form for a new row is filled with. */
export function newValues(timeZone: string): Record<string, string> {
  return {
    kind: "cron",
    time_zone: timeZone,
    bot_id: "*",
    coalesce: "latest",
    overlap: "skip",
    jitter_seconds: "0",
    enabled: "true",
  };
}

/** Whether a form leaves the schedule as it is: one that is written again as it was keeps its next slot. */
export function isSameSchedule(form: Record<string, string>, row: ScheduleRow): boolean {
  const values = valuesOf(row);
  const names = ["kind", "cron", "interval_minutes", "run_at", "time_zone"];
  return names.every((name) => (form[name] ?? "").trim() === values[name]);
}
