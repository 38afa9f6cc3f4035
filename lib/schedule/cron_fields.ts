import {
  HOUR,
  MINUTE,
  MONTH,
  MONTH_DAY,
  parseItem,
  parseList,
  parseValue,
  type Refuse,
  sortedSet,
  WEEK_DAY,
} from "./cron_item.ts";
import { ScheduleError } from "./error.ts";

/** What a cron text means: sorted sets without repeats, and null for a day place that does not restrict. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly monthDays: MonthDays | null;
  readonly months: readonly number[];
  readonly weekDays: WeekDays | null;
}

/** Days of the month, 1 to 31. */
export interface MonthDays {
  readonly days: readonly number[];
  /** `15W`: the Monday to Friday nearest to each of these, without leaving the month. */
  readonly nearestWeekdays: readonly number[];
  /** `L` */
  readonly lastDay: boolean;
  /** `LW` */
  readonly lastWeekday: boolean;
}

/** Days of the week, 0 is Sunday. */
export interface WeekDays {
  readonly days: readonly number[];
  /** `MON#2` is `{ day: 1, nth: 2 }`; `FRIL` and `FRI#L`, the last of the month, are `{ day: 5, nth: "last" }`. */
  readonly nth: readonly { readonly day: number; readonly nth: number | "last" }[];
}

const NICKNAMES: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** A text that names every value of every place one by one is shorter. */
const MAX_LENGTH = 1_000;

const FIVE_PLACES = "five (minute, hour, day of month, month, day of week)";

/** February counts its leap day. */
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads standard five-field cron: weekdays 0-7, names, lists, steps, wrap-around ranges, `L`, `LW`, `15W`, `FRIL`,
 * `MON#2` and nicknames such as `@daily`.
 *
 * Where both day places restrict, either one is enough (POSIX crontab; so do croner and Deno). A place restricts
 * unless it is written `*`, `*\/1` or, as in Quartz, `?`. Vixie cron differs for `*\/2` beside a weekday, where it wants both.
 *
 * @throws {ScheduleError} for what does not parse, and for days that none of the months has.
 */
export function parseCron(written: string): CronFields {
  const refuse: Refuse = (reason) => {
    throw new ScheduleError(written, reason);
  };
  const [minute, hour, monthDay, month, weekDay] = splitPlaces(written, refuse);
  const minutes = parseList(minute, MINUTE, refuse);
  const hours = parseList(hour, HOUR, refuse);
  const months = parseList(month, MONTH, refuse);
  const monthDays = isEvery(monthDay) ? null : parseMonthDays(monthDay, refuse);
  const weekDays = isEvery(weekDay) ? null : parseWeekDays(weekDay, refuse);
  if (monthDays !== null) refuseMissingDays(monthDays, months, refuse);
  // Two day places are alternatives: where one takes every day, the other has nothing to add.
  const isEveryDay = monthDays?.days.length === 31 || weekDays?.days.length === 7;
  return isEveryDay
    ? { minutes, hours, monthDays: null, months, weekDays: null }
    : { minutes, hours, monthDays, months, weekDays };
}

/** Spells out a nickname and splits at white space. */
function splitPlaces(written: string, refuse: Refuse): string[] {
  if (written.length > MAX_LENGTH) return refuse(`it is longer than ${MAX_LENGTH} characters`);
  const text = written.trim();
  if (text.startsWith("@")) return splitNickname(text, refuse);
  const places = text === "" ? [] : text.split(/\s+/);
  if (places.length === 5) return places;
  if (places.length === 6) {
    return refuse(`it has six fields, and standard cron has ${FIVE_PLACES}: there are no seconds`);
  }
  return refuse(`it has ${places.length} fields, and standard cron has ${FIVE_PLACES}`);
}

function splitNickname(text: string, refuse: Refuse): string[] {
  const name = text.toLowerCase();
  const known = Object.hasOwn(NICKNAMES, name) ? NICKNAMES[name] : undefined;
  if (known !== undefined) return known.split(" ");
  if (name === "@reboot") return refuse("a process that starts is not a time of any clock");
  return refuse(`it is none of ${Object.keys(NICKNAMES).join(", ")}`);
}

/** Whether a day place is written so that it does not restrict. */
export function isEvery(place: string): boolean {
  return place === "*" || place === "*/1" || place === "?";
}

function parseMonthDays(text: string, refuse: Refuse): MonthDays {
  const days: number[] = [];
  const nearestWeekdays: number[] = [];
  let lastDay = false;
  let lastWeekday = false;
  for (const item of text.toUpperCase().split(",")) {
    if (item === "L") lastDay = true;
    else if (item === "LW") lastWeekday = true;
    else if (/^\d+W$/.test(item)) {
      nearestWeekdays.push(parseValue(item.slice(0, -1), MONTH_DAY, refuse));
    } else if (/^LW?-/.test(item)) {
      refuse(
        `"${item}" counts back from the end of the month, which only some crons do; ` +
          "write L for the last day, or a day that every month has",
      );
    } else days.push(...parseItem(item, MONTH_DAY, refuse));
  }
  return {
    days: sortedSet(days),
    nearestWeekdays: sortedSet(nearestWeekdays),
    lastDay,
    lastWeekday,
  };
}

function parseWeekDays(text: string, refuse: Refuse): WeekDays {
  const days: number[] = [];
  const nth: { day: number; nth: number | "last" }[] = [];
  for (const item of text.toUpperCase().split(",")) {
    const [, name, place] = /^(\w+)#(.*)$/.exec(item) ?? /^(\w+)(L)$/.exec(item) ?? [];
    if (item === "L") {
      refuse(
        '"L" alone is Saturday to some crons and nothing to others; write SAT, or SATL for the last of the month',
      );
    } else if (name === undefined) {
      days.push(...parseItem(item, WEEK_DAY, refuse).map((day) => day % 7));
    } else if (/^[1-5L]$/.test(place)) {
      const day = parseValue(name, WEEK_DAY, refuse) % 7;
      nth.push({ day, nth: place === "L" ? "last" : Number(place) });
    } else {
      refuse(`"${item}" must name the 1st to 5th (#1 to #5) or the last (#L) of its weekday`);
    }
  }
  const byPlace = new Map(nth.map((one) => [`${one.day} ${one.nth}`, one]));
  return { days: sortedSet(days), nth: [...byPlace.keys()].sort().map((key) => byPlace.get(key)!) };
}

function refuseMissingDays(wanted: MonthDays, months: readonly number[], refuse: Refuse): void {
  if (wanted.lastDay || wanted.lastWeekday) return;
  const firstDay = Math.min(...wanted.days, ...wanted.nearestWeekdays);
  if (months.some((month) => firstDay <= LONGEST_MONTHS[month - 1])) return;
  const names = months.map((month) => MONTH.names[month - 1]);
  refuse(`${names.join(", ")} never ${names.length === 1 ? "has" : "have"} a day ${firstDay}`);
}
