import { assertEquals } from "@std/assert";
import { type CheckedJob, formatScheduleReport } from "../../../lib/cli/check_schedules.ts";
import { parseSchedule, type ScheduleSpec } from "../../../lib/schedule.ts";

const NOW = new Date("2026-03-27T10:20:30Z");

function makeJob(id: string, spec: ScheduleSpec, anchor?: Date): CheckedJob {
  return { id, schedule: parseSchedule(spec, "Europe/Budapest"), anchor };
}

/** The warnings on one cron in a zone, over the year after NOW. */
async function warningsOn(cron: string, timeZone = "UTC"): Promise<string[]> {
  const report = await formatScheduleReport([makeJob("job", { cron, timeZone })], NOW);
  const [, warnings] = report.trimEnd().split(/^ {2}warning +/m);
  return warnings === undefined ? [] : warnings.split("\n").map((line) => line.trim());
}

Deno.test("a job is reported as written, in words, as Deno.cron gets it, with its next slots and warnings", async () => {
  const report = await formatScheduleReport([makeJob("nightly", { cron: "30 2 * * *" })], NOW);
  assertEquals(
    report,
    `nightly
  written     30 2 * * *  in Europe/Budapest
  in words    At 02:30, every day (Europe/Budapest)
  Deno.cron   30 * * * *  as a hint that the minute alarm completes
  next        Sat 2026-03-28 02:30 +01:00  2026-03-28T01:30:00Z
              Sun 2026-03-29 03:00 +02:00  2026-03-29T01:00:00Z
              Mon 2026-03-30 02:30 +02:00  2026-03-30T00:30:00Z
              Tue 2026-03-31 02:30 +02:00  2026-03-31T00:30:00Z
              Wed 2026-04-01 02:30 +02:00  2026-04-01T00:30:00Z
  warning     2026-03-29: 02:30 does not exist, runs at 03:00
              2026-10-25: 02:30 comes twice, runs the first time only
`,
  );
});

Deno.test("intervals, one-offs and crons in UTC say what alarm they have", async () => {
  const report = await formatScheduleReport([
    makeJob("utc", { cron: "0 0 * * 1", timeZone: "UTC" }),
    makeJob("interval", { intervalMinutes: 90 }, new Date("2026-03-27T10:00:00Z")),
    makeJob("over", { runAt: new Date("2020-01-01T00:00:00Z") }),
    makeJob("minutely", { intervalMinutes: 1 }, new Date("2026-03-27T10:00:00Z")),
  ], NOW);
  const blocks = report.split("\n\n");
  const lineOf = (block: number, label: string) =>
    blocks[block].split("\n").find((line) => line.startsWith(`  ${label}`))?.slice(14);
  assertEquals(lineOf(0, "Deno.cron"), "0 0 * * MON  exactly");
  assertEquals(lineOf(1, "written"), "every 90 minutes");
  assertEquals(lineOf(1, "next"), "Fri 2026-03-27 12:30 +01:00  2026-03-27T11:30:00Z");
  assertEquals(lineOf(2, "Deno.cron"), "nothing: the minute alarm carries it");
  assertEquals(lineOf(2, "next"), "never again");
  assertEquals(lineOf(3, "written"), "every minute");
});

Deno.test("clock changes of the next year that touch a slot are foretold", async () => {
  const cases: [string, string, string[]][] = [
    ["0 4 * * *", "Europe/Budapest", []],
    ["30 2 * * *", "Asia/Kathmandu", []],
    ["*/15 2 * * *", "America/New_York", [
      "2027-03-14: 02:00 to 02:45 do not exist, runs once at 03:00",
    ]],
    ["*/15 1 * * *", "America/New_York", [
      "2026-11-01: 01:00 to 01:45 come twice, runs the first time only",
    ]],
    ["*/30 * * * *", "America/New_York", [
      "2026-11-01: 01:00 to 01:30 come twice, runs both times",
    ]],
    ["0 * * * *", "Australia/Lord_Howe", [
      "2026-04-05: clocks go from 02:00 to 01:30, runs then as well",
      "2026-10-04: clocks go from 02:00 to 02:30, runs then as well",
    ]],
    ["0 0 * * MON", "America/Santiago", []],
  ];
  for (const [cron, timeZone, warnings] of cases) {
    assertEquals(await warningsOn(cron, timeZone), warnings, `${cron} in ${timeZone}`);
  }
});

Deno.test("days that months lack, uneven steps and a star's step beside a weekday are pointed out", async () => {
  const cases: [string, string[]][] = [
    ["0 0 31 * *", [
      "day 31 does not come in FEB, APR, JUN, SEP, NOV; L is the last day of any month",
    ]],
    ["0 0 15,30 * *", ["day 30 does not come in FEB; L is the last day of any month"]],
    ["0 0 29 2 *", ["day 29 comes in FEB of leap years only"]],
    ["0 0 31 1,3 *", []],
    ["0 0 1-31 * *", []],
    ["0 0 L * *", []],
    ["*/7 * * * *", ["*/7 starts again with each hour, so its last step is 4 and not 7"]],
    ["0 */5 * * *", ["*/5 starts again with each day, so its last step is 4 and not 5"]],
    ["*/15 */6 * * *", []],
    ["0 0 */2 * MON", ["*/2 or MON is enough here; crond would want both, because of the star"]],
    ["0 0 */2 * *", []],
    ["@daily", []],
  ];
  for (const [cron, warnings] of cases) assertEquals(await warningsOn(cron), warnings, cron);
});

Deno.test("a minute in which five jobs start is a pile-up, four are not", async () => {
  const jobs = ["a", "b", "c", "d"].map((id) => makeJob(id, { cron: "0 3 * * *" }));
  const often = makeJob("often", { cron: "* * * * *" });
  assertEquals((await formatScheduleReport([...jobs, often], NOW)).includes("pile-up"), false);

  const weekly = makeJob("e", { cron: "0 3 * * SAT" });
  const report = await formatScheduleReport([...jobs, weekly], NOW);
  assertEquals(
    report.slice(report.indexOf("pile-up")),
    "pile-up: 5 jobs start together once within a week, first at 2026-03-28T02:00Z; " +
      "other minutes or a jitter spread them\n  a\n  b\n  c\n  d\n  e\n",
  );
});
