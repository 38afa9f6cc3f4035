import { assertEquals } from "@std/assert";
import { alertBody } from "../../lib/alerts.ts";
import { takeAlerts } from "../../lib/alert_store.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import type { Policies } from "../../lib/job.ts";
import { syncJobs } from "../../lib/sync.ts";
import { databaseTest } from "../support/database.ts";
import { fakeJob, HeldHandler, openTestEngine } from "../support/engine.ts";
import { START } from "../support/factories.ts";

const MINUTE_MS = 60_000;

/** How an attempt ended on the engine's clock, after how long. */
type Attempt = { ms: number; error?: Error };

/** Performs runs of a job, one after the other, each of attempts that take what the test says. */
async function perform(
  sql: Sql,
  policies: Partial<Policies>,
  runs: Attempt[][],
  request: { dryRun?: boolean } = {},
) {
  const handler = new HeldHandler();
  const clock = new ManualClock(START);
  const job = fakeJob({
    policies: { backoff: { firstMs: 0, maxMs: 0, spread: 0 }, ...policies },
    run: handler.run,
  });
  await using test = openTestEngine(sql, {
    jobs: [job],
    clock,
    // Nothing listens there: what waits in the outbox stays in it.
    env: { ALERT_WEBHOOK_URL: "http://127.0.0.1:1/" },
  });
  await syncJobs(test.engine);
  const settled = [];
  for (const attempts of runs) {
    const { id } = await test.engine.requestRun(job.id, { triggeredBy: "test", ...request });
    for (const { ms, error } of attempts) {
      const call = await handler.next();
      clock.advance(ms);
      if (error) call.fail(error);
      else call.finish();
    }
    const { status, reason, duration_ms } = await test.engine.waitForRun(id, 10_000);
    settled.push({ status, reason, duration_ms });
  }
  return settled;
}

async function readAlerts(sql: Sql) {
  return [...await sql<{ kind: string }[]>`select kind from alert_outbox order by id`]
    .map(({ kind }) => kind);
}

databaseTest("a success that took longer than slowAfterMs has the reason slow", async ({ sql }) => {
  const runs = await perform(sql, { slowAfterMs: 5 * MINUTE_MS }, [
    [{ ms: 5 * MINUTE_MS }],
    [{ ms: 5 * MINUTE_MS + 1 }],
  ]);

  assertEquals(runs, [
    { status: "success", reason: null, duration_ms: 5 * MINUTE_MS },
    { status: "success", reason: "slow", duration_ms: 5 * MINUTE_MS + 1 },
  ]);
});

databaseTest("a job without slowAfterMs is never slow", async ({ sql }) => {
  const [run] = await perform(sql, {}, [[{ ms: 50 * MINUTE_MS }]]);

  assertEquals([run.status, run.reason], ["success", null]);
  assertEquals(await readAlerts(sql), []);
});

databaseTest("the time of all attempts counts, not only the last one's", async ({ sql }) => {
  const [run] = await perform(sql, { slowAfterMs: 5 * MINUTE_MS, retries: 1 }, [
    [{ ms: 3 * MINUTE_MS, error: new Error("down") }, { ms: 3 * MINUTE_MS }],
  ]);

  assertEquals(run, { status: "success", reason: "slow", duration_ms: 6 * MINUTE_MS });
});

databaseTest("a slow failure keeps its own reason and has one alert", async ({ sql }) => {
  const [run] = await perform(sql, { slowAfterMs: 5 * MINUTE_MS, retries: 0 }, [
    [{ ms: 6 * MINUTE_MS, error: new Error("down") }],
  ]);

  assertEquals([run.status, run.reason], ["failed", "error"]);
  assertEquals(await readAlerts(sql), ["failed"]);
});

databaseTest("a slow success has an alert that says how slow it was", async ({ sql }) => {
  await perform(sql, { slowAfterMs: 5 * MINUTE_MS }, [[{ ms: 6.5 * MINUTE_MS }]]);

  const [{ run_id }] = await sql`select run_id from alert_outbox`;
  await sql`update alert_outbox set available_at = created_at`;
  const [alert] = await takeAlerts(sql, new ManualClock(new Date("2026-02-01T00:00:00Z")), 10);
  const { text, edge_cron } = alertBody(alert);
  assertEquals(text, `Slow: hourly took 390 s, over 300 s is slow. Run ${run_id}`);
  const { event, reason, duration_ms, slow_after_ms } = edge_cron as Record<string, unknown>;
  assertEquals({ event, reason, duration_ms, slow_after_ms }, {
    event: "slow",
    reason: "slow",
    duration_ms: 390_000,
    slow_after_ms: 300_000,
  });
});

databaseTest(
  "the first success after a failure tells both, recovered and slow",
  async ({ sql }) => {
    await perform(sql, { slowAfterMs: 5 * MINUTE_MS, retries: 0 }, [
      [{ ms: MINUTE_MS, error: new Error("down") }],
      [{ ms: 6 * MINUTE_MS }],
    ]);

    assertEquals(await readAlerts(sql), ["failed", "recovered", "slow"]);
  },
);

databaseTest("a slow dry run alerts nobody", async ({ sql }) => {
  const [run] = await perform(sql, { slowAfterMs: 1 }, [[{ ms: MINUTE_MS }]], { dryRun: true });

  assertEquals(run.reason, "slow");
  assertEquals(await readAlerts(sql), []);
});
