import { CronCalendar } from "./calendar.ts";
import type { ClockEffect } from "./clock_effect.ts";
import type { CronFields } from "./cron_fields.ts";
import { FaceSlots } from "./face_slots.ts";
import { FixedSlots } from "./fixed_slots.ts";
import type { TimeZone } from "./time_zone.ts";

/** Slots lie between the first and the last minute of these years: calendars and offsets are sound there. */
const FIRST_SLOT = Date.UTC(1900, 0, 1);
const LAST_SLOT = Date.UTC(9999, 11, 31, 23, 59);

/** Planning one row asks for a handful of slots, and the next row of the same schedule asks for the same ones. */
const REMEMBERED = 16;

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
  const slots = fields.hours.length === 24
    ? new FaceSlots(calendar, zone, measureLongestPause(fields.minutes))
    : new FixedSlots(calendar, zone);
  return boundSlots(slots);
}

/** Keeps searches within the years that they are sound in; outside of them there are no slots. */
function boundSlots(slots: CronSlots): CronSlots {
  return {
    next: remember((instant) => {
      if (instant >= LAST_SLOT) return null;
      const slot = slots.next(Math.max(instant, FIRST_SLOT - 1));
      return slot !== null && slot <= LAST_SLOT ? slot : null;
    }),
    previous: remember((instant) => {
      if (instant < FIRST_SLOT) return null;
      const slot = slots.previous(Math.min(instant, LAST_SLOT));
      return slot !== null && slot >= FIRST_SLOT ? slot : null;
    }),
    explain: (slot) => slot < FIRST_SLOT || slot > LAST_SLOT ? null : slots.explain(slot),
  };
}

type Search = (instant: number) => number | null;

/** Keeps the last few answers of a search that depends on nothing but its question. */
function remember(search: Search): Search {
  const answers = new Map<number, number | null>();
  return (instant) => {
    let answer = answers.get(instant);
    if (answer === undefined) {
      answer = search(instant);
      if (answers.size === REMEMBERED) answers.clear();
      answers.set(instant, answer);
    }
    return answer;
  };
}

/** The longest wait within a run of matching hours, in milliseconds. */
function measureLongestPause(minutes: readonly number[]): number {
  const waits = minutes.map((minute, i) => (minutes[i + 1] ?? minutes[0] + 60) - minute);
  return Math.max(...waits) * 60_000;
}
