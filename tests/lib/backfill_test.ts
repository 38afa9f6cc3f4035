import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { backfill, MAX_BACKFILL } from "../../lib/backfill.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { InvalidInputError, NotConfiguredError, NotFoundError } from "../../lib/errors.ts";
import type { RunRow } from "../../lib/run.ts";
import { ScheduleError } from "../../lib/schedule.ts";
import { databaseTest } from "../support/database.ts";
import { fakeJob, HeldHandler, openTestEngine, readRuns, TestEngine } from "../support/engine.ts";
import { at, insertRun, insertRunningRun, insertSchedule } from "../support/factories.ts";

const NOON = new ManualClock(at("12:00"));

/** An engine at noon, its row planned for 13:00. */
async function openAtNoon(sql: Sql, job = fakeJob()): Promise<TestEngine> {
  await insertSchedule(sql, { next_run_at: at("13:00") });
  return openTestEngine(sql, { jobs: [job], clock: NOON });
}

/** Backfills the morning's slots in [from, to), 08:00 to 12:00 where the test does not say. */
function backfillMorning(
  { engine }: TestEngine,
  { from = "08:00", to = "12:00", scheduleId }: {
    from?: string;
    to?: string;
    scheduleId?: string;
  } = {},
) {
  const range = { from: at(from), to: at(to), scheduleId, triggeredBy: "ada" };
  return backfill(engine, "hourly", range);
}

/** The times that runs are about. */
function times(runs: RunRow[]): string[] {
  return runs.map(({ as_of }) => as_of!.toISOString().slice(11, 16));
}

/** Each run of a row: the time of its slot, and what brought it. */
async function slotsWithRuns(sql: Sql, rowId = "hourly"): Promise<string[]> {
  const runs = await readRuns(sql, rowId);
  return runs.map(({ scheduled_for, as_of, trigger }) =>
    `${(scheduled_for ?? as_of!).toISOString().slice(11, 16)} ${trigger}`
  ).sort();
}

databaseTest(
  "each slot in [from, to) becomes one run with the row's parameters",
  async ({ sql }) => {
    await insertSchedule(sql, {
      id: "nova",
      job_type: "hourly",
      bot_id: "nova",
      next_run_at: at("13:00"),
      config_json: { days: 3 },
    });
    await using test = await openAtNoon(sql);
    const { runs, created } = await backfillMorning(test, { scheduleId: "nova" });
    assertEquals([times(runs), created], [["08:00", "09:00", "10:00", "11:00"], 4]);
    const [run] = runs;
    assertEquals(
      [run.job_id, run.job_type, run.bot_id, run.trigger, run.status, run.triggered_by, run.params],
      ["nova", "hourly", "nova", "backfill", "pending", "ada", { days: 3 }],
    );
    assertEquals([run.scheduled_for, run.created_at], [null, at("12:00")]);
  },
);

databaseTest(
  "the runs are performed one after the other, in the order of their slots",
  async ({ sql }) => {
    const handler = new HeldHandler();
    await using test = await openAtNoon(sql, fakeJob({ run: handler.run }));
    await backfillMorning(test);
    await test.engine.tick("timer");
    for (const time of ["08:00", "09:00", "10:00", "11:00"]) {
      const call = await handler.next();
      assertEquals(call.ctx.asOf, at(time));
      const active = await sql`select from job_runs where status = 'running'`;
      assertEquals(active.length, 1);
      call.finish();
    }
    await test.engine.idle();
    assertEquals((await readRuns(sql)).map(({ status }) => status), Array(4).fill("success"));
  },
);

databaseTest("a run that fails does not let the next slot go first", async ({ sql }) => {
  let fails = true;
  const order: string[] = [];
  const clock = new ManualClock(at("12:00"));
  await insertSchedule(sql, { next_run_at: at("13:00") });
  const job = fakeJob({
    run({ asOf }) {
      order.push(asOf.toISOString().slice(11, 16));
      return fails ? Promise.reject(new Error("down")) : Promise.resolve();
    },
  });
  await using test = openTestEngine(sql, { jobs: [job], clock });
  await backfillMorning(test, { from: "10:00" });
  await test.tickAndWait();
  fails = false;
  await test.tickAndWait();
  assertEquals(order, ["10:00"]);
  clock.advance(60_000);
  await test.tickAndWait();
  assertEquals(order, ["10:00", "10:00", "11:00"]);
});

