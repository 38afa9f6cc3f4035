import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  describeSchedule,
  jitterMs,
  MAX_INTERVAL_MINUTES,
  parseSchedule,
  ScheduleCache,
  ScheduleError,
  type ScheduleSpec,
} from "../../lib/schedule.ts";

function normalize(cron: string): string | null {
  return parseSchedule({ cron }, "UTC").normalized;
}

function reasonFor(spec: ScheduleSpec, defaultTimeZone = "UTC"): string {
  return assertThrows(() => parseSchedule(spec, defaultTimeZone), ScheduleError).reason;
}

function nextSlots(spec: ScheduleSpec, from: string, count: number, anchor?: string): string[] {
  const schedule = parseSchedule(spec, "UTC");
  const slots: string[] = [];
  let slot: Date | null = new Date(from);
  while (slots.length < count) {
    slot = schedule.nextAfter(slot, anchor === undefined ? undefined : new Date(anchor));
    if (slot === null) break;
    slots.push(slot.toISOString().slice(0, 16));
  }
  return slots;
}

Deno.test("cron texts that mean the same have the same normal form", () => {
  const same: [string, ...string[]][] = [
    ["0 0 * * *", "@daily", "@midnight", "@Daily", "  0  0\t* * * ", "0 0 */1 1-12 */1"],
    ["0 * * * *", "@hourly", "0 0-23 * * *", "0 */1 * * *", "0 12-11 * * *"],
    ["0 0 * * SUN", "@weekly", "0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 0,7"],
    ["0 0 1 * *", "@monthly", "0 0 1-1 * *"],
    ["0 0 1 JAN *", "@yearly", "@annually", "0 0 1 1 *", "0 0 1 jan *"],
    ["0 0,1,2,22,23 * * *", "0 22-2 * * *", "0 22-23,0-2 * * *"],
    ["0 0,2,22 * * *", "0 22-2/2 * * *"],
    ["0 0 * * SUN,SAT", "0 0 * * SAT-SUN", "0 0 * * 6-7", "0 0 * * 6-0", "0 0 * * 6,0"],
    ["0 0 * * SUN,FRI,SAT", "0 0 * * 5-7", "0 0 * * FRI-SUN"],
    ["0 0 * * SUN,MON,TUE", "0 0 * * 7-2", "0 0 * * 0-2"],
    ["0 0 * * SUN,MON,WED,FRI", "0 0 * * 1-7/2"],
    ["0 0 * JAN,FEB,NOV,DEC *", "0 0 * NOV-FEB *", "0 0 * 11-2 *"],
    ["0,15,30,45 9 * * MON,TUE,WED,THU,FRI", "*/15 9 * * MON-FRI", "0-59/15 9 * * 1-5"],
    ["50,53,56,59 * * * *", "50-59/3 * * * *"],
    ["2,50,53,56,59 * * * *", "50-2/3 * * * *"],
    ["5,20,35,50 * * * *", "5/15 * * * *", "5-59/15 * * * *"],
    ["0 0 * MAR,JUL,NOV *", "0 0 ? MAR/4 ?", "0 0 * 3-12/4 *"],
    ["0 0 * * MON", "0 0 ? * MON"],
    ["0 0 15 * *", "0 0 15 * ?"],
    ["0 0 15,LW,L * *", "0 0 L,15,lw * *"],
    ["0 0 1W,15W * *", "0 0 15W,1w,1W * *"],
    ["0 0 * * FRIL", "0 0 * * FRI#L", "0 0 * * 5L", "0 0 * * 5#l"],
    ["0 0 * * SUN,MON#2,WED#3", "0 0 * * WED#3,1#2,7"],
  ];
  for (const [normal, ...written] of same) {
    for (const text of [normal, ...written]) assertEquals(normalize(text), normal, text);
  }
});

Deno.test("two day places that both restrict are alternatives, so one that takes every day frees the other", () => {
  assertEquals(nextSlots({ cron: "0 0 13 * FRI" }, "2026-02-01T00:00Z", 4), [
    "2026-02-06T00:00",
    "2026-02-13T00:00",
    "2026-02-20T00:00",
    "2026-02-27T00:00",
  ]);
  assertEquals(normalize("0 0 1-31 * MON"), "0 0 * * *");
  assertEquals(normalize("0 0 15 * 0-6"), "0 0 * * *");
  assertEquals(normalize("0 0 */1 * MON"), "0 0 * * MON");
});

