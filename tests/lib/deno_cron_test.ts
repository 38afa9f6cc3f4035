import { assertEquals, assertThrows } from "@std/assert";
import { type Alarm, planAlarms, registerAlarms } from "../../lib/deno_cron.ts";
import { parseSchedule, type ScheduleSpec } from "../../lib/schedule.ts";

function makeJob(id: string, spec: ScheduleSpec = { cron: "0 2 * * *" }) {
  return { id, schedule: parseSchedule(spec, "UTC") };
}

function makeJobs(count: number) {
  return Array.from({ length: count }, (_, i) => makeJob(`job_${i}`));
}

/** What Deno.cron is given for one schedule; undefined when it has no alarm of its own. */
function alarmText(spec: ScheduleSpec): string | undefined {
  const { alarms } = planAlarms([makeJob("job", spec)], "per-job", false);
  return alarms.find(({ name }) => name === "job")?.schedule;
}

Deno.test("each job gets an alarm, and one every minute completes them", () => {
  const jobs = [makeJob("detect"), makeJob("clean up", { intervalMinutes: 15 })];
  assertEquals(planAlarms(jobs, "per-job", false).alarms, [
    { name: "detect", schedule: "0 2 * * *", jobIds: ["detect"] },
    { name: "clean up", schedule: "*/15 * * * *", jobIds: ["clean up"] },
    { name: "dispatch", schedule: "* * * * *", jobIds: [] },
  ]);
});

Deno.test("a cron in UTC is given in lists and names, which Deno reads as everybody does", () => {
  const cases: [string, string][] = [
    ["0 2 * * *", "0 2 * * *"],
    ["0 0 * * 1", "0 0 * * MON"],
    ["0 0 * * 0,7", "0 0 * * SUN"],
    ["0 22-2 * * *", "0 0,1,2,22,23 * * *"],
    ["0 0 * * SAT-SUN", "0 0 * * SUN,SAT"],
    ["*/20 * 1,15 6-8 *", "0,20,40 * 1,15 JUN,JUL,AUG *"],
    ["@weekly", "0 0 * * SUN"],
    ["0 0 13 * FRI", "0 0 13 * FRI"],
  ];
  for (const [written, given] of cases) {
    assertEquals(alarmText({ cron: written }), given, written);
    assertEquals(alarmText({ cron: written, timeZone: "Etc/UTC" }), given, written);
  }
});

Deno.test("L, W and # become the dates and weekdays that they can fall on", () => {
  assertEquals(alarmText({ cron: "0 3 L * *" }), "0 3 28,29,30,31 * *");
  assertEquals(alarmText({ cron: "0 3 LW,1W * *" }), "0 3 1,2,3,26,27,28,29,30,31 * *");
  assertEquals(alarmText({ cron: "0 3 15W * *" }), "0 3 13,14,15,16,17 * *");
  assertEquals(alarmText({ cron: "0 3 * * MON#2,FRIL" }), "0 3 * * MON,FRI");
  assertEquals(alarmText({ cron: "0 3 L * MON#1" }), "0 3 28,29,30,31 * MON");
});

Deno.test("a zoned job is woken at its minutes in every hour, moved by the zone's part of an hour", () => {
  const cases: [string, string, string][] = [
    ["30 2 * * *", "Europe/Budapest", "30 * * * *"],
    ["0,10 2 * * MON", "Asia/Kathmandu", "15,25 * * * *"],
    ["0 9 1 * *", "Australia/Lord_Howe", "0,30 * * * *"],
    ["0 9 * * *", "Asia/Kolkata", "30 * * * *"],
    ["15 9 * * *", "America/St_Johns", "45 * * * *"],
    ["* 9 * * *", "Europe/Budapest", "* * * * *"],
  ];
  for (const [cron, timeZone, given] of cases) {
    assertEquals(alarmText({ cron, timeZone }), given, `${cron} in ${timeZone}`);
  }
});

Deno.test("an interval is woken by the nearest pattern of the hour, a one-off by the minute alarm alone", () => {
  const cases: [number, string][] = [
    [1, "* * * * *"],
    [5, "*/5 * * * *"],
    [30, "*/30 * * * *"],
    [60, "0 * * * *"],
    [7, "0 * * * *"],
    [1440, "0 * * * *"],
  ];
  for (const [intervalMinutes, given] of cases) {
    assertEquals(alarmText({ intervalMinutes }), given, `${intervalMinutes} minutes`);
  }
  assertEquals(alarmText({ runAt: new Date("2030-01-01") }), undefined);
});

