import type { CronFields } from "./cron_fields.ts";
import { listMonthDates } from "./month_dates.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Weekdays and leap days meet again after at most 40 years (29 February on a given weekday, around 2100). */
const HORIZON_MONTHS = 41 * 12;

/**
 * Finds the minutes that cron fields name, on a calendar without time zones.
 *
 * A wall time is what the clock on the wall shows, in milliseconds as `Date.UTC` counts them.
 */
export class CronCalendar {
  readonly #fields: CronFields;
  /** Minutes since midnight, sorted. */
  readonly #minutesOfDay: Uint16Array;
  #month = NaN;
  #monthDates: number[] = [];

  constructor(fields: CronFields) {
    this.#fields = fields;
    this.#minutesOfDay = Uint16Array.from(
      fields.hours.flatMap((hour) => fields.minutes.map((minute) => hour * 60 + minute)),
    );
  }

  /** The first wall time after `wall`; null when there is none within 41 years. */
  next(wall: number): number | null {
    const day = Math.floor(wall / DAY_MS);
    const passed = this.#countUpTo(Math.floor((wall - day * DAY_MS) / MINUTE_MS));
    if (passed < this.#minutesOfDay.length && this.#findDay(day, 1) === day) {
      return this.#wallTime(day, passed);
    }
    const nextDay = this.#findDay(day + 1, 1);
    return nextDay === null ? null : this.#wallTime(nextDay, 0);
  }

  /** The last wall time at or before `wall`; null when there is none within 41 years. */
  previous(wall: number): number | null {
    const day = Math.floor(wall / DAY_MS);
    const passed = this.#countUpTo(Math.floor((wall - day * DAY_MS) / MINUTE_MS));
    if (passed > 0 && this.#findDay(day, -1) === day) return this.#wallTime(day, passed - 1);
    const lastDay = this.#findDay(day - 1, -1);
    return lastDay === null ? null : this.#wallTime(lastDay, this.#minutesOfDay.length - 1);
  }

  #wallTime(day: number, index: number): number {
    return day * DAY_MS + this.#minutesOfDay[index] * MINUTE_MS;
  }

  /** How many minutes of a matching day are at or before a minute of the day. */
  #countUpTo(minuteOfDay: number): number {
    let low = 0;
    let high = this.#minutesOfDay.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#minutesOfDay[middle] <= minuteOfDay) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The nearest matching day from `day` on (1) or back (-1), in days since 1970-01-01. */
  #findDay(day: number, direction: 1 | -1): number | null {
    const start = new Date(day * DAY_MS);
    const startMonth = start.getUTCFullYear() * 12 + start.getUTCMonth();
    for (let i = 0; i < HORIZON_MONTHS; i++) {
      const month = startMonth + i * direction;
      const dates = this.#listDates(month);
      const date = i === 0
        ? findFrom(dates, start.getUTCDate(), direction)
        : dates.at(direction === 1 ? 0 : -1);
      if (date !== undefined) {
        return Date.UTC(Math.floor(month / 12), month % 12, date) / DAY_MS;
      }
    }
    return null;
  }

  #listDates(month: number): number[] {
    if (month !== this.#month) {
      this.#month = month;
      this.#monthDates = listMonthDates(this.#fields, Math.floor(month / 12), month % 12);
    }
    return this.#monthDates;
  }
}

function findFrom(dates: number[], start: number, direction: 1 | -1): number | undefined {
  return direction === 1
    ? dates.find((date) => date >= start)
    : dates.findLast((date) => date <= start);
}