databaseTest(
  "they neither wait for, nor skip, nor hold up what the schedule brings",
  async ({ sql }) => {
    const handler = new HeldHandler();
    const clock = new ManualClock(at("12:00"));
    await insertSchedule(sql, { next_run_at: at("12:00") });
    await using test = openTestEngine(sql, {
      jobs: [fakeJob({ run: handler.run })],
      clock,
      // The test's clock goes an hour on while the run is held.
      lease: { leaseMs: 4 * 3_600_000, heartbeatMs: 10_000 },
    });
    await test.engine.tick("timer");
    const scheduled = await handler.next();
    await backfillMorning(test, { from: "10:00", to: "11:00" });
    await test.engine.tick("timer");
    const filled = await handler.next();
    assertEquals([scheduled.ctx.asOf, filled.ctx.asOf], [at("12:00"), at("10:00")]);
    scheduled.finish();
    await test.engine.waitForRun(scheduled.ctx.runId, 60_000);
    clock.advance(3_600_000);
    await test.engine.tick("timer");
    const next = await handler.next();
    assertEquals(next.ctx.asOf, at("13:00"));
    next.finish();
    filled.finish();
    await test.engine.idle();
    assertEquals((await readRuns(sql)).map(({ status }) => status), Array(3).fill("success"));
  },
);

databaseTest(
  "a job's limit holds for them too, and what the schedule brings goes before the next of them",
  async ({ sql }) => {
    const handler = new HeldHandler();
    const clock = new ManualClock(at("12:30"));
    await insertSchedule(sql, { next_run_at: at("13:00"), max_running: 1 });
    await using test = openTestEngine(sql, {
      jobs: [fakeJob({ run: handler.run, policies: { limit: 1 } })],
      clock,
      // The test's clock goes half an hour on while the run is held.
      lease: { leaseMs: 4 * 3_600_000, heartbeatMs: 10_000 },
    });
    await backfillMorning(test);
    await test.engine.tick("timer");
    const first = await handler.next();
    assertEquals(
      (await test.engine.requestRun("hourly", { triggeredBy: "ada" })).status,
      "pending",
    );
    await test.engine.tick("timer");
    assertEquals((await sql`select from job_runs where status = 'running'`).length, 1);
    const order = [first.ctx.asOf];
    first.finish();
    for (let left = 4; left > 0; left--) {
      const call = await handler.next();
      assertEquals((await sql`select from job_runs where status = 'running'`).length, 1);
      order.push(call.ctx.asOf);
      call.finish();
    }
    await test.engine.idle();
    assertEquals(order, ["08:00", "12:30", "09:00", "10:00", "11:00"].map((time) => at(time)));
  },
);

databaseTest(
  "slots that succeeded are left out, whatever run brought it about; others are not",
  async ({ sql }) => {
    await using test = await openAtNoon(sql);
    const ended = { attempt: 1, started_at: at("12:00"), finished_at: at("12:00"), duration_ms: 0 };
    const slot = (time: string, status: RunRow["status"], more: Partial<RunRow> = {}) =>
      insertRun(sql, { scheduled_for: at(time), status, ...ended, ...more });
    await slot("05:00", "success");
    const failed = await slot("06:00", "failed");
    await insertRun(sql, {
      trigger: "retry",
      retry_of: failed.id,
      as_of: at("06:00"),
      status: "success",
      ...ended,
    });
    await slot("07:00", "failed");
    await slot("08:00", "skipped", { reason: "overlap" });
    await slot("09:00", "cancelled");
    // A person's run about the same instant, and a dry run of a retry, are no success of the slot.
    const manual = await insertRun(sql, { as_of: at("10:00"), status: "success", ...ended });
    await insertRun(sql, {
      trigger: "retry",
      retry_of: manual.id,
      as_of: at("10:00"),
      status: "success",
      ...ended,
    });
    const { runs } = await backfillMorning(test, { from: "05:00", to: "12:00" });
    assertEquals(times(runs), ["07:00", "08:00", "09:00", "10:00", "11:00"]);
  },
);

