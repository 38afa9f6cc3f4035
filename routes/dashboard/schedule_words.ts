import { describeSchedule, ScheduleError } from "../../lib/schedule.ts";
import { type DescribedSchedule, hasNoAnchor, scheduleOf } from "../../lib/schedule_row.ts";

/** Bounded by emptying it: schedules are few, and saying one again costs less than a statement. */
const MOST_REMEMBERED = 1_000;

const remembered = new Map<string, Promise<string>>();

/** A schedule in words, with its zone; what is wrong with it for one that was broken by hand. */
export function describeColumns(columns: DescribedSchedule): Promise<string> {
  const { cron, interval_minutes, run_at, time_zone } = columns;
  const key = `${cron}|${interval_minutes}|${run_at?.getTime()}|${time_zone}|${
    hasNoAnchor(columns)
  }`;
  let words = remembered.get(key);
  if (!words) {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    words = describe(columns);
    remembered.set(key, words);
  }
  return words;
}

async function describe(columns: DescribedSchedule): Promise<string> {
  try {
    return await describeSchedule(scheduleOf(columns));
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}
