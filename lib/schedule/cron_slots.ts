import { CronCalendar } from "./calendar.ts";
import type { ClockEffect } from "./clock_effect.ts";
import type { CronFields } from "./cron_fields.ts";
import { FaceSlots } from "./face_slots.ts";
import { FixedSlots } from "./fixed_slots.ts";
import type { TimeZone } from "./time_zone.ts";

/** The instants at which a cron schedule fires in a time zone, in epoch milliseconds. */
export interface CronSlots {
  /** The first slot strictly after an instant; null when there is none. */
  next(instant: number): number | null;
  /** The last slot at or before an instant; null when there is none. */
  previous(instant: number): number | null;
  /** What a clock change did to a slot; null for ordinary slots. */
  explain(slot: number): ClockEffect | null;
}

/**
 * Puts cron fields on the clocks of a zone.
 *
 * A schedule whose hour place takes all 24 hours is hourly or finer and follows the clock face; any other has
 * fixed times, which are made up for. The distinction is Vixie cron's (cron(8) of Debian: "wildcard jobs"), which
 * draws it by the asterisk in the text; here it follows from the meaning, so `0 * * * *` and `0 0-23 * * *` agree.
 */
export function placeCron(fields: CronFields, zone: TimeZone): CronSlots {
  const calendar = new CronCalendar(fields);
  return fields.hours.length === 24
    ? new FaceSlots(calendar, zone, measureLongestPause(fields.minutes))
    : new FixedSlots(calendar, zone);
}

/** The longest wait within a run of matching hours, in milliseconds. */
function measureLongestPause(minutes: readonly number[]): number {
  const waits = minutes.map((minute, i) => (minutes[i + 1] ?? minutes[0] + 60) - minute);
  return Math.max(...waits) * 60_000;
}
