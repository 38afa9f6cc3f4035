import { assert, assertEquals, assertMatch } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { openTestApp, type TestApp, testAppWithoutDatabase, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";
import { at, insertRun, insertRunningRun, START } from "../support/factories.ts";

function openApp(sql: Sql, clock = new ManualClock(START)): Promise<TestApp> {
  return openTestApp(sql, { clock, jobs: [testJob(), testJob({ id: "other" })] });
}

/** The numbers of `/metrics`, by what stands before them. */
async function readMetrics(test: TestApp): Promise<Map<string, number>> {
  const text = await (await test.request("GET", "/metrics", { as: "viewer" })).text();
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const end = line.lastIndexOf(" ");
    return [line.slice(0, end), Number(line.slice(end + 1))];
  }));
}

/** Adds to the counters, as settling does. */
async function count(
  sql: Sql,
  day: string,
  status: string,
  bucket: number,
  runs: number,
  ms: number,
) {
  await sql`
    insert into job_stats (job_type, day, status, bucket, runs, duration_ms_sum, last_finished_at)
    values ('count_words', ${day}, ${status}, ${bucket}, ${runs}, ${ms}, ${`${day}T02:00:00Z`})`;
}

databaseTest(
  "every line of /metrics is a comment or a sample of the format, each metric once",
  async ({ sql }) => {
    await using test = await openApp(sql);
    await count(sql, "2026-01-01", "success", 3, 2, 130);
    const response = await test.request("GET", "/metrics");
    assertEquals(response.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    assert(text.endsWith("\n"));
    const typed = new Set<string>();
    for (const line of text.trimEnd().split("\n")) {
      const [, , name] = line.split(" ");
      if (line.startsWith("# HELP ")) continue;
      if (line.startsWith("# TYPE ")) {
        assert(!typed.has(name), name);
        typed.add(name);
        continue;
      }
      assertMatch(
        line,
        /^[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? -?\d+(\.\d+)?(e[+-]\d+)?$/,
      );
      const base = /^[a-z_]+/.exec(line)![0].replace(/_(bucket|sum|count)$/, "");
      assert(typed.has(base), line);
    }
    assert(typed.size >= 10);
  },
);

databaseTest("counters begin at 0 for every job and status", async ({ sql }) => {
  await using test = await openApp(sql);
  const metrics = await readMetrics(test);
  for (const job of ["count_words", "other"]) {
    for (const status of ["success", "failed", "skipped", "cancelled"]) {
      assertEquals(metrics.get(`edge_cron_runs_total{job="${job}",status="${status}"}`), 0);
    }
  }
  assert(![...metrics.keys()].some((name) => name.startsWith("edge_cron_run_duration")));
});

databaseTest("counters add up the days, and outlive the runs", async ({ sql }) => {
  await using test = await openApp(sql);
  await count(sql, "2025-12-31", "success", 0, 4, 20);
  await count(sql, "2026-01-01", "success", 0, 1, 5);
  await count(sql, "2026-01-01", "success", 6, 2, 1_500);
  await count(sql, "2026-01-01", "success", 15, 1, 4_000_000);
  await count(sql, "2026-01-01", "failed", 1, 1, 12);
  await count(sql, "2026-01-01", "skipped", 0, 7, 0);
  const metrics = await readMetrics(test);
  const of = (name: string) => metrics.get(`edge_cron_${name}`);
  assertEquals(of('runs_total{job="count_words",status="success"}'), 8);
  assertEquals(of('runs_total{job="count_words",status="failed"}'), 1);
  assertEquals(of('runs_total{job="count_words",status="skipped"}'), 7);
  const bucket = (le: string) =>
    of(`run_duration_seconds_bucket{job="count_words",status="success",le="${le}"}`);
  assertEquals(
    ["0.01", "0.5", "1", "3600", "+Inf"].map(bucket),
    [5, 5, 7, 7, 8],
  );
  assertEquals(of('run_duration_seconds_sum{job="count_words",status="success"}'), 4_001.525);
  assertEquals(of('run_duration_seconds_count{job="count_words",status="success"}'), 8);
  assertEquals(of('run_duration_seconds_count{job="count_words",status="skipped"}'), undefined);
  assertEquals(
    of('last_success_timestamp_seconds{job="count_words"}'),
    Date.UTC(2026, 0, 1, 2) / 1_000,
  );
});

databaseTest("a run that ends is counted with the time that it took", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const request = { json: {}, headers: { Prefer: "wait=30" } };
  const { run } = await (await test.request("POST", "/jobs/count_words/run", request)).json();
  const metrics = await readMetrics(test);
  const labels = 'job="count_words",status="success"';
  assertEquals(metrics.get(`edge_cron_runs_total{${labels}}`), 1);
  assertEquals(
    metrics.get(`edge_cron_run_duration_seconds_sum{${labels}}`),
    run.duration_ms / 1_000,
  );
  assertEquals(metrics.get(`edge_cron_run_duration_seconds_bucket{${labels},le="+Inf"}`), 1);
});

databaseTest(
  "gauges say what waits and runs, and how long the oldest waits beyond its time",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    await using test = await openApp(sql, clock);
    const waits = { job_id: "count_words" };
    await insertRun(sql, { ...waits, available_at: at("09:59:30") });
    await insertRun(sql, { ...waits, available_at: at("09:59:58.500") });
    await insertRun(sql, { ...waits, available_at: at("10:30") });
    await insertRunningRun(sql, { job_id: "other" });
    const metrics = await readMetrics(test);
    const of = (name: string, job: string) => metrics.get(`edge_cron_${name}{job="${job}"}`);
    assertEquals([of("runs_pending", "count_words"), of("runs_running", "count_words")], [3, 0]);
    assertEquals([of("runs_pending", "other"), of("runs_running", "other")], [0, 1]);
    assertEquals(of("oldest_pending_run_age_seconds", "count_words"), 30);
    assertEquals(of("oldest_pending_run_age_seconds", "other"), 0);
  },
);

