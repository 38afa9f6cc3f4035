import { ScheduleError } from "./error.ts";

/** Days of the month that a schedule names; `days` are sorted and 1 to 31. */
export interface MonthDays {
  readonly days: readonly number[];
  /** `15W`: the weekday nearest to these days, never in another month. */
  readonly nearestWeekdays: readonly number[];
  readonly lastDay: boolean;
  readonly lastWeekday: boolean;
}

/** Days of the week that a schedule names, 0 is Sunday. */
export interface WeekDays {
  readonly days: readonly number[];
  /** `MON#2` is `{ day: 1, nth: 2 }`; `FRIL`, the last of the month, is `{ day: 5, nth: "last" }`. */
  readonly nth: readonly { day: number; nth: number | "last" }[];
}

/** What a five-field cron text means: sorted sets, and null for a day field that does not restrict. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly monthDays: MonthDays | null;
  readonly months: readonly number[];
  readonly weekDays: WeekDays | null;
}

interface FieldRange {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** Three-letter names; the first one stands for `min`. */
  readonly names: readonly string[];
}

const MONTH_NAMES = [
  "JAN",
  "FEB",
  "MAR",
  "APR",
  "MAY",
  "JUN",
  "JUL",
  "AUG",
  "SEP",
  "OCT",
  "NOV",
  "DEC",
] as const;
const WEEK_DAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;

const MINUTE: FieldRange = { label: "minute", min: 0, max: 59, names: [] };
const HOUR: FieldRange = { label: "hour", min: 0, max: 23, names: [] };
const MONTH_DAY: FieldRange = { label: "day of month", min: 1, max: 31, names: [] };
const MONTH: FieldRange = { label: "month", min: 1, max: 12, names: MONTH_NAMES };
const WEEK_DAY: FieldRange = { label: "day of week", min: 0, max: 6, names: WEEK_DAY_NAMES };

const NICKNAMES: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/**
 * Spells out a nickname (`@daily`) and folds white space, leaving five fields as they were written.
 *
 * @throws {ScheduleError} for `@reboot`, unknown nicknames and any other number of fields.
 */
export function splitCron(written: string): string[] {
  const text = written.trim();
  if (text.startsWith("@")) {
    const known = NICKNAMES[text.toLowerCase()];
    if (known !== undefined) return known.split(" ");
    throw new ScheduleError(
      written,
      text.toLowerCase() === "@reboot"
        ? "@reboot names no time: a process that starts is not a slot of any schedule"
        : `${text} is not known; the nicknames are ${Object.keys(NICKNAMES).join(" ")}`,
    );
  }
  const fields = text === "" ? [] : text.split(/\s+/);
  if (fields.length === 5) return fields;
  throw new ScheduleError(
    written,
    fields.length === 6
      ? "it has six fields; standard cron has five (minute, hour, day of month, month, day of week) and no seconds"
      : `it has ${fields.length} fields where standard cron has five (minute, hour, day of month, month, day of week)`,
  );
}

/**
 * Reads five-field cron: 0-7 weekdays, names, lists, steps, wrap-around ranges, `L`, `LW`, `15W`, `FRIL`, `MON#2`.
 *
 * When both day fields restrict, either one is enough (POSIX crontab, and what croner and Deno do).
 * A field restricts unless it is written `*` or `*\/1`.
 *
 * @throws {ScheduleError} for what does not parse and for days that no month of the schedule has.
 */
export function parseCron(written: string): CronFields {
  const [minute, hour, monthDay, month, weekDay] = splitCron(written);
  const fail = (reason: string): never => {
    throw new ScheduleError(written, reason);
  };
  const fields = {
    minutes: parseNumbers(minute, MINUTE, fail),
    hours: parseNumbers(hour, HOUR, fail),
    monthDays: isEvery(monthDay) ? null : parseMonthDays(monthDay, fail),
    months: parseNumbers(month, MONTH, fail),
    weekDays: isEvery(weekDay) ? null : parseWeekDays(weekDay, fail),
  };
  if (fields.monthDays !== null) refuseImpossibleDays(fields.monthDays, fields.months, fail);
  return dropRedundantDays(fields);
}

/** Writes fields in the one normal form: `*` or a sorted list in each place, months and weekdays by name. */
export function formatCron(fields: CronFields): string {
  return [
    formatList(fields.minutes, MINUTE),
    formatList(fields.hours, HOUR),
    formatMonthDays(fields.monthDays),
    formatList(fields.months, MONTH),
    formatWeekDays(fields.weekDays),
  ].join(" ");
}

type Fail = (reason: string) => never;

function isEvery(text: string): boolean {
  return text === "*" || text === "*/1";
}

function parseNumbers(text: string, range: FieldRange, fail: Fail): number[] {
  return sortedSet(text.split(",").flatMap((item) => parseItem(item, range, fail)));
}

/** One list item: `*`, `5`, `1-5`, `22-2`, and with a step `*\/15`, `8-18/2`. */
function parseItem(item: string, range: FieldRange, fail: Fail): number[] {
  const parts = /^([^/-]+)(?:-([^/-]+))?(?:\/([^/-]+))?$/.exec(item);
  if (parts === null) return fail(`"${item}" is not a ${range.label}`);
  const [, start, end, step] = parts;
  if (start === "*" && end !== undefined) {
    return fail(`"${item}" is not a range of ${range.label}s`);
  }
  if (start !== "*" && end === undefined && step !== undefined) {
    return fail(
      `"${item}" is read differently by different crons; write ${start}-${range.max}/${step}`,
    );
  }
  const stride = step === undefined ? 1 : parseStep(item, step, range, fail);
  if (start === "*") return takeEvery(stride, range.min, range.max, range);
  const first = parseValue(start, range, fail);
  const last = end === undefined ? first : parseValue(end, range, fail);
  return takeEvery(stride, first, last, range);
}

