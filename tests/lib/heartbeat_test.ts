import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { Attempt } from "../../lib/attempt.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { Heartbeat } from "../../lib/heartbeat.ts";
import type { RunRow } from "../../lib/run.ts";
import { cancelRun, recoverLostRuns } from "../../lib/run_store.ts";
import { databaseTest } from "../support/database.ts";
import { CollectingLog, fakeJob, HeldHandler, openTestEngine } from "../support/engine.ts";
import { until } from "../support/until.ts";
import { at, insertRunningRun, insertSchedule, START } from "../support/factories.ts";

const LEASE = { leaseMs: 30_000, heartbeatMs: 10_000 };

function attemptOf(sql: Sql, run: RunRow): Attempt {
  return new Attempt({ sql, handlers: sql }, run, fakeJob(), new CollectingLog(), LEASE.leaseMs);
}

function heartbeatOf(sql: Sql, clock: ManualClock, log = new CollectingLog()) {
  return new Heartbeat({ sql, clock, log }, LEASE);
}

async function leaseOf(sql: Sql, run: RunRow): Promise<Date> {
  const [{ lease_expires_at }] = await sql`
    select lease_expires_at from job_runs where id = ${run.id}`;
  return lease_expires_at;
}

databaseTest("a beat renews all leases and aborts nothing that is still held", async ({ sql }) => {
  await insertSchedule(sql);
  const runs = [await insertRunningRun(sql), await insertRunningRun(sql)];
  const heartbeat = heartbeatOf(sql, new ManualClock(at("10:00:20")));
  const attempts = runs.map((run) => attemptOf(sql, run));
  for (const attempt of attempts) heartbeat.add(attempt, performance.now());

  await heartbeat.beat();
  attempts.forEach((attempt) => heartbeat.remove(attempt));

  for (const run of runs) assertEquals(await leaseOf(sql, run), at("10:00:50"));
  assertEquals(attempts.map(({ signal }) => signal.aborted), [false, false]);
});

databaseTest(
  "a beat aborts what was taken away: cancelled, recovered, at another attempt",
  async ({ sql }) => {
    await insertSchedule(sql);
    const kept = await insertRunningRun(sql);
    const cancelled = await insertRunningRun(sql);
    const recovered = await insertRunningRun(sql, { lease_expires_at: at("09:59") });
    const elsewhere = await insertRunningRun(sql, { attempt: 2 });
    const clock = new ManualClock(START);
    await cancelRun(sql, clock, cancelled.id);
    await recoverLostRuns(sql, clock, false);
    const heartbeat = heartbeatOf(sql, clock);
    const attempts = [kept, cancelled, recovered, { ...elsewhere, attempt: 1 }].map((run) =>
      attemptOf(sql, run)
    );
    for (const attempt of attempts) heartbeat.add(attempt, performance.now());

    await heartbeat.beat();
    attempts.forEach((attempt) => heartbeat.remove(attempt));

    assertEquals(attempts.map(({ signal }) => signal.aborted), [false, true, true, true]);
    assertStringIncludes((attempts[1].signal.reason as Error).message, "lost");
  },
);

databaseTest(
  "when the database is away, a lease that must have run out aborts its attempt",
  async ({ sql }) => {
    await insertSchedule(sql);
    const run = await insertRunningRun(sql);
    const away = (() =>
      Promise.reject(
        Object.assign(new Error("away"), { code: "ECONNREFUSED" }),
      )) as unknown as Sql;
    const log = new CollectingLog();
    const clock = { now: () => null as never, reached: () => null as never };
    const heartbeat = new Heartbeat({ sql: away, clock, log }, LEASE);
    const fresh = attemptOf(sql, run);
    const stale = attemptOf(sql, { ...run, attempt: 2 });
    heartbeat.add(fresh, performance.now());
    heartbeat.add(stale, performance.now() - 29_990);

    await until("the stale lease is noticed", async () => {
      await heartbeat.beat();
      return stale.signal.aborted;
    });
    heartbeat.remove(fresh);
    heartbeat.remove(stale);

    assertFalse(fresh.signal.aborted);
    assertStringIncludes(log.text, "Cannot renew leases");
  },
);

databaseTest("a beat while another is under way does not ask again", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);
  let asked = 0;
  const counting = new Proxy(sql, {
    apply(target, self, args) {
      if (Array.isArray(args[0]) && args[0].join("").includes("update job_runs")) asked++;
      return Reflect.apply(target, self, args);
    },
  });
  const heartbeat = heartbeatOf(counting, new ManualClock(START));
  const attempt = attemptOf(sql, run);
  heartbeat.add(attempt, performance.now());

  await Promise.all([heartbeat.beat(), heartbeat.beat()]);
  heartbeat.remove(attempt);

  assertEquals(asked, 1);
});

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "the run of a long transaction is kept alive, and commits",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    const handler = new HeldHandler();
    const beats = 5;
    await using test = openTestEngine(sql, {
      clock,
      jobs: [fakeJob({ run: handler.run })],
      lease: { leaseMs: 30_000, heartbeatMs: 5 },
    });
    const other = connect();
    await test.engine.tick("timer");
    const { ctx, finish } = await handler.next();
    await sql`create table written (what text)`;

    await ctx.transaction(async (tx) => {
      await tx`insert into written values ('kept')`;
      for (let i = 0; i < beats; i++) {
        clock.advance(20_000);
        await renewed(other, clock);
        assertEquals(await recoverLostRuns(other, clock, false), []);
      }
    });
    finish();
    await test.engine.idle();

    assertEquals((await other`select what from written`).length, 1);
    const [run] = await other`select status, attempt from job_runs`;
    assertEquals({ ...run }, { status: "success", attempt: 1 });
  },
);

databaseTest("a run without a heartbeat is lost, one with it is not", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(START);
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, {
    clock,
    jobs: [fakeJob({ run: handler.run })],
    lease: { leaseMs: 30_000, heartbeatMs: 5 },
  });
  await test.engine.tick("timer");
  const { ctx } = await handler.next();

  clock.advance(29_000);
  await renewed(sql, clock);
  clock.advance(29_000);

  assertEquals(await recoverLostRuns(sql, clock, false), []);
  assertFalse(ctx.signal.aborted);
});

databaseTest("an attempt that lost its lease is told with the next beat", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(START);
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, {
    clock,
    jobs: [fakeJob({ run: handler.run, policies: { retries: 0 } })],
    lease: { leaseMs: 30_000, heartbeatMs: 5 },
  });
  await test.engine.tick("timer");
  const { ctx } = await handler.next();
  const told = new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));

  await sql`
    update job_runs
    set status = 'pending', lease_expires_at = null, attempt = attempt + 1`;
  await told;

  assert(ctx.signal.aborted);
});

/** Resolves when the engine's own timer has renewed every lease at the clock's present instant. */
function renewed(sql: Sql, clock: ManualClock): Promise<void> {
  const wanted = clock.instant.getTime() + LEASE.leaseMs;
  return until("the leases are renewed", async () => {
    const [{ lease_expires_at }] = await sql<{ lease_expires_at: Date }[]>`
      select min(lease_expires_at) as lease_expires_at from job_runs where status = 'running'`;
    return lease_expires_at.getTime() >= wanted;
  });
}