databaseTest(
  "gauges say when a job runs next, what is paused, and how old the last tick is",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    await using test = await openApp(sql, clock);
    const next = async () =>
      (await readMetrics(test)).get('edge_cron_next_run_timestamp_seconds{job="count_words"}');
    assertEquals(await next(), Date.UTC(2026, 0, 6, 2) / 1_000);
    await test.request("POST", "/jobs/count_words/pause", { json: {} });
    assertEquals(await next(), undefined);
    clock.advance(45_000);
    const metrics = await readMetrics(test);
    assertEquals(metrics.get('edge_cron_schedules_paused{job="count_words"}'), 1);
    assertEquals(metrics.get('edge_cron_schedules_paused{job="other"}'), 0);
    assertEquals(metrics.get('edge_cron_schedules{job="other"}'), 1);
    assertEquals(metrics.get("edge_cron_last_tick_age_seconds"), 45);
    assertEquals(metrics.get("edge_cron_scheduler_running"), 1);
    clock.advance(60_000);
    assertEquals((await readMetrics(test)).get("edge_cron_scheduler_running"), 0);
  },
);

databaseTest("before the first tick there is no age of it", async ({ sql }) => {
  await using test = await openApp(sql);
  await sql`update engine_state set last_tick_at = null`;
  const metrics = await readMetrics(test);
  assertEquals(metrics.get("edge_cron_last_tick_age_seconds"), undefined);
  assertEquals(metrics.get("edge_cron_scheduler_running"), 0);
});

Deno.test("/metrics takes a key, and without its database it is a 503", async () => {
  await using test = testAppWithoutDatabase();
  assertEquals((await test.request("GET", "/metrics", { as: null })).status, 401);
  assertEquals((await test.request("GET", "/metrics", { as: "viewer" })).status, 503);
});