Deno.test("a zoned job is woken in the minute of every ordinary slot", () => {
  const zones = ["Europe/Budapest", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"];
  for (const timeZone of zones) {
    const schedule = parseSchedule({ cron: "7,20 3,14 * * *", timeZone }, "UTC");
    const minutes = alarmText({ cron: "7,20 3,14 * * *", timeZone })!.split(" ")[0].split(",");
    const { slots } = schedule.slotsBetween(new Date("2026-01-01"), new Date("2028-01-01"), 10_000);
    const ordinary = slots.filter((slot) => schedule.dstNote(slot) === null);
    const missed = ordinary.filter((slot) => !minutes.includes(String(slot.getUTCMinutes())));
    assertEquals(missed, [], timeZone);
  }
});

Deno.test("auto gives each job its alarm while the place allows it, and says what the free plan allows", () => {
  const cases: [number, boolean, number][] = [
    [9, true, 10],
    [10, true, 1],
    [10, false, 11],
    [30, false, 31],
    [31, false, 1],
  ];
  for (const [count, isDeploy, expected] of cases) {
    const { alarms } = planAlarms(makeJobs(count), "auto", isDeploy);
    assertEquals(alarms.length, expected, `${count} jobs, Deploy: ${isDeploy}`);
  }
  assertEquals(planAlarms(makeJobs(1), "auto", true).notes, [
    "1 job and the minute alarm are 2 crons, within the 10 of Deno Deploy's free plan",
  ]);
  assertEquals(planAlarms(makeJobs(9), "auto", true).notes, [
    "9 jobs and the minute alarm are 10 crons, within the 10 of Deno Deploy's free plan",
  ]);
  assertEquals(planAlarms(makeJobs(13), "auto", true).notes, [
    "13 jobs and the minute alarm are 14 crons, more than the 10 of Deno Deploy's free plan",
    "one alarm a minute serves all jobs; on a plan with 14 crons or more, CRON_MODE=per-job gives each its own",
  ]);
  assertEquals(planAlarms(makeJobs(31), "auto", false).notes, [
    "31 jobs and the minute alarm are 32 crons, more than the 10 of Deno Deploy's free plan",
    "one alarm a minute serves all jobs, as Deno takes at most 32 registrations in one turn",
  ]);
});

Deno.test("the mode that a person chose stands", () => {
  assertEquals(planAlarms(makeJobs(2), "single", false).alarms, [
    { name: "dispatch", schedule: "* * * * *", jobIds: ["job_0", "job_1"] },
  ]);
  const perJob = planAlarms(makeJobs(40), "per-job", true);
  assertEquals(perJob.alarms.length, 41);
  assertEquals(
    perJob.notes[1],
    "CRON_MODE=per-job: Deno may refuse those beyond 32 registrations in one turn",
  );
});

Deno.test("alarm names are what Deno.cron takes, unique, and stay a job's own whatever the others are", () => {
  const long = "x".repeat(65);
  const ids = ["dispatch", "tenant/é", "tenant/è", long, `${long}y`, "plain-id_1"];
  const { alarms } = planAlarms(ids.map((id) => makeJob(id)), "per-job", false);
  const names = alarms.map(({ name }) => name);
  assertEquals(new Set(names).size, ids.length + 1);
  assertEquals(names.filter((name) => !/^[A-Za-z0-9 _-]{1,64}$/.test(name)), []);
  assertEquals(names[5], "plain-id_1");
  assertEquals(planAlarms([makeJob("tenant/è")], "per-job", false).alarms[0].name, names[2]);
  assertThrows(
    () => planAlarms([makeJob("twice"), makeJob("twice")], "auto", false),
    RangeError,
    'job ids must be unique: "twice"',
  );
});

/** Stands in for Deno.cron: keeps what was registered and never settles, as the real one. */
function createFakeCron() {
  const registered: { name: string; schedule: string; options: unknown; fire: () => unknown }[] =
    [];
  const promise = Promise.withResolvers<void>();
  const cron = (name: string, schedule: string, options: unknown, fire: () => unknown) => {
    registered.push({ name, schedule, options, fire });
    return promise.promise;
  };
  return { cron: cron as typeof Deno.cron, registered, break: promise.reject };
}

const ALARMS: Alarm[] = [
  { name: "one", schedule: "0 2 * * *", jobIds: ["one"] },
  { name: "dispatch", schedule: "* * * * *", jobIds: [] },
];

Deno.test("registerAlarms() registers before it returns, without Deno's own retries", () => {
  const fake = createFakeCron();
  registerAlarms(fake.cron, ALARMS, () => Promise.resolve(), () => {});
  assertEquals(
    fake.registered.map(({ name, schedule, options }) => ({ name, schedule, options })),
    ALARMS.map(({ name, schedule }) => ({ name, schedule, options: { backoffSchedule: [] } })),
  );
});

Deno.test("registerAlarms() tells which alarm fired, and reports a failure before Deno counts it", async () => {
  const fake = createFakeCron();
  const fired: string[] = [];
  const errors: [string, unknown][] = [];
  const failure = new Error("database away");
  registerAlarms(fake.cron, ALARMS, (name) => {
    fired.push(name);
    return name === "one" ? Promise.reject(failure) : Promise.resolve();
  }, (name, error) => errors.push([name, error]));

  await fake.registered[1].fire();
  assertEquals([fired, errors], [["dispatch"], []]);

  const outcome = await Promise.resolve(fake.registered[0].fire()).then(() => "success", (e) => e);
  assertEquals(outcome, failure);
  assertEquals(errors, [["one", failure]]);
});

Deno.test("registerAlarms() reports an error of Deno.cron itself instead of ending the process", async () => {
  const fake = createFakeCron();
  const errors: [string, unknown][] = [];
  const reported = Promise.withResolvers<void>();
  registerAlarms(fake.cron, ALARMS.slice(0, 1), () => Promise.resolve(), (name, error) => {
    errors.push([name, error]);
    reported.resolve();
  });
  const closed = new Error("Cron socket connection closed");
  fake.break(closed);
  await reported.promise;
  assertEquals(errors, [["one", closed]]);
});