Deno.test("L, W and # follow the calendar", () => {
  const cases: [string, string[]][] = [
    ["0 0 L * *", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]],
    // 31 January 2026 is a Saturday, 28 February a Saturday, 31 May a Sunday.
    ["0 0 LW * *", ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"]],
    // 15 February and 15 March 2026 are Sundays, 15 August a Saturday.
    ["0 0 15W 2,3,8 *", ["2026-02-16", "2026-03-16", "2026-08-14"]],
    // 1 August 2026 is a Saturday: Monday the 3rd, since Friday is another month.
    ["0 0 1W 8 *", ["2026-08-03"]],
    ["0 0 31W 5 *", ["2026-05-29"]],
    // July 2026 ends on a Friday.
    ["0 0 * * FRIL", [
      "2026-01-30",
      "2026-02-27",
      "2026-03-27",
      "2026-04-24",
      "2026-05-29",
      "2026-06-26",
      "2026-07-31",
    ]],
    ["0 0 LW,3 * *", ["2026-01-03", "2026-01-30", "2026-02-03", "2026-02-27"]],
    ["0 0 * * MON#1", ["2026-01-05", "2026-02-02", "2026-03-02"]],
    ["0 0 * * MON#5", ["2026-03-30", "2026-06-29", "2026-08-31"]],
    ["0 0 29 2 *", ["2028-02-29", "2032-02-29"]],
    ["0 0 31 * *", ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]],
  ];
  for (const [cron, dates] of cases) {
    assertEquals(
      nextSlots({ cron }, "2026-01-01T12:00Z", dates.length),
      dates.map((date) => `${date}T00:00`),
      cron,
    );
  }
});

Deno.test("a leap day on one weekday is found even across the year 2100, which has none", () => {
  assertEquals(nextSlots({ cron: "0 0 * 2 MON#5" }, "2072-01-01T00:00Z", 2), [
    "2072-02-29T00:00",
    "2112-02-29T00:00",
  ]);
});

Deno.test("what never fires, contradicts itself or does not parse is refused with the reason", () => {
  const five = "five (minute, hour, day of month, month, day of week)";
  const cases: [string, string][] = [
    ["0 0 31 2 *", "FEB never has a day 31"],
    ["0 0 30 2 *", "FEB never has a day 30"],
    ["0 0 30W 2 *", "FEB never has a day 30"],
    ["0 0 31 4,6,9,11 *", "APR, JUN, SEP, NOV never have a day 31"],
    ["0 0 30 2 MON", "FEB never has a day 30"],
    ["0 0 0 * * *", `it has six fields, and standard cron has ${five}: there are no seconds`],
    ["0 0 * *", `it has 4 fields, and standard cron has ${five}`],
    ["", `it has 0 fields, and standard cron has ${five}`],
    [`${"0,".repeat(500)}0 * * * *`, "it is longer than 1000 characters"],
    ["@reboot", "a process that starts is not a time of any clock"],
    [
      "@every",
      "it is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually",
    ],
    [
      "@constructor",
      "it is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually",
    ],
    ["60 * * * *", '"60" cannot stand in the minute place, which takes 0 to 59'],
    ["-1 * * * *", '"-1" in the minute place is not a value, a range, a step or a list'],
    ["* 24 * * *", '"24" cannot stand in the hour place, which takes 0 to 23'],
    ["* * 0 * *", '"0" cannot stand in the day of month place, which takes 1 to 31'],
    ["* * * 13 *", '"13" cannot stand in the month place, which takes 1 to 12 or JAN to DEC'],
    [
      "* * * JANUARY *",
      '"JANUARY" cannot stand in the month place, which takes 1 to 12 or JAN to DEC',
    ],
    ["* * * * 8", '"8" cannot stand in the day of week place, which takes 0 to 7 or SUN to SAT'],
    ["? * * * MON", '"?" stands for a whole day place only; write "*" in the minute place'],
    ["* * ?,5 * *", '"?" stands for a whole day place only; write "*" in the day of month place'],
    [
      "*/60 * * * *",
      'the step of "*/60" must be 1 to 59, as it starts again with each hour; write "0" for once each hour, or take an interval of 60 minutes',
    ],
    [
      "0 6-20/36 * * *",
      'the step of "6-20/36" must be 1 to 23, as it starts again with each day; write "6" for once each day, or take an interval of 2160 minutes',
    ],
    [
      "0 0 1 */12 *",
      'the step of "*/12" must be 1 to 11, as it starts again with each year; write "1" for once each year',
    ],
    ["*/0 * * * *", 'the step of "*/0" must be 1 to 59'],
    [
      "0 0 * * 5/2",
      '"5/2" means different things to different crons; write 5-SAT/2 or 5-SUN/2',
    ],
    ["1,,2 * * * *", '"" in the minute place is not a value, a range, a step or a list'],
    ["*-5 * * * *", '"*-5" in the minute place is not a value, a range, a step or a list'],
    ["1.5 * * * *", '"1.5" cannot stand in the minute place, which takes 0 to 59'],
    [
      "0 0 L-3 * *",
      '"L-3" counts back from the end of the month, which only some crons do; write L for the last day, or a day that every month has',
    ],
    ["0 0 32W * *", '"32" cannot stand in the day of month place, which takes 1 to 31'],
    [
      "0 0 * * MON#6",
      '"MON#6" must name the 1st to 5th (#1 to #5) or the last (#L) of its weekday',
    ],
    [
      "0 0 * * L",
      '"L" alone is Saturday to some crons and nothing to others; write SAT, or SATL for the last of the month',
    ],
  ];
  for (const [cron, reason] of cases) assertEquals(reasonFor({ cron }), reason, cron);
});

