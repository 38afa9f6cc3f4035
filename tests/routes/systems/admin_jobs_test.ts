import { assertEquals } from "@std/assert";
import { jobs } from "../../../jobs/mod.ts";
import { ManualClock } from "../../../lib/clock.ts";
import { openTestApp, TEST_KEYS, testJob } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

const NOON = new Date("2026-07-20T12:00:00.000Z");

/** The header of seed 003. */
const headers = { "X-STRATMANCER-KEY": TEST_KEYS.viewer };

databaseTest("the jobs' status has every job in the shape of seed 003", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs, clock: new ManualClock(NOON) });
  const status = await test.getJson("/admin/jobs/status", { as: null, headers });
  assertEquals(Object.keys(status), ["scheduler_running", "total_jobs", "jobs"]);
  assertEquals(status.scheduler_running, true);
  assertEquals(status.total_jobs, jobs.length);
  assertEquals(status.jobs.map(({ id }: { id: string }) => id), jobs.map(({ id }) => id));
  const find = (wanted: string) => status.jobs.find(({ id }: { id: string }) => id === wanted);
  assertEquals(find("refresh_history_index"), {
    id: "refresh_history_index",
    name: "Refresh history index",
    next_run: "2026-07-20T13:00:00.000Z",
    trigger: "interval[1:00:00]",
    success_count: 0,
    error_count: 0,
    last_success: null,
    last_error: null,
  });
  assertEquals(find("refresh_model_registry").trigger, "interval[0:05:00]");
  assertEquals(find("refresh_patch_meta").trigger, "cron[hour='3', minute='0']");
  assertEquals(
    find("detect_improvement_patterns").trigger,
    "cron[day_of_week='mon', hour='3', minute='0']",
  );
});

databaseTest("a job's status counts its successes and errors, and says when", async ({ sql }) => {
  const clock = new ManualClock(NOON);
  let isBroken = false;
  const job = testJob({
    policies: { retries: 0 },
    run: () => isBroken ? Promise.reject(new Error("broken")) : Promise.resolve(),
  });
  await using test = await openTestApp(sql, { jobs: [job], clock });
  const run = async () => {
    const { id } = await test.engine.requestRun(job.id, { triggeredBy: "test" });
    await test.engine.waitForRun(id, 60_000);
  };
  await run();
  isBroken = true;
  clock.advance(60_000);
  await run();
  const status = await test.getJson("/admin/jobs/count_words/status", { as: null, headers });
  assertEquals(status, {
    id: "count_words",
    name: "Count words",
    next_run: "2026-07-21T02:00:00.000Z",
    trigger: "cron[hour='2', minute='0']",
    success_count: 1,
    error_count: 1,
    last_success: "2026-07-20T12:00:00.000Z",
    last_error: "2026-07-20T12:01:00.000Z",
  });
});

databaseTest("without a key both are a 401, and a job that is not there a 404", async ({ sql }) => {
  await using test = await openTestApp(sql);
  for (const path of ["/admin/jobs/status", "/admin/jobs/count_words/status"]) {
    assertEquals((await test.request("GET", path, { as: null })).status, 401);
    const unknownKey = { "X-STRATMANCER-KEY": "not-a-key" };
    assertEquals((await test.request("GET", path, { as: null, headers: unknownKey })).status, 401);
  }
  const missing = await test.request("GET", "/admin/jobs/count_wrods/status");
  assertEquals(missing.status, 404);
  assertEquals((await missing.json()).nearest, "count_words");
});
