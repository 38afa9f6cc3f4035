import type { CronFields, MonthDays, WeekDays } from "./cron_fields.ts";

const DAY_MS = 86_400_000;

/**
 * Lists the dates of one month on which a schedule fires, sorted; empty when it skips the month.
 *
 * @param month 0 is January.
 */
export function listMonthDates(fields: CronFields, year: number, month: number): number[] {
  if (!fields.months.includes(month + 1)) return [];
  const shape = measureMonth(year, month);
  const { monthDays, weekDays } = fields;
  const isEveryDay = monthDays === null && weekDays === null;
  const chosen = monthDays === null ? [] : pickMonthDays(monthDays, shape);
  const dates = [];
  for (let date = 1; date <= shape.length; date++) {
    if (
      isEveryDay || chosen.includes(date) || (weekDays !== null && isWeekDay(weekDays, date, shape))
    ) dates.push(date);
  }
  return dates;
}

interface MonthShape {
  readonly length: number;
  /** Weekday of the 1st, 0 is Sunday. */
  readonly start: number;
}

function measureMonth(year: number, month: number): MonthShape {
  const first = Date.UTC(year, month, 1);
  return {
    length: (Date.UTC(year, month + 1, 1) - first) / DAY_MS,
    start: new Date(first).getUTCDay(),
  };
}

function pickMonthDays(wanted: MonthDays, shape: MonthShape): number[] {
  const dates = [...wanted.days];
  for (const date of wanted.nearestWeekdays) {
    if (date <= shape.length) dates.push(findNearestWeekday(date, shape));
  }
  if (wanted.lastDay) dates.push(shape.length);
  if (wanted.lastWeekday) dates.push(findNearestWeekday(shape.length, shape));
  return dates;
}

/** The Monday to Friday nearest to a date without leaving its month, as Quartz defines `W`. */
function findNearestWeekday(date: number, shape: MonthShape): number {
  const weekDay = (shape.start + date - 1) % 7;
  if (weekDay === 6) return date === 1 ? 3 : date - 1;
  if (weekDay === 0) return date === shape.length ? date - 2 : date + 1;
  return date;
}

function isWeekDay(wanted: WeekDays, date: number, shape: MonthShape): boolean {
  const weekDay = (shape.start + date - 1) % 7;
  if (wanted.days.includes(weekDay)) return true;
  return wanted.nth.some(({ day, nth }) =>
    day === weekDay && (nth === "last" ? date + 7 > shape.length : nth === Math.ceil(date / 7))
  );
}
