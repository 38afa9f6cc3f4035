import type { Schedule } from "../schedule.ts";
import { type CronFields, type MonthDays, parseCron } from "./cron_fields.ts";
import { sortedSet } from "./cron_item.ts";
import { formatCron } from "./format_cron.ts";
import { findTimeZone, type TimeZone } from "./time_zone.ts";

/** A text for Deno.cron that wakes a job up. */
export interface DenoCron {
  /** Five places of `*` or sorted lists, weekdays and months by name, in UTC. */
  readonly text: string;
  /** Whether it fires at the schedule's slots and at no other time; else it is a hint that the minute alarm completes. */
  readonly isExact: boolean;
}

/**
 * Says a schedule in the part of cron that Deno reads as everybody does; null for one-off instants.
 *
 * Deno counts weekdays from SUN = 1, fires once too often for ranges that wrap around, and stops the process at a
 * text that never fires (Deno 2.9.6; its parser is the crate saffron). Lists, names and `*` are safe, and what they
 * cannot say becomes a text that fires more often: a dispatch that finds nothing due does nothing.
 */
export function toDenoCron(schedule: Schedule): DenoCron | null {
  if (schedule.intervalMinutes !== null) {
    return { text: hintInterval(schedule.intervalMinutes), isExact: false };
  }
  if (schedule.normalized === null) return null;
  const fields = parseCron(schedule.normalized);
  const zone = findTimeZone(schedule.timeZone);
  if (!zone.isUtc) return { text: hintZoned(fields, zone), isExact: false };
  const text = formatCron(widenDays(fields));
  return { text, isExact: text === schedule.normalized };
}

/** Slots count from the row's own anchor, so even an interval that divides the hour is only near the mark. */
function hintInterval(minutes: number): string {
  if (minutes === 1) return "* * * * *";
  return minutes < 60 && 60 % minutes === 0 ? `*/${minutes} * * * *` : "0 * * * *";
}

/** The schedule's minutes in every hour, moved by the part of an hour that the zone is off UTC. */
function hintZoned(fields: CronFields, zone: TimeZone): string {
  const minutes = sampleOffsets(zone).flatMap((offset) =>
    fields.minutes.map((minute) => ((minute - offset) % 60 + 60) % 60)
  );
  return formatCron({
    minutes: sortedSet(minutes),
    hours: takeRange(0, 23),
    monthDays: null,
    months: takeRange(1, 12),
    weekDays: null,
  });
}

/** Winter's and summer's offset in minutes. A hint may rest on a sample: no clock is read for it. */
function sampleOffsets(zone: TimeZone): number[] {
  return [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 1)].map((instant) =>
    Math.round(zone.offsetAt(instant) / 60_000)
  );
}

/** Puts in place of `L`, `W` and `#` every date or weekday that they can fall on. */
function widenDays(fields: CronFields): CronFields {
  const { monthDays, weekDays } = fields;
  return {
    ...fields,
    monthDays: monthDays && widenMonthDays(monthDays),
    weekDays: weekDays && {
      days: sortedSet([...weekDays.days, ...weekDays.nth.map(({ day }) => day)]),
      nth: [],
    },
  };
}

/** A nearest weekday is at most two days off, and the last weekday of a month is the 26th at the earliest. */
function widenMonthDays(wanted: MonthDays): MonthDays {
  const days = [...wanted.days];
  for (const day of wanted.nearestWeekdays) days.push(...takeRange(day - 2, day + 2));
  if (wanted.lastDay) days.push(...takeRange(28, 31));
  if (wanted.lastWeekday) days.push(...takeRange(26, 31));
  const inMonth = days.filter((day) => day >= 1 && day <= 31);
  return { days: sortedSet(inMonth), nearestWeekdays: [], lastDay: false, lastWeekday: false };
}

function takeRange(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
