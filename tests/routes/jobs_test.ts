import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { jobs as ownJobs } from "../../jobs/mod.ts";
import { insertRun, openTestApp, type TestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

async function runAndWait(test: TestApp, jobId: string, json: unknown = {}) {
  const headers = { Prefer: "wait=30" };
  const response = await test.request("POST", `/jobs/${jobId}/run`, { json, headers });
  assertEquals(response.status, 200);
  return (await response.json()).run;
}

databaseTest(
  "/jobs has exactly the documented fields, in the order of the crontab",
  async ({ sql }) => {
    const jobs = [
      testJob({ id: "second", name: "Second" }),
      testJob({ id: "first", name: "First" }),
    ];
    await using test = await openTestApp(sql, { jobs });
    const body = await test.getJson("/jobs", { as: "viewer" });
    assertEquals(Object.keys(body), ["scheduler_running", "total_jobs", "jobs"]);
    assertEquals(body.total_jobs, 2);
    assertEquals(body.jobs.map(({ id }: { id: string }) => id), ["second", "first"]);
    assertEquals(
      Object.keys(body.jobs[0]).join(" "),
      "id name description tags schedule schedules enabled missing_setting next_run running success_count error_count " +
        "last_success last_error last_error_message last_run success_rate p50_ms p95_ms",
    );
    assertEquals(body.jobs[0].schedule, {
      cron: "0 2 * * *",
      interval_minutes: null,
      run_at: null,
      time_zone: "UTC",
      description: "At 02:00, every day (UTC)",
    });
  },
);

databaseTest(
  "every job of the program is shown, with a schema of its parameters",
  async ({ sql }) => {
    await using test = await openTestApp(sql, { jobs: [...ownJobs] });
    assertEquals((await test.getJson("/jobs")).total_jobs, ownJobs.length);
    for (const { id } of ownJobs) {
      const response = await test.request("GET", `/jobs/${id}`);
      assertEquals(response.status, 200, id);
      assertEquals((await response.json()).params_schema.type, "object", id);
    }
  },
);

databaseTest("a job that never ran has no figures and a next run", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const { jobs: [job] } = await test.getJson("/jobs");
  assertMatch(job.next_run, /T02:00:00.000Z$/);
  assert(Date.parse(job.next_run) > Date.now());
  assertEquals(
    [job.schedules, job.enabled, job.running, job.success_count, job.error_count],
    [1, true, 0, 0, 0],
  );
  for (const field of ["last_success", "last_error", "last_run", "success_rate", "p50_ms"]) {
    assertEquals(job[field], null, field);
  }
});

databaseTest("figures count successes and failures, and leave dry runs out", async ({ sql }) => {
  let fails = false;
  const job = testJob({
    policies: { retries: 0 },
    run: () => fails ? Promise.reject(new Error("disk full")) : Promise.resolve(),
  });
  await using test = await openTestApp(sql, { jobs: [job] });
  const first = await runAndWait(test, job.id);
  await runAndWait(test, job.id);
  await runAndWait(test, job.id, { dry_run: true });
  fails = true;
  const failed = await runAndWait(test, job.id);
  assertEquals(failed.status, "failed");
  fails = false;
  const last = await runAndWait(test, job.id);

  const { jobs: [shown] } = await test.getJson("/jobs");
  assertEquals([shown.success_count, shown.error_count, shown.success_rate], [3, 1, 0.75]);
  assertEquals(shown.last_success, last.finished_at);
  assertEquals(shown.last_error, failed.finished_at);
  assertEquals(shown.last_error_message, "disk full");
  assertEquals(shown.last_run, last.started_at);
  assert(shown.last_run >= first.started_at);
});

databaseTest(
  "the last run is the last that was performed, not one that was skipped",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const performed = new Date("2026-01-01T00:00:00Z");
    await insertRun(sql, { created_at: performed });
    const later = new Date("2026-01-02T00:00:00Z");
    await insertRun(sql, {
      trigger: "schedule",
      as_of: null,
      scheduled_for: later,
      created_at: later,
      status: "skipped",
      reason: "overlap",
      attempt: 0,
      started_at: null,
      duration_ms: null,
    });
    const { jobs: [job] } = await test.getJson("/jobs");
    assertEquals(job.last_run, performed.toISOString());
  },
);

databaseTest("percentiles are of the last 100 successes alone", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
  // Old ones that no longer count, then 101 durations of 0 to 100 s, and noise after them.
  for (let i = 0; i < 5; i++) await insertRun(sql, { created_at: at(i), duration_ms: 9_000_000 });
  for (let i = 1; i <= 100; i++) {
    await insertRun(sql, { created_at: at(10 + i), duration_ms: i * 1000 });
  }
  await insertRun(sql, { created_at: at(200), duration_ms: 8_000_000, dry_run: true });
  await insertRun(sql, { created_at: at(201), duration_ms: 8_000_000, status: "failed" });
  const { jobs: [job] } = await test.getJson("/jobs");
  assertEquals([job.p50_ms, job.p95_ms], [50_500, 95_050]);
});

