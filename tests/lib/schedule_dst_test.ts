import { assertEquals } from "@std/assert";
import { parseSchedule } from "../../lib/schedule.ts";

const MINUTE_MS = 60_000;
const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2028, 0, 1);

const ZONES = [
  "Europe/Budapest",
  "America/New_York",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "America/Santiago",
];

/** What a schedule means, said a second time without its text: a wall time is a Date whose UTC fields show it. */
interface Meaning {
  cron: string;
  isMatch(wall: Date): boolean;
  /** For hourly or finer schedules: the longest wait between two slots, in minutes. */
  pauseMinutes?: number;
}

const time = (wall: Date) => wall.getUTCHours() * 60 + wall.getUTCMinutes();
const isLastOfMonth = (wall: Date) => new Date(wall.getTime() + 86_400_000).getUTCDate() === 1;

const MEANINGS: Meaning[] = [
  { cron: "30 2 * * *", isMatch: (wall) => time(wall) === 150 },
  { cron: "0 0 * * *", isMatch: (wall) => time(wall) === 0 },
  { cron: "30 23 * * SAT", isMatch: (wall) => time(wall) === 1410 && wall.getUTCDay() === 6 },
  { cron: "15 0 * * SUN", isMatch: (wall) => time(wall) === 15 && wall.getUTCDay() === 0 },
  {
    cron: "*/20 2 * * *",
    isMatch: (wall) => wall.getUTCHours() === 2 && wall.getUTCMinutes() % 20 === 0,
  },
  {
    cron: "10,50 1-3 * * *",
    isMatch: (wall) =>
      [10, 50].includes(wall.getUTCMinutes()) && [1, 2, 3].includes(wall.getUTCHours()),
  },
  { cron: "0 */2 * * *", isMatch: (wall) => time(wall) % 120 === 0 },
  { cron: "45 1 L * *", isMatch: (wall) => time(wall) === 105 && isLastOfMonth(wall) },
  {
    cron: "5 9-17/4 1,15 * MON",
    isMatch: (wall) =>
      [545, 785, 1025].includes(time(wall)) &&
      ([1, 15].includes(wall.getUTCDate()) || wall.getUTCDay() === 1),
  },
  { cron: "0 * * * *", isMatch: (wall) => time(wall) % 60 === 0, pauseMinutes: 60 },
  { cron: "25 * * * *", isMatch: (wall) => time(wall) % 60 === 25, pauseMinutes: 60 },
  { cron: "*/30 0-23 * * *", isMatch: (wall) => time(wall) % 30 === 0, pauseMinutes: 30 },
  {
    cron: "50 * * * SUN",
    isMatch: (wall) => time(wall) % 60 === 50 && wall.getUTCDay() === 0,
    pauseMinutes: 60,
  },
  {
    cron: "0 * * * MON",
    isMatch: (wall) => time(wall) % 60 === 0 && wall.getUTCDay() === 1,
    pauseMinutes: 60,
  },
];

/** What the clock of a zone shows at each UTC minute from FROM to TO, read from Intl. */
function readClock(timeZone: string): Float64Array {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
  });
  const read = (instant: number) => Date.parse(format.format(instant).replace(" ", "T") + "Z");
  const clock = new Float64Array((TO - FROM) / MINUTE_MS);
  for (let i = 0; i < clock.length; i += 15) {
    const start = read(FROM + i * MINUTE_MS);
    const isEven = read(FROM + (i + 14) * MINUTE_MS) - start === 14 * MINUTE_MS;
    for (let k = 0; k < 15; k++) {
      clock[i + k] = isEven ? start + k * MINUTE_MS : read(FROM + (i + k) * MINUTE_MS);
    }
  }
  return clock;
}

/** Asks about wall times in milliseconds; one Date serves millions of questions. */
function ask(isMatch: Meaning["isMatch"]): (wall: number) => boolean {
  const shown = new Date(0);
  return (wall) => {
    shown.setTime(wall);
    return isMatch(shown);
  };
}

/** Walks minute by minute: a time jumped over counts at the minute after the jump, a repeated one does not count. */
function walkFixedTimes(clock: Float64Array, isMatch: (wall: number) => boolean): number[] {
  const slots = [];
  let shownUpTo = clock[0] - MINUTE_MS;
  for (let i = 0; i < clock.length; i++) {
    let isSlot = false;
    for (let wall = shownUpTo + MINUTE_MS; wall <= clock[i]; wall += MINUTE_MS) {
      if (isMatch(wall)) isSlot = true;
    }
    if (isSlot) slots.push(FROM + i * MINUTE_MS);
    shownUpTo = Math.max(shownUpTo, clock[i]);
  }
  return slots;
}