databaseTest(
  "a slot whose run is not over yet is left out, and said with those that succeeded",
  async ({ sql }) => {
    await using test = await openAtNoon(sql);
    const ended = { attempt: 1, started_at: at("12:00"), finished_at: at("12:00"), duration_ms: 0 };
    await insertRunningRun(sql, { scheduled_for: at("08:00") });
    const failed = await insertRun(sql, {
      scheduled_for: at("09:00"),
      ...ended,
      status: "failed",
    });
    await insertRun(sql, { trigger: "retry", retry_of: failed.id, as_of: at("09:00") });
    await insertRun(sql, { scheduled_for: at("10:00"), ...ended, status: "success" });
    // A person's run about the same instant, and a dry run of the slot's, are not the slot's work.
    await insertRun(sql, { as_of: at("11:00") });
    const skipped = await insertRun(sql, {
      scheduled_for: at("11:00"),
      status: "skipped",
      reason: "overlap",
      finished_at: at("12:00"),
    });
    await insertRun(sql, {
      trigger: "retry",
      retry_of: skipped.id,
      as_of: at("11:00"),
      dry_run: true,
    });

    const { runs, created, leftOut } = await backfillMorning(test);

    assertEquals([times(runs), created], [["11:00"], 1]);
    assertEquals(leftOut, [
      { slot: at("08:00"), reason: "active" },
      { slot: at("09:00"), reason: "active" },
      { slot: at("10:00"), reason: "succeeded" },
    ]);
  },
);

databaseTest(
  "a slot that the schedule has still to bring is left out, so that it gets one run",
  async ({ sql }) => {
    const clock = new ManualClock(at("12:00:05"));
    await insertSchedule(sql, { next_run_at: at("12:00") });
    await using test = openTestEngine(sql, { clock });
    const { runs, leftOut } = await backfillMorning(test, { from: "10:00", to: "12:00:05" });
    assertEquals(times(runs), ["10:00", "11:00"]);
    assertEquals(leftOut, [{ slot: at("12:00"), reason: "due" }]);
    await test.tickAndWait();
    assertEquals(await slotsWithRuns(sql), ["10:00 backfill", "11:00 backfill", "12:00 schedule"]);
  },
);

databaseTest(
  "late slots that are all to be run are left out, those in a gap are not",
  async ({ sql }) => {
    const clock = new ManualClock(at("12:05"));
    const late = { next_run_at: at("09:00"), grace_seconds: 2 * 3_600 };
    await insertSchedule(sql, { ...late, overlap: "queue", coalesce: "all" });
    await insertSchedule(sql, { id: "newest", job_type: "hourly", ...late });
    await using test = openTestEngine(sql, { clock });
    const range = { from: "09:00", to: "12:05" };
    assertEquals(times((await backfillMorning(test, range)).runs), ["09:00", "10:00"]);
    const newest = await backfillMorning(test, { ...range, scheduleId: "newest" });
    assertEquals(times(newest.runs), ["09:00", "10:00", "11:00"]);
    await test.engine.tick("timer");
    for (const id of ["hourly", "newest"]) {
      assertEquals(
        (await slotsWithRuns(sql, id)).map((told) => told.slice(0, 5)),
        ["09:00", "10:00", "11:00", "12:00"],
      );
    }
    await test.engine.idle();
  },
);

databaseTest("slots of a pause are no schedule's to bring, and are backfilled", async ({ sql }) => {
  const clock = new ManualClock(at("12:05"));
  await insertSchedule(sql, { next_run_at: at("10:00"), paused_at: at("09:30") });
  await using test = openTestEngine(sql, { clock });
  const { runs, leftOut } = await backfillMorning(test, { from: "09:00", to: "12:05" });
  assertEquals([times(runs), leftOut], [["09:00", "10:00", "11:00", "12:00"], []]);
});

databaseTest("a repeat gives the runs that exist and makes only what is new", async ({ sql }) => {
  let fails = true;
  const run = () => fails ? Promise.reject(new Error("down")) : Promise.resolve();
  const job = fakeJob({ run, policies: { retries: 0 } });
  await using test = await openAtNoon(sql, job);
  const first = await backfillMorning(test, { from: "10:00" });
  const again = await backfillMorning(test, { from: "10:00" });
  assertEquals(again.created, 0);
  assertEquals(again.runs.map(({ id }) => id), first.runs.map(({ id }) => id));
  await test.tickAndWait();
  fails = false;
  const wider = await backfillMorning(test, { from: "09:00" });
  assertEquals([times(wider.runs), wider.created], [["09:00", "10:00", "11:00"], 1]);
  assertEquals(wider.runs.map(({ status }) => status), ["pending", "failed", "failed"]);
  await test.tickAndWait();
  const last = await backfillMorning(test, { from: "09:00" });
  assertEquals([times(last.runs), last.created], [["09:00", "10:00", "11:00"], 0]);
  assertEquals(last.runs.map(({ status }) => status), ["success", "failed", "failed"]);
});