databaseTest(
  "next_run is null while disabled or paused without end, and after the pause else",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const nextRun = async () => (await test.getJson("/jobs")).jobs[0].next_run;

    await sql`update scheduled_jobs set paused_at = now()`;
    assertEquals(await nextRun(), null);
    await sql`update scheduled_jobs set paused_until = '2040-06-01T02:00:00Z'`;
    assertEquals(await nextRun(), "2040-06-01T02:00:00.000Z");
    await sql`update scheduled_jobs set paused_until = '2040-06-01T02:00:00.001Z'`;
    assertEquals(await nextRun(), "2040-06-02T02:00:00.000Z");
    await sql`update scheduled_jobs set paused_at = null, paused_until = null, enabled = false`;
    assertEquals(await nextRun(), null);
    assertEquals((await test.getJson("/jobs")).jobs[0].enabled, false);
    assertEquals((await test.getJson("/jobs/count_words")).next_slots, []);
  },
);

databaseTest("what a person set to infinity by hand is never, or now", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const readJob = () => test.getJson("/jobs/count_words");
  await sql`update scheduled_jobs set next_run_at = 'infinity'`;
  assertEquals((await readJob()).next_run, null);
  await sql`update scheduled_jobs set next_run_at = '-infinity'`;
  assert(Date.parse((await readJob()).next_run) <= Date.now());
  await sql`update scheduled_jobs set paused_at = now(), paused_until = 'infinity'`;
  const { next_run, next_slots } = await readJob();
  assertEquals([next_run, next_slots], [null, []]);
});

databaseTest(
  "next_run is the earliest over all rows of a job; deleted ones count for nothing",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await sql`
    insert into scheduled_jobs (id, job_type, bot_id, cron, next_run_at, deleted_at)
    values ('a', 'count_words', 'a', '0 3 * * *', '2001-01-01T03:00:00Z', null),
           ('b', 'count_words', 'b', '0 3 * * *', '2000-01-01T03:00:00Z', now())`;
    const { jobs: [job] } = await test.getJson("/jobs");
    assertEquals([job.schedules, job.next_run], [2, "2001-01-01T03:00:00.000Z"]);
  },
);

databaseTest(
  "scheduler_running is false once ticks stop coming, or schedules are off",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await using off = await openTestApp(sql, { env: { SCHEDULER_ENABLED: "false" } });
    assertEquals((await test.getJson("/jobs")).scheduler_running, true);
    assertEquals((await off.getJson("/jobs")).scheduler_running, false);
    await sql`update engine_state set last_tick_at = now() - interval '2 minutes'`;
    assertEquals((await test.getJson("/jobs")).scheduler_running, false);
  },
);

databaseTest(
  "a row whose schedule was broken by hand says so and breaks nothing else",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await sql`update scheduled_jobs set cron = '61 * * * *'`;
    const job = await test.getJson("/jobs/count_words");
    assertStringIncludes(job.schedule.description, "Cannot use");
    assertEquals(job.next_slots, []);
  },
);

databaseTest("/jobs/:id tells parameters, policies and the next 10 slots", async ({ sql }) => {
  const job = testJob({
    schedule: { cron: "30 2 * * *", timeZone: "Europe/Budapest" },
    params: z.strictObject({
      days: z.int().min(1).max(365).default(90).describe("How far back"),
      mode: z.enum(["full", "new"]).optional(),
    }),
    policies: { graceSeconds: 300, overlap: "queue", limit: 2, retries: 1 },
  });
  await using test = await openTestApp(sql, { jobs: [job] });
  await sql`update scheduled_jobs set grace_seconds = 60`;
  const shown = await test.getJson("/jobs/count_words");
  assertEquals(shown.params_schema, {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      days: { type: "integer", minimum: 1, maximum: 365, default: 90, description: "How far back" },
      mode: { type: "string", enum: ["full", "new"] },
    },
    additionalProperties: false,
  });
  assertEquals(shown.policies, {
    grace_seconds: 60,
    coalesce: "latest",
    overlap: "queue",
    limit: 2,
    jitter_seconds: 0,
    timeout_ms: 3_600_000,
    retries: 1,
    backoff: { first_ms: 30_000, max_ms: 3_600_000, spread: 0.2 },
    min_success_rate: 0.9,
    slow_after_ms: null,
  });
  assertEquals(shown.next_slots.length, 10);
  assertEquals(shown.next_slots[0], shown.next_run);
  for (const slot of shown.next_slots) assertMatch(slot, /T0[01]:30:00.000Z$/);
});

databaseTest("a job without its setting names the variable", async ({ sql }) => {
  const job = testJob({ missingSetting: () => "LLM_BASE_URL" });
  await using test = await openTestApp(sql, { jobs: [job] });
  assertEquals((await test.getJson("/jobs/count_words")).missing_setting, "LLM_BASE_URL");
  const response = await test.request("POST", "/jobs/count_words/run");
  assertEquals(response.status, 409);
  assertStringIncludes((await response.json()).detail, "LLM_BASE_URL");
});

for (const path of ["/jobs/count_wrods", "/jobs/count_wrods/runs", "/runs?job=count_wrods"]) {
  databaseTest(`GET ${path} is a 404 that names the nearest id`, async ({ sql }) => {
    await using test = await openTestApp(sql, { jobs: [testJob(), testJob({ id: "other" })] });
    const response = await test.request("GET", path);
    assertEquals(response.status, 404);
    const problem = await response.json();
    assertEquals(
      problem.detail,
      'No job has the id "count_wrods". Did you mean "count_words"?',
    );
    assertEquals(problem.nearest, "count_words");
  });
}

databaseTest(
  "an id that is like no job's is a 404 that names the nearest, but guesses nothing",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const problem = await test.getJson("/jobs/backup");
    assertEquals(problem.detail, 'No job has the id "backup".');
    assertEquals(problem.nearest, "count_words");
  },
);