/**
 * Walks minute by minute: every minute that shows a match counts. A change by part of an hour counts as well when the
 * next match would come later than the usual pause after the last one.
 */
function walkClockFace(
  clock: Float64Array,
  isMatch: (wall: number) => boolean,
  pause: number,
): number[] {
  const slots: number[] = [];
  let last = -Infinity;
  for (let i = 0; i < clock.length; i++) {
    const shift = i === 0 ? 0 : (clock[i] - clock[i - 1]) / MINUTE_MS - 1;
    let isSlot = isMatch(clock[i]);
    if (!isSlot && shift % 60 !== 0 && i - last <= pause) {
      let next = i;
      while (!isMatch(clock[next])) next++;
      isSlot = next - last > pause && next - last <= pause + Math.abs(shift);
    }
    if (isSlot) {
      slots.push(FROM + i * MINUTE_MS);
      last = i;
    }
  }
  return slots;
}

for (const timeZone of ZONES) {
  Deno.test(`two years of slots in ${timeZone} are those of a walk over every minute of its clock`, () => {
    const clock = readClock(timeZone);
    for (const { cron, isMatch, pauseMinutes } of MEANINGS) {
      const expected = pauseMinutes === undefined
        ? walkFixedTimes(clock, ask(isMatch))
        : walkClockFace(clock, ask(isMatch), pauseMinutes);
      const schedule = parseSchedule({ cron, timeZone }, "UTC");

      const between = schedule.slotsBetween(new Date(FROM), new Date(TO - 1), 100_000);
      assertEquals(between.slots.map(Number), expected, `${cron}, forwards`);

      const backwards = [];
      const floor = new Date(FROM);
      let slot = schedule.latestAtOrBefore(new Date(TO - 1), floor);
      while (slot !== null) {
        backwards.push(slot.getTime());
        slot = schedule.latestAtOrBefore(new Date(slot.getTime() - 1), floor);
      }
      assertEquals(backwards.reverse(), expected, `${cron}, backwards`);

      // From between two slots, in steps that fall on no pattern.
      for (let at = FROM, i = 0; at < expected.at(-1)!; at += 7_777_777) {
        while (expected[i] <= at) i++;
        assertEquals(
          schedule.nextAfter(new Date(at))?.getTime(),
          expected[i],
          `${cron} after ${at}`,
        );
        if (i > 0) {
          const latest = schedule.latestAtOrBefore(new Date(at), floor);
          assertEquals(latest?.getTime(), expected[i - 1], `${cron} before ${at}`);
        }
      }
    }
  });
}

interface NotedSlot {
  cron: string;
  timeZone: string;
  /** UTC */
  slots: [string, string | null][];
}

const NOTED: NotedSlot[] = [
  {
    cron: "30 2 * * *",
    timeZone: "Europe/Budapest",
    slots: [
      ["2026-03-28T01:30Z", null],
      ["2026-03-29T01:00Z", "02:30 did not exist on 2026-03-29 in Europe/Budapest; ran at 03:00"],
      ["2026-03-30T00:30Z", null],
    ],
  },
  {
    cron: "30 2 * * *",
    timeZone: "Europe/Budapest",
    slots: [
      ["2026-10-24T00:30Z", null],
      [
        "2026-10-25T00:30Z",
        "02:30 came twice on 2026-10-25 in Europe/Budapest; ran the first time only",
      ],
      ["2026-10-26T01:30Z", null],
    ],
  },
  {
    cron: "*/15 2,3 * * *",
    timeZone: "America/New_York",
    slots: [
      [
        "2026-03-08T07:00Z",
        "02:00 to 02:45 did not exist on 2026-03-08 in America/New_York; ran at 03:00",
      ],
      ["2026-03-08T07:15Z", null],
    ],
  },
  {
    // Midnight itself is jumped over, and the day begins at one.
    cron: "0 0 * * SUN",
    timeZone: "America/Santiago",
    slots: [
      ["2026-09-06T04:00Z", "00:00 did not exist on 2026-09-06 in America/Santiago; ran at 01:00"],
      ["2026-09-13T03:00Z", null],
    ],
  },
  {
    // Clocks go back for Ramadan and forward after it.
    cron: "30 2 * * *",
    timeZone: "Africa/Casablanca",
    slots: [
      [
        "2026-02-15T01:30Z",
        "02:30 came twice on 2026-02-15 in Africa/Casablanca; ran the first time only",
      ],
    ],
  },
  {
    cron: "30 * * * *",
    timeZone: "Europe/Budapest",
    slots: [
      ["2026-03-29T00:30Z", null],
      ["2026-03-29T01:30Z", null],
    ],
  },
  {
    cron: "30 * * * *",
    timeZone: "Europe/Budapest",
    slots: [
      [
        "2026-10-25T00:30Z",
        "02:30 came twice on 2026-10-25 in Europe/Budapest; ran the first time",
      ],
      [
        "2026-10-25T01:30Z",
        "02:30 came twice on 2026-10-25 in Europe/Budapest; ran the second time",
      ],
      ["2026-10-25T02:30Z", null],
    ],
  },
  {
    cron: "0 * * * *",
    timeZone: "Australia/Lord_Howe",
    slots: [
      ["2026-04-04T14:00Z", null],
      [
        "2026-04-04T15:00Z",
        "clocks went from 02:00 to 01:30 on 2026-04-05 in Australia/Lord_Howe; ran then, to keep the usual distance",
      ],
      ["2026-04-04T15:30Z", null],
      ["2026-04-04T16:30Z", null],
    ],
  },
];