databaseTest("two requests at once make one run a slot", async ({ sql }) => {
  await using test = await openAtNoon(sql);
  const results = await Promise.all([1, 2, 3, 4].map(() => backfillMorning(test)));
  assertEquals(results.reduce((sum, { created }) => sum + created, 0), 4);
  for (const { runs } of results) assertEquals(runs.length, 4);
});

databaseTest("slots before the row was made are backfilled too", async ({ sql }) => {
  await using test = await openAtNoon(sql);
  const range = { from: at("2025-12-31T22:00Z"), to: at("2026-01-01T00:00Z"), triggeredBy: "ada" };
  const { runs } = await backfill(test.engine, "hourly", range);
  assertEquals(runs.map(({ as_of }) => as_of!.toISOString()), [
    "2025-12-31T22:00:00.000Z",
    "2025-12-31T23:00:00.000Z",
  ]);
});

databaseTest("an interval's slots are those that its row had", async ({ sql }) => {
  await insertSchedule(sql, {
    interval_minutes: 50,
    anchor_at: at("08:05"),
    next_run_at: at("12:15"),
  });
  await using test = openTestEngine(sql, { clock: NOON });
  assertEquals(times((await backfillMorning(test)).runs), ["08:55", "09:45", "10:35", "11:25"]);
});

databaseTest("a day with a clock change is filled by the zone's own slots", async ({ sql }) => {
  await insertSchedule(sql, { cron: "30 2 * * *", time_zone: "Europe/Budapest" });
  const clock = new ManualClock(at("2026-04-02T00:00Z"));
  await using test = openTestEngine(sql, { clock });
  const range = { from: at("2026-03-28T00:00Z"), to: at("2026-03-31T00:00Z"), triggeredBy: "ada" };
  const { runs } = await backfill(test.engine, "hourly", range);
  assertEquals(runs.map(({ as_of }) => as_of!.toISOString().slice(5, 16)), [
    "03-28T01:30",
    "03-29T01:00",
    "03-30T00:30",
  ]);
});

databaseTest(
  "a range that is empty, in the future or too long is refused by field",
  async ({ sql }) => {
    await using test = await openAtNoon(sql);
    const refused = async (from: string, to: string) => {
      const error = await assertRejects(
        () => backfillMorning(test, { from, to }),
        InvalidInputError,
      );
      return error.fields.to[0];
    };
    assertStringIncludes(await refused("11:00", "11:00"), "later than from");
    assertStringIncludes(await refused("11:00", "12:00:00.001"), "not be later than now");
    const from = new Date(at("12:00").getTime() - (MAX_BACKFILL + 1) * 3_600_000).toISOString();
    assertStringIncludes(await refused(from, "12:00"), `at most ${MAX_BACKFILL} slots`);
    assertEquals(await readRuns(sql), []);
    const all = new Date(at("12:00").getTime() - MAX_BACKFILL * 3_600_000).toISOString();
    assertEquals((await backfillMorning(test, { from: all })).created, MAX_BACKFILL);
  },
);

databaseTest(
  "a job, a row, a setting or a schedule that is not there is said so",
  async ({ sql }) => {
    const job = fakeJob({ missingSetting: () => "LLM_BASE_URL" });
    await insertSchedule(sql, { id: "other" });
    await insertSchedule(sql, { id: "gone", job_type: "hourly", deleted_at: at("09:00") });
    await using lacking = await openAtNoon(sql, job);
    await assertRejects(() => backfillMorning(lacking), NotConfiguredError, "LLM_BASE_URL");
    await using test = openTestEngine(sql, { clock: NOON });
    for (const scheduleId of ["other", "gone", "nowhere"]) {
      await assertRejects(() => backfillMorning(test, { scheduleId }), NotFoundError);
    }
    const range = { from: at("08:00"), to: at("12:00"), triggeredBy: "ada" };
    await assertRejects(() => backfill(test.engine, "weekly", range), NotFoundError);
    await sql`update scheduled_jobs set cron = '61 * * * *' where id = 'hourly'`;
    await assertRejects(() => backfillMorning(test), ScheduleError);
  },
);

databaseTest(
  "parameters that no longer fit the job are refused before any run is made",
  async ({ sql }) => {
    await insertSchedule(sql, { config_json: { days: 0 } });
    const job = fakeJob({ params: z.strictObject({ days: z.int().min(1) }) });
    await using test = openTestEngine(sql, { jobs: [job], clock: NOON });
    await assertRejects(() => backfillMorning(test), InvalidInputError, "params.days");
    assertEquals(await readRuns(sql), []);
  },
);