Deno.test("a refusal carries a code and quotes the schedule as it was written", () => {
  const error = assertThrows(
    () => parseSchedule({ cron: "0 0 31 2 *" }, "UTC"),
    ScheduleError,
    'Cannot use "0 0 31 2 *" as a schedule: FEB never has a day 31',
  );
  assertEquals(error.code, "invalid_schedule");
});

Deno.test("a time zone must be a name that the IANA database has", () => {
  const reason =
    "a time zone is a name of the IANA database, such as Asia/Kolkata or Europe/Budapest; an abbreviation such as IST is another zone elsewhere";
  for (const timeZone of ["Europe/Atlantis", "IST", "+02:00", "", "UTC; DROP TABLE"]) {
    assertEquals(reasonFor({ cron: "0 0 * * *", timeZone }), reason, timeZone);
  }
  assertEquals(reasonFor({ intervalMinutes: 5 }, "Mars/Olympus"), reason);
  assertEquals(parseSchedule({ cron: "0 0 * * *" }, "Asia/Tokyo").timeZone, "Asia/Tokyo");
  assertEquals(
    nextSlots({ cron: "0 9 * * *", timeZone: "asia/tokyo" }, "2026-01-01T00:00Z", 1),
    ["2026-01-02T00:00"],
  );
});

Deno.test("exactly one kind of schedule must be given", () => {
  const both = { cron: "0 0 * * *", intervalMinutes: 5 } as ScheduleSpec;
  const reason = "exactly one of cron, intervalMinutes and runAt must be given";
  assertEquals(reasonFor(both), reason);
  assertEquals(reasonFor({} as ScheduleSpec), reason);
});

Deno.test("an interval's slots are its anchor plus whole intervals, never the anchor itself", () => {
  const anchor = "2026-01-01T00:07:30Z";
  const slots = ["2026-01-01T01:37", "2026-01-01T03:07", "2026-01-01T04:37"];
  assertEquals(nextSlots({ intervalMinutes: 90 }, anchor, 3, anchor), slots);
  assertEquals(nextSlots({ intervalMinutes: 90 }, "2025-12-01T00:00:00Z", 1, anchor), [slots[0]]);
  assertEquals(nextSlots({ intervalMinutes: 90 }, "2026-01-01T01:37:29.999Z", 1, anchor), [
    slots[0],
  ]);
  assertEquals(nextSlots({ intervalMinutes: 90 }, "2026-01-01T01:37:30Z", 1, anchor), [slots[1]]);
  assertEquals(nextSlots({ intervalMinutes: 90 }, anchor, 1), [slots[0]]);
});

Deno.test("an interval is a whole number of minutes up to a year", () => {
  for (const intervalMinutes of [0, -5, 1.5, NaN, Infinity, MAX_INTERVAL_MINUTES + 1]) {
    assertEquals(
      reasonFor({ intervalMinutes }),
      "an interval is a whole number of minutes from 1 to 525600",
    );
  }
  assertEquals(parseSchedule({ intervalMinutes: MAX_INTERVAL_MINUTES }, "UTC").kind, "interval");
});

