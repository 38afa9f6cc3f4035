import { assertEquals } from "@std/assert";
import { Cron } from "croner";
import fc from "fast-check";
import { parseSchedule, ScheduleError } from "../../lib/schedule.ts";
import { toDenoCron } from "../../lib/schedule/deno_dialect.ts";

const SEED = 20260329;
const DAY_MS = 86_400_000;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEK_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** An item of a place: a value, a range (around the end too), or either with a step (but for a weekday alone). */
function arbitraryItem(min: number, max: number, name: (value: number) => string) {
  const isWeekDay = name(0) === WEEK_DAYS[0];
  const value = fc.integer({ min, max }).map(name);
  const range = fc.tuple(value, value).map(([first, last]) => `${first}-${last}`);
  const step = fc.integer({ min: 1, max: max - min });
  return fc.oneof(
    { weight: 5, arbitrary: value },
    { weight: 2, arbitrary: range },
    { weight: 1, arbitrary: fc.tuple(range, step).map(([text, by]) => `${text}/${by}`) },
    { weight: 1, arbitrary: step.map((by) => `*/${by}`) },
    {
      weight: isWeekDay ? 0 : 1,
      arbitrary: fc.tuple(value, step).map(([first, by]) => `${first}/${by}`),
    },
  );
}

function arbitraryPlace(item: fc.Arbitrary<string>, starWeight: number) {
  return fc.oneof(
    { weight: starWeight, arbitrary: fc.constant("*") },
    {
      weight: 3,
      arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(",")),
    },
  );
}

const weekDay = fc.integer({ min: 0, max: 7 })
  .chain((day) =>
    fc.constantFrom(String(day), WEEK_DAYS[day % 7], WEEK_DAYS[day % 7].toLowerCase())
  );
const monthDayItem = fc.oneof(
  { weight: 6, arbitrary: arbitraryItem(1, 31, String) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`) },
  { weight: 1, arbitrary: fc.constant("L") },
);
/** croner takes LW only by itself. */
const monthDayPlace = fc.oneof(
  { weight: 12, arbitrary: arbitraryPlace(monthDayItem, 4) },
  { weight: 1, arbitrary: fc.constantFrom("LW", "?") },
);
const weekDayItem = fc.oneof(
  { weight: 5, arbitrary: arbitraryItem(0, 7, (day) => day === 7 ? "7" : WEEK_DAYS[day]) },
  {
    weight: 1,
    arbitrary: fc.tuple(weekDay, fc.integer({ min: 1, max: 5 })).map(([d, n]) => `${d}#${n}`),
  },
  { weight: 1, arbitrary: weekDay.map((day) => `${day}L`) },
);

const cronText = fc.tuple(
  arbitraryPlace(arbitraryItem(0, 59, String), 1),
  arbitraryPlace(arbitraryItem(0, 23, String), 1),
  monthDayPlace,
  arbitraryPlace(arbitraryItem(1, 12, (month) => MONTHS[month - 1]), 4),
  arbitraryPlace(weekDayItem, 4),
).map((places) => places.join(" ")).filter(isSchedule);

/** Leaves out what is refused, such as 31 February; the refusals have tests of their own. */
function isSchedule(cron: string): boolean {
  try {
    parseSchedule({ cron }, "UTC");
    return true;
  } catch (error) {
    if (error instanceof ScheduleError) return false;
    throw error;
  }
}

const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2032, 0, 1) });

/** The minutes in [from, to] that a text of stars and lists names, by the plain meaning that any cron gives it. */
function listPlainCron(text: string, from: number, to: number): number[] {
  const places = text.split(" ");
  const [minutes, hours, monthDays, months, weekDays] = places.map((place, i) => {
    assertEquals(/^(\*|[A-Z0-9]+(,[A-Z0-9]+)*)$/.test(place), true, text);
    const names = [[], [], [], ["", ...MONTHS], WEEK_DAYS][i];
    if (i === 4) assertEquals(/\d/.test(place), false, "Deno counts weekdays from SUN = 1");
    const values = place.split(",").map((value) =>
      /^\d+$/.test(value) ? Number(value) : names.indexOf(value)
    );
    return place === "*" ? null : new Set(values);
  });
  const isDay = (day: Date) => {
    if (months !== null && !months.has(day.getUTCMonth() + 1)) return false;
    const isMonthDay = monthDays?.has(day.getUTCDate());
    const isWeekDay = weekDays?.has(day.getUTCDay());
    return monthDays === null ? isWeekDay ?? true : isMonthDay || (isWeekDay ?? false);
  };
  const found = [];
  for (let day = Math.floor(from / DAY_MS) * DAY_MS; day <= to; day += DAY_MS) {
    if (!isDay(new Date(day))) continue;
    for (let minute = 0; minute < 1440; minute++) {
      const at = day + minute * 60_000;
      if (at < from || at > to) continue;
      if (hours !== null && !hours.has(Math.floor(minute / 60))) continue;
      if (minutes === null || minutes.has(minute % 60)) found.push(at);
    }
  }
  return found;
}

/** `5/15` is sloppy to croner, and the same to it when it may be. */
const CRONER = { timezone: "UTC", mode: "5-part", sloppyRanges: true } as const;

function runCroner(cron: string, from: number): number[] {
  return new Cron(cron, CRONER).nextRuns(4, new Date(from)).map(Number);
}

Deno.test("10,000 generated normal forms agree with croner minute by minute, and so does what Deno.cron is given for them", () => {
  let exact = 0;
  fc.assert(
    fc.property(cronText, instant, (cron, from) => {
      const schedule = parseSchedule({ cron }, "UTC");
      const normalized = schedule.normalized!;
      assertEquals(parseSchedule({ cron: normalized }, "UTC").normalized, normalized);

      const runs = runCroner(normalized, from);
      const last = runs[runs.length - 1];
      const { slots } = schedule.slotsBetween(new Date(from + 1), new Date(last), 10);
      assertEquals(slots.map(Number), runs);

      const given = toDenoCron(schedule)!;
      const alarms = runCroner(given.text, from);
      assertEquals(listPlainCron(given.text, from + 1, alarms[alarms.length - 1]), alarms);
      if (given.isExact) {
        exact++;
        assertEquals(alarms, runs);
      } else {
        const woken = listPlainCron(given.text, from + 1, last);
        assertEquals(runs.filter((run) => !woken.includes(run)), []);
      }
    }),
    { numRuns: 10_000, seed: SEED },
  );
  assertEquals(exact > 5_000, true, `${exact} of 10,000 were given exactly`);
});

Deno.test("croner reads what people write as we do, but for its known differences", () => {
  const shared = cronText.filter((cron) => {
    // To croner */1 restricts; to Vixie cron and to us it is another way to write a star.
    if (cron.split(" ").some((place, i) => (i === 2 || i === 4) && place === "*/1")) return false;
    // croner reads SUN-SUN as 0-7, the whole week.
    if (cron.includes("SUN-SUN")) return false;
    try {
      new Cron(cron, { ...CRONER, paused: true });
      return true;
    } catch (error) {
      assertEquals((error as Error).message.includes("larger than to value"), true, cron);
      return false;
    }
  });
  fc.assert(
    fc.property(shared, instant, (cron, from) => {
      const runs = new Cron(cron, CRONER).nextRuns(3, new Date(from));
      const { slots } = parseSchedule({ cron }, "UTC")
        .slotsBetween(new Date(from + 1), runs.at(-1)!, 10);
      assertEquals(slots, runs);
    }),
    { numRuns: 1_000, seed: SEED },
  );
});
