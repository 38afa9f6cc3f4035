import type { CronFields, MonthDays, WeekDays } from "./cron_text.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The Gregorian calendar repeats weekday and leap day together after at most 40 years (over a skipped one like 2100). */
const HORIZON_MONTHS = 41 * 12;

/**
 * Finds the minutes that cron fields match on a calendar without time zones.
 *
 * A wall time is milliseconds as `Date.UTC` counts them for what the clock on the wall shows.
 */
export class CronCalendar {
  readonly #fields: CronFields;
  /** Matching minutes of a matching day, sorted. */
  readonly #minutesOfDay: Uint16Array;
  #cachedMonth = -1;
  #cachedDays = 0;

  constructor(fields: CronFields) {
    this.#fields = fields;
    this.#minutesOfDay = Uint16Array.from(
      fields.hours.flatMap((hour) => fields.minutes.map((minute) => hour * 60 + minute)),
    );
  }

  /** The first matching wall time after `wall`; null when there is none within 41 years. */
  next(wall: number): number | null {
    const day = Math.floor(wall / DAY_MS);
    if (this.#isDay(day)) {
      const minute = Math.floor((wall - day * DAY_MS) / MINUTE_MS);
      const i = countUpTo(this.#minutesOfDay, minute);
      if (i < this.#minutesOfDay.length) return day * DAY_MS + this.#minutesOfDay[i] * MINUTE_MS;
    }
    const nextDay = this.#findDay(day + 1, 1);
    return nextDay === null ? null : nextDay * DAY_MS + this.#minutesOfDay[0] * MINUTE_MS;
  }

  /** The last matching wall time at or before `wall`; null when there is none within 41 years. */
  previous(wall: number): number | null {
    const day = Math.floor(wall / DAY_MS);
    if (this.#isDay(day)) {
      const minute = Math.floor((wall - day * DAY_MS) / MINUTE_MS);
      const i = countUpTo(this.#minutesOfDay, minute);
      if (i > 0) return day * DAY_MS + this.#minutesOfDay[i - 1] * MINUTE_MS;
    }
    const lastDay = this.#findDay(day - 1, -1);
    return lastDay === null ? null : lastDay * DAY_MS + this.#minutesOfDay.at(-1)! * MINUTE_MS;
  }

  #isDay(day: number): boolean {
    const date = new Date(day * DAY_MS);
    const days = this.#daysOf(date.getUTCFullYear() * 12 + date.getUTCMonth());
    return (days >>> (date.getUTCDate() - 1) & 1) === 1;
  }

  #findDay(day: number, direction: 1 | -1): number | null {
    const start = new Date(day * DAY_MS);
    let date = start.getUTCDate();
    let month = start.getUTCFullYear() * 12 + start.getUTCMonth();
    for (let i = 0; i < HORIZON_MONTHS; i++) {
      const days = this.#daysOf(month);
      const rest = direction === 1
        ? days >>> (date - 1) << (date - 1)
        : days << (32 - date) >>> (32 - date);
      if (rest !== 0) {
        const found = direction === 1 ? 31 - Math.clz32(rest & -rest) : 31 - Math.clz32(rest);
        return dayNumber(month, found + 1);
      }
      month += direction;
      date = direction === 1 ? 1 : 31;
    }
    return null;
  }

  /** The matching days of a month (years × 12 + months), bit 0 is the first. */
  #daysOf(month: number): number {
    if (month !== this.#cachedMonth) {
      this.#cachedMonth = month;
      this.#cachedDays = matchDays(this.#fields, month);
    }
    return this.#cachedDays;
  }
}

/** How many of the sorted values are at most `limit`. */
function countUpTo(sorted: Uint16Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function dayNumber(month: number, date: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12, date) / DAY_MS;
}

function matchDays(fields: CronFields, month: number): number {
  if (!fields.months.includes(month % 12 + 1)) return 0;
  const first = dayNumber(month, 1);
  const length = dayNumber(month + 1, 1) - first;
  const weekDayOfFirst = ((first + 4) % 7 + 7) % 7;
  const { monthDays, weekDays } = fields;
  if (monthDays === null && weekDays === null) return bitsUpTo(length);
  return (monthDays === null ? 0 : matchMonthDays(monthDays, length, weekDayOfFirst)) |
    (weekDays === null ? 0 : matchWeekDays(weekDays, length, weekDayOfFirst));
}

function bitsUpTo(length: number): number {
  return 0xffffffff >>> (32 - length);
}

function matchMonthDays(wanted: MonthDays, length: number, weekDayOfFirst: number): number {
  const dates = wanted.days.filter((date) => date <= length);
  for (const date of wanted.nearestWeekdays) {
    if (date <= length) dates.push(nearestWeekday(date, length, weekDayOfFirst));
  }
  if (wanted.lastDay) dates.push(length);
  if (wanted.lastWeekday) dates.push(nearestWeekday(length, length, weekDayOfFirst));
  return dates.reduce((bits, date) => bits | 1 << (date - 1), 0);
}

/** The Monday to Friday nearest to a date and in its month, as Quartz defines `W`. */
function nearestWeekday(date: number, length: number, weekDayOfFirst: number): number {
  const weekDay = (weekDayOfFirst + date - 1) % 7;
  if (weekDay === 6) return date === 1 ? 3 : date - 1;
  if (weekDay === 0) return date === length ? date - 2 : date + 1;
  return date;
}

function matchWeekDays(wanted: WeekDays, length: number, weekDayOfFirst: number): number {
  let bits = 0;
  for (let date = 1; date <= length; date++) {
    const weekDay = (weekDayOfFirst + date - 1) % 7;
    const nth = Math.ceil(date / 7);
    const isWanted = wanted.days.includes(weekDay) ||
      wanted.nth.some((w) =>
        w.day === weekDay && (w.nth === "last" ? date + 7 > length : w.nth === nth)
      );
    if (isWanted) bits |= 1 << (date - 1);
  }
  return bits;
}