Deno.test("a one-off has one slot, and none after it", () => {
  const runAt = new Date("2026-06-01T12:00:00.500Z");
  const schedule = parseSchedule({ runAt }, "UTC");
  assertEquals(schedule.nextAfter(new Date("2026-01-01")), runAt);
  assertEquals(schedule.nextAfter(new Date(runAt.getTime() - 1)), runAt);
  assertEquals(schedule.nextAfter(runAt), null);
  assertEquals(schedule.slotsBetween(runAt, runAt, 5), { slots: [runAt], more: false });
  assertEquals(schedule.latestAtOrBefore(new Date("2027-01-01"), new Date("2026-01-01")), runAt);
  assertEquals(schedule.latestAtOrBefore(new Date("2027-01-01"), new Date("2026-07-01")), null);
  assertEquals(reasonFor({ runAt: new Date("next week") }), "it is not an instant");
});

Deno.test("slotsBetween() takes both ends in and says whether the limit cut slots off", () => {
  const schedule = parseSchedule({ cron: "0 * * * *" }, "UTC");
  const from = new Date("2026-01-01T00:00:00Z");
  const to = new Date("2026-01-01T03:00:00Z");
  const hours = [0, 1, 2, 3].map((hour) => new Date(Date.UTC(2026, 0, 1, hour)));
  assertEquals(schedule.slotsBetween(from, to, 4), { slots: hours, more: false });
  assertEquals(schedule.slotsBetween(from, to, 3), { slots: hours.slice(0, 3), more: true });
  assertEquals(schedule.slotsBetween(from, to, 0), { slots: [], more: true });
  assertEquals(schedule.slotsBetween(to, from, 9), { slots: [], more: false });
});

Deno.test("latestAtOrBefore() finds the newest slot that is not before the floor", () => {
  const schedule = parseSchedule({ cron: "30 2 * * *", timeZone: "Europe/Budapest" }, "UTC");
  const slot = new Date("2026-01-10T01:30:00Z");
  const floor = new Date("2026-01-01T00:00:00Z");
  assertEquals(schedule.latestAtOrBefore(slot, floor), slot);
  assertEquals(schedule.latestAtOrBefore(new Date("2026-01-11T01:29:59.999Z"), floor), slot);
  assertEquals(schedule.latestAtOrBefore(slot, slot), slot);
  assertEquals(schedule.latestAtOrBefore(slot, new Date(slot.getTime() + 1)), null);

  const interval = parseSchedule({ intervalMinutes: 10 }, "UTC");
  const anchor = new Date("2026-01-01T00:05:00Z");
  const at = (time: string) => new Date(`2026-01-01T${time}Z`);
  assertEquals(interval.latestAtOrBefore(at("01:00:00"), floor, anchor), at("00:55:00"));
  assertEquals(interval.latestAtOrBefore(at("00:14:59"), floor, anchor), null);
  assertEquals(interval.latestAtOrBefore(at("00:15:00"), floor, anchor), at("00:15:00"));
});

Deno.test("cron slots lie in the years 1900 to 9999, and a search from anywhere ends", () => {
  for (const timeZone of ["UTC", "Europe/Budapest", "Australia/Lord_Howe"]) {
    for (const cron of ["0 * * * *", "30 2 * * *", "0 0 * 2 MON#5"]) {
      const schedule = parseSchedule({ cron, timeZone }, "UTC");
      const [min, max] = [new Date(-8.64e15), new Date(8.64e15)];
      const first = schedule.nextAfter(min)!;
      const last = schedule.latestAtOrBefore(max, min)!;
      assertEquals(first.getUTCFullYear() >= 1900 && first.getUTCFullYear() < 1941, true, cron);
      assertEquals(last.getUTCFullYear() > 9958 && last.getUTCFullYear() <= 9999, true, cron);
      assertEquals(schedule.latestAtOrBefore(new Date(first.getTime() - 1), min), null);
      assertEquals(schedule.nextAfter(last), null);
      assertEquals([schedule.dstNote(min), schedule.dstNote(max)], [null, null]);
    }
  }
});

