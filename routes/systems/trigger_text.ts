import { ScheduleError } from "../../lib/schedule.ts";
import { type ScheduleColumns, scheduleOf } from "../../lib/schedule_row.ts";

/** APScheduler's names for the places of cron text, and the order in which it writes them. */
const CRON_FIELDS = ["minute", "hour", "day", "month", "day_of_week"];
const WRITTEN_FIELDS = ["month", "day", "day_of_week", "hour", "minute"];

/**
 * A schedule as APScheduler 3 writes its triggers, which seed 003 shows: `interval[1:00:00]`,
 * `cron[hour='3', minute='0']`, `date[2026-01-31 02:00:00 UTC]`.
 *
 * Source: `__str__` of its IntervalTrigger, CronTrigger and DateTrigger. Weekdays are names, since
 * it counts them from Monday and cron from Sunday. A row that was broken by hand is written as it is.
 */
export function formatTrigger(row: ScheduleColumns): string {
  if (row.interval_minutes !== null) return `interval[${formatTimedelta(row.interval_minutes)}]`;
  if (row.run_at !== null) return `date[${formatUtc(row.run_at)} UTC]`;
  return `cron[${formatCronFields(row)}]`;
}

function formatCronFields(row: ScheduleColumns): string {
  try {
    const values = scheduleOf(row).normalized!.split(" ");
    const written = WRITTEN_FIELDS
      .map((name) => ({ name, value: values[CRON_FIELDS.indexOf(name)] }))
      .filter(({ value }) => value !== "*")
      .map(({ name, value }) => `${name}='${value.toLowerCase()}'`);
    return written.join(", ") || "minute='*'";
  } catch (error) {
    if (error instanceof ScheduleError) return row.cron!;
    throw error;
  }
}

/** As Python's `str(timedelta)`: "0:05:00", "1 day, 0:00:00". */
function formatTimedelta(minutes: number): string {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes % 1440 / 60);
  const clock = `${hours}:${String(minutes % 60).padStart(2, "0")}:00`;
  return days === 0 ? clock : `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

function formatUtc(instant: Date): string {
  return instant.toISOString().slice(0, 19).replace("T", " ");
}
