import type { CronFields, MonthDays, WeekDays } from "./cron_fields.ts";
import { type CronPlace, HOUR, MINUTE, MONTH, WEEK_DAY } from "./cron_item.ts";

/**
 * Writes cron fields in their one normal form: in each place `*` or a sorted list, months and weekdays by name.
 *
 * Two texts that mean the same have the same normal form.
 */
export function formatCron(fields: CronFields): string {
  return [
    formatValues(fields.minutes, MINUTE),
    formatValues(fields.hours, HOUR),
    fields.monthDays === null ? "*" : formatMonthDays(fields.monthDays),
    formatValues(fields.months, MONTH),
    fields.weekDays === null ? "*" : formatWeekDays(fields.weekDays),
  ].join(" ");
}

function formatValues(values: readonly number[], place: CronPlace): string {
  if (values.length === place.max - place.min + 1) return "*";
  return values.map((value) => place.names[value - place.min] ?? String(value)).join(",");
}

function formatMonthDays(wanted: MonthDays): string {
  return [
    ...wanted.days.map(String),
    ...wanted.nearestWeekdays.map((day) => `${day}W`),
    ...(wanted.lastWeekday ? ["LW"] : []),
    ...(wanted.lastDay ? ["L"] : []),
  ].join(",");
}

function formatWeekDays(wanted: WeekDays): string {
  return [
    ...wanted.days.map((day) => WEEK_DAY.names[day]),
    ...wanted.nth.map(({ day, nth }) =>
      `${WEEK_DAY.names[day]}${nth === "last" ? "L" : `#${nth}`}`
    ),
  ].join(",");
}