Deno.test("an invalid instant, such as Postgres' infinity, is refused by every kind of schedule", () => {
  const invalid = new Date(NaN);
  const specs: ScheduleSpec[] = [
    { cron: "0 0 * * *" },
    { intervalMinutes: 5 },
    { runAt: new Date("2026-01-01") },
  ];
  for (const spec of specs) {
    const schedule = parseSchedule(spec, "UTC");
    assertThrows(() => schedule.nextAfter(invalid), RangeError, "instants must be valid");
    assertThrows(() => schedule.latestAtOrBefore(invalid, invalid), RangeError);
    assertThrows(() => schedule.slotsBetween(invalid, new Date(), 1), RangeError);
  }
});

Deno.test("schedules are said in words, and a step that starts again unevenly by its values", async () => {
  const PAST = "minutes past the hour";
  const FIRST = "on day 1 of the month";
  const cases: [ScheduleSpec, string][] = [
    [{ cron: "0 2 * * *", timeZone: "Europe/Budapest" }, "At 02:00, every day (Europe/Budapest)"],
    [{ cron: "*/5 * * * *" }, "Every 5 minutes (UTC)"],
    [{ cron: "*/7 * * * *" }, `At 0, 7, 14, 21, 28, 35, 42, 49, and 56 ${PAST} (UTC)`],
    [
      { cron: "*/40,50 9-17 * * *" },
      `At 0, 40, and 50 ${PAST}, between 09:00 and 17:59, every day (UTC)`,
    ],
    [{ cron: "5/15 * * * *" }, `Every 15 minutes, starting at 5 ${PAST} (UTC)`],
    [{ cron: "5/25 * * * *" }, `At 5, 30, and 55 ${PAST} (UTC)`],
    [{ cron: "30 */7 * * *" }, "At 00:30, 07:30, 14:30 and 21:30, every day (UTC)"],
    [{ cron: "30 */6 * * *" }, "At 30 minutes past the hour, every 6 hours, every day (UTC)"],
    [{ cron: "0 0 1 */5 *" }, `At 00:00, ${FIRST}, only in January, June, and November (UTC)`],
    [{ cron: "0 0 * * */3" }, "At 00:00, only on Sunday, Wednesday, and Saturday (UTC)"],
    [{ cron: "0 0 */2 * *" }, "At 00:00, every 2 days from day 1 of each month (UTC)"],
    [{ cron: "@hourly" }, "Every hour (UTC)"],
    [{ cron: "0 0 * * FRI#L" }, "At 00:00, on the last Friday of the month (UTC)"],
    [{ cron: "0 0 1W,15W * *" }, 'Cron "0 0 1W,15W * *" (UTC)'],
    [{ intervalMinutes: 1 }, "Every minute"],
    [{ intervalMinutes: 90 }, "Every 90 minutes"],
    [{ intervalMinutes: 360 }, "Every 6 hours"],
    [{ intervalMinutes: 1440 }, "Every day"],
    [{ runAt: new Date("2026-03-29T00:30:00Z") }, "Once, on 2026-03-29 at 00:30 (UTC)"],
  ];
  for (const [spec, words] of cases) {
    assertEquals(await describeSchedule(parseSchedule(spec, "UTC")), words);
  }
});

Deno.test("ScheduleCache parses equal schedules once and forgets the oldest when it is full", () => {
  const cache = new ScheduleCache(2);
  const first = cache.parse({ cron: "0 0 * * *" }, "UTC");
  assertEquals(cache.parse({ cron: "0 0 * * *" }, "UTC") === first, true);
  assertNotEquals(cache.parse({ cron: "0 0 * * *" }, "Asia/Tokyo").timeZone, first.timeZone);
  cache.parse({ runAt: new Date(0) }, "UTC");
  assertEquals(cache.parse({ cron: "0 0 * * *" }, "UTC") === first, false);
  assertThrows(() => cache.parse({ cron: "no" }, "UTC"), ScheduleError);
});

Deno.test("jitterMs() gives a row the same wait each time and spreads rows over the whole span", () => {
  assertEquals(jitterMs("detect_no_change_words", 60), jitterMs("detect_no_change_words", 60));
  assertEquals(jitterMs("detect_no_change_words", 0), 0);
  const tenths = new Array(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const wait = jitterMs(`bot-${i}`, 60);
    assertEquals(wait >= 0 && wait <= 60_000, true);
    tenths[Math.min(9, Math.floor(wait / 6000))]++;
  }
  assertEquals(tenths.every((count) => count > 850 && count < 1150), true, String(tenths));
  assertThrows(() => jitterMs("row", -1), RangeError, "maxSeconds must be a whole number");
});