function parseStep(item: string, step: string, range: FieldRange, fail: Fail): number {
  const most = range.max - range.min;
  const stride = /^\d+$/.test(step) ? Number(step) : NaN;
  if (stride >= 1 && stride <= most) return stride;
  return fail(
    `the step of "${item}" must be 1 to ${most}` +
      (stride > most ? `, since it starts again with each ${CYCLES[range.label]}` : ""),
  );
}

const CYCLES: Readonly<Record<string, string>> = {
  "minute": "hour",
  "hour": "day",
  "day of month": "month",
  "month": "year",
  "day of week": "week",
};

/** Weekday 7 is read as Sunday but stays 7 here, so that `5-7` is a range that does not wrap. */
function parseValue(text: string, range: FieldRange, fail: Fail): number {
  const named = range.names.indexOf(text.toUpperCase());
  if (named !== -1) return named + range.min;
  const most = range === WEEK_DAY ? 7 : range.max;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (value >= range.min && value <= most) return value;
  const names = range.names.length === 0 ? "" : ` or ${range.names[0]} to ${range.names.at(-1)}`;
  return fail(
    text === "?"
      ? `"?" is not standard in the ${range.label} field; write "*"`
      : `${range.label} "${text}" must be ${range.min} to ${most}${names}`,
  );
}

/** Every `stride`-th value from first to last, around the end of the range where first comes after last. */
function takeEvery(stride: number, first: number, last: number, range: FieldRange): number[] {
  const size = range.max - range.min + 1;
  const length = last >= first ? last - first : (last - first + 2 * size) % size;
  const values = [];
  for (let i = 0; i <= length; i += stride) {
    values.push((first + i - range.min) % size + range.min);
  }
  return values;
}

function parseMonthDays(text: string, fail: Fail): MonthDays {
  const items = text.split(",");
  const nearest = items.map((item) => /^(\d{1,2})W$/i.exec(item)?.[1]);
  const plain = items.filter((item, i) => nearest[i] === undefined && !/^LW?$/i.test(item));
  return {
    days: sortedSet(plain.flatMap((item) => parseItem(item, MONTH_DAY, fail))),
    nearestWeekdays: sortedSet(
      nearest.filter((day) => day !== undefined).map((day) => parseValue(day, MONTH_DAY, fail)),
    ),
    lastDay: items.some((item) => /^L$/i.test(item)),
    lastWeekday: items.some((item) => /^LW$/i.test(item)),
  };
}

function parseWeekDays(text: string, fail: Fail): WeekDays {
  const days: number[] = [];
  const nth = new Map<string, WeekDays["nth"][number]>();
  for (const item of text.split(",")) {
    const special = /^(\w+)#(.+)$/.exec(item) ?? /^(\w+)(L)$/i.exec(item);
    if (special === null) {
      days.push(...parseItem(item, WEEK_DAY, fail).map((day) => day % 7));
      continue;
    }
    const day = parseValue(special[1], WEEK_DAY, fail) % 7;
    const place = /^L$/i.test(special[2]) ? "last" : Number(special[2]);
    if (place !== "last" && !(Number.isInteger(place) && place >= 1 && place <= 5)) {
      fail(`"${item}" must name the 1st to the 5th or the last (L) of the month`);
    }
    nth.set(`${day}#${place}`, { day, nth: place });
  }
  return {
    days: sortedSet(days),
    nth: [...nth.keys()].sort().map((key) => nth.get(key)!),
  };
}

const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function refuseImpossibleDays(wanted: MonthDays, months: readonly number[], fail: Fail): void {
  if (wanted.lastDay || wanted.lastWeekday) return;
  const longest = Math.max(...months.map((month) => LONGEST_MONTHS[month - 1]));
  const smallest = Math.min(...wanted.days, ...wanted.nearestWeekdays);
  if (smallest > longest) {
    fail(`${formatList(months, MONTH)} never has a day ${smallest}`);
  }
}

/** Two day fields are alternatives, so one that takes every day leaves nothing for the other to add. */
function dropRedundantDays(fields: CronFields): CronFields {
  const everyDay = fields.monthDays?.days.length === 31 || fields.weekDays?.days.length === 7;
  return everyDay ? { ...fields, monthDays: null, weekDays: null } : fields;
}

function formatList(values: readonly number[], range: FieldRange): string {
  if (values.length === range.max - range.min + 1) return "*";
  return values.map((value) => range.names[value - range.min] ?? String(value)).join(",");
}

function formatMonthDays(wanted: MonthDays | null): string {
  if (wanted === null) return "*";
  return [
    ...wanted.days.map(String),
    ...wanted.nearestWeekdays.map((day) => `${day}W`),
    ...(wanted.lastWeekday ? ["LW"] : []),
    ...(wanted.lastDay ? ["L"] : []),
  ].join(",");
}

function formatWeekDays(wanted: WeekDays | null): string {
  if (wanted === null) return "*";
  return [
    ...wanted.days.map((day) => WEEK_DAY_NAMES[day]),
    ...wanted.nth.map(({ day, nth }) => WEEK_DAY_NAMES[day] + (nth === "last" ? "L" : `#${nth}`)),
  ].join(",");
}

function sortedSet(values: number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
