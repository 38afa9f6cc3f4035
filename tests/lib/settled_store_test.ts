import { assertEquals } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { DURATION_BOUNDS_MS } from "../../lib/duration_buckets.ts";
import { databaseTest } from "../support/database.ts";
import { fakeJob, HeldHandler, openTestEngine, readOnlyRun } from "../support/engine.ts";
import { at, insertRun, insertRunningRun, insertSchedule, START } from "../support/factories.ts";
import { cancelRun, recoverLostRuns, type Settlement, settleRun } from "../../lib/run_store.ts";

const SUCCESS: Settlement = {
  status: "success",
  reason: null,
  outcome: "success",
  error: null,
  result: null,
  isFailure: false,
  delayMs: 0,
  slowAfterMs: null,
};

/** The counters: day, status, bucket, runs and the sum of their durations. */
async function statsOf(sql: Sql) {
  const rows = await sql<
    { day: string; status: string; bucket: number; runs: number; sum: number }[]
  >`
    select day::text, status, bucket, runs::int, duration_ms_sum::int as sum
    from job_stats order by day, status, bucket`;
  return rows.map(({ day, status, bucket, runs, sum }) => [day, status, bucket, runs, sum]);
}

/** Lets a run end as a success after so many milliseconds. */
async function succeedAfter(sql: Sql, ms: number, overrides = {}): Promise<void> {
  const run = await insertRunningRun(sql, overrides);
  const clock = new ManualClock(new Date(START.getTime() + ms));
  await settleRun(sql, clock, run, SUCCESS, false);
}

databaseTest(
  "settled runs are counted by day, status and the bucket of their duration",
  async ({ sql }) => {
    await insertSchedule(sql);
    for (const ms of [0, 9, 10, 24, 25, 3_600_000, 36_000_000]) await succeedAfter(sql, ms);
    const late = await insertRunningRun(sql, { started_at: at("2026-01-06T23:59:59.999Z") });
    await settleRun(
      sql,
      new ManualClock(at("2026-01-07T00:00:00Z")),
      late,
      { ...SUCCESS, status: "failed", outcome: "failed", reason: "error", error: "no" },
      false,
    );

    const last = DURATION_BOUNDS_MS.length;
    assertEquals(await statsOf(sql), [
      ["2026-01-05", "success", 0, 2, 9],
      ["2026-01-05", "success", 1, 2, 34],
      ["2026-01-05", "success", 2, 1, 25],
      ["2026-01-05", "success", last, 2, 39_600_000],
      ["2026-01-07", "failed", 0, 1, 1],
    ]);
  },
);

databaseTest("the day of a run is UTC's, whatever the server's time zone", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);
  await settleRun(sql, new ManualClock(at("2026-01-05T23:30:00Z")), run, SUCCESS, false);

  assertEquals((await statsOf(sql))[0][0], "2026-01-05");
});

databaseTest("an attempt that is tried again is not counted, its run's end is", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);
  const clock = new ManualClock(at("10:00:01"));
  await settleRun(sql, clock, run, {
    ...SUCCESS,
    status: "pending",
    outcome: "failed",
    reason: "error",
    error: "no",
    isFailure: true,
  }, false);

  assertEquals(await statsOf(sql), []);
});

databaseTest("dry runs are not counted", async ({ sql }) => {
  await insertSchedule(sql);
  await succeedAfter(sql, 1_000, { dry_run: true });
  const pending = await insertRun(sql, { dry_run: true });
  await cancelRun(sql, new ManualClock(START), pending.id);

  assertEquals(await statsOf(sql), []);
});

databaseTest("cancelled and lost runs are counted", async ({ sql }) => {
  await insertSchedule(sql);
  await cancelRun(sql, new ManualClock(START), (await insertRun(sql)).id);
  await insertRunningRun(sql, { losses: 2, attempt: 3 });
  await recoverLostRuns(sql, new ManualClock(at("10:01")), false);

  assertEquals(await statsOf(sql), [
    ["2026-01-05", "cancelled", 0, 1, 0],
    ["2026-01-05", "failed", 11, 1, 30_000],
  ]);
});

databaseTest(
  "a run that was taken away is counted once, by whoever settled it",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    const asleep = new HeldHandler(false);
    await using sleeper = openTestEngine(sql, { clock, jobs: [fakeJob({ run: asleep.run })] });
    await using awake = openTestEngine(connect(), { clock, jobs: [fakeJob()] });
    await sleeper.engine.tick("timer");
    const { finish } = await asleep.next();
    clock.advance(30_001);
    await awake.tickAndWait();

    finish();
    await sleeper.engine.idle();

    assertEquals((await readOnlyRun(sql)).status, "success");
    assertEquals((await statsOf(sql)).map(([, status, , runs]) => [status, runs]), [[
      "success",
      1,
    ]]);
  },
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "runs that settle at once are all counted",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const runs = [];
    for (let n = 0; n < 60; n++) runs.push(await insertRunningRun(sql));
    const pools = Array.from({ length: 6 }, () => connect());
    const clock = new ManualClock(at("10:00:00.005"));

    await Promise.all(runs.map((run, n) => settleRun(pools[n % 6], clock, run, SUCCESS, false)));

    assertEquals(await statsOf(sql), [["2026-01-05", "success", 0, 60, 300]]);
  },
);