Deno.test("each slot that a clock change touched says what happened to it, and no other slot does", () => {
  for (const { cron, timeZone, slots } of NOTED) {
    const schedule = parseSchedule({ cron, timeZone }, "UTC");
    const from = new Date(slots[0][0]);
    const to = new Date(slots.at(-1)![0]);
    const found = schedule.slotsBetween(from, to, 100).slots;
    assertEquals(
      found.map((slot) => [slot.toISOString().replace(":00.000Z", "Z"), schedule.dstNote(slot)]),
      slots,
      `${cron} in ${timeZone}`,
    );
  }
});

Deno.test("of a slot that is to come its note says what will happen", () => {
  const cases = [
    ["30 2 * * *", "Europe/Budapest", "2026-03-29T01:00Z"],
    ["0,30 2 * * *", "Europe/Budapest", "2026-03-29T01:00Z"],
    ["30 2 * * *", "Europe/Budapest", "2026-10-25T00:30Z"],
    ["0 * * * *", "Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ];
  const now = new Date("2026-01-01");
  const notes = cases.map(([cron, timeZone, slot]) =>
    parseSchedule({ cron, timeZone }, "UTC").dstNote(new Date(slot), now)
  );
  assertEquals(notes, [
    "02:30 does not exist on 2026-03-29 in Europe/Budapest; runs at 03:00",
    "02:00 to 02:30 do not exist on 2026-03-29 in Europe/Budapest; runs at 03:00",
    "02:30 comes twice on 2026-10-25 in Europe/Budapest; runs the first time only",
    "clocks go from 02:00 to 01:30 on 2026-04-05 in Australia/Lord_Howe; runs then, to keep the usual distance",
  ]);
});

Deno.test("a whole day that a zone leaves out is made up for once", () => {
  const schedule = parseSchedule({ cron: "0 12 * * *", timeZone: "Pacific/Apia" }, "UTC");
  const { slots } = schedule.slotsBetween(new Date("2011-12-29"), new Date("2012-01-01"), 10);
  assertEquals(slots.map((slot) => slot.toISOString()), [
    "2011-12-29T22:00:00.000Z",
    "2011-12-30T10:00:00.000Z",
    "2011-12-30T22:00:00.000Z",
    "2011-12-31T22:00:00.000Z",
  ]);
  assertEquals(
    schedule.dstNote(slots[1]),
    "12:00 did not exist on 2011-12-30 in Pacific/Apia; ran at 00:00",
  );
});

Deno.test("a minute job away for 30 days is read up to the limit without walking the rest", () => {
  const schedule = parseSchedule({ cron: "* * * * *", timeZone: "Europe/Budapest" }, "UTC");
  const from = new Date("2026-03-01T00:00:30Z");
  const to = new Date("2026-03-31T00:00:30Z");
  const { slots, more } = schedule.slotsBetween(from, to, 1000);
  assertEquals(slots.length, 1000);
  assertEquals(slots.at(-1), new Date("2026-03-01T16:40:00Z"));
  assertEquals(more, true);
  assertEquals(schedule.latestAtOrBefore(to, from), new Date("2026-03-31T00:00:00Z"));
});
