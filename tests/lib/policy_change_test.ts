/** A policy that is changed, by whatever hand, holds for what is under way too. */
import { assertEquals, assertRejects } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { ConflictError } from "../../lib/errors.ts";
import type { Policies } from "../../lib/job.ts";
import { createSchedule, editSchedule } from "../../lib/schedules.ts";
import { syncJobs } from "../../lib/sync.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  HeldHandler,
  openTestEngine,
  readRuns,
  type TestEngine,
} from "../support/engine.ts";
import { at, insertSchedule, START } from "../support/factories.ts";

/** As the heartbeat does, which goes by another clock than a test's. */
async function keepLeases(sql: Sql): Promise<void> {
  await sql`update job_runs set lease_expires_at = ${at("18:00")} where status = 'running'`;
}

async function statusesOf(sql: Sql): Promise<string[]> {
  return (await readRuns(sql, "row")).map(({ status }) => status);
}

async function countRunning(sql: Sql): Promise<number> {
  const [{ running }] = await sql`
    select count(*)::int as running from job_runs where status = 'running'`;
  return running;
}

interface Story {
  test: TestEngine;
  clock: ManualClock;
  held: HeldHandler;
  /** Passes at that time of the day. */
  passAt(time: string): Promise<void>;
}

async function begin(sql: Sql, rows: string[], policies: Partial<Policies>): Promise<Story> {
  const clock = new ManualClock(START);
  const held = new HeldHandler();
  const test = openTestEngine(sql, { clock, jobs: [fakeJob({ run: held.run })], capacity: 20 });
  for (const id of rows) {
    await createSchedule(test.engine, "hourly", { id, spec: { cron: "0 * * * *" }, ...policies });
  }
  const passAt = async (time: string) => {
    clock.instant = at(time);
    await keepLeases(sql);
    await test.engine.tick("timer");
  };
  return { test, clock, held, passAt };
}

for (
  const { from, to, second } of [
    { from: "skip", to: "queue", second: "pending" },
    { from: "queue", to: "skip", second: "skipped" },
  ] as const
) {
  databaseTest(
    `a run under \`${from}\` has the next slot ${second} under \`${to}\``,
    async ({ sql }) => {
      const { test, held, passAt } = await begin(sql, ["row"], { overlap: from });
      await using _ = test;
      await passAt("11:00:01");
      const first = await held.next();
      await editSchedule(test.engine, "row", { overlap: to });
      await passAt("12:00:01");
      assertEquals(await statusesOf(sql), ["running", second]);
      first.finish();
      if (second === "pending") (await held.next()).finish();
      await test.engine.idle();
      assertEquals(await countRunning(sql), 0);
    },
  );
}

databaseTest("slots join no queue that was there before its row skips", async ({ sql }) => {
  const { test, held, passAt } = await begin(sql, ["row"], { overlap: "queue" });
  await using _ = test;
  await passAt("11:00:01");
  const first = await held.next();
  await passAt("12:00:01");
  await sql`update scheduled_jobs set overlap = 'skip'`;
  first.finish();
  const second = await held.next();
  await passAt("13:00:01");
  assertEquals(await statusesOf(sql), ["success", "running", "skipped"]);
  second.finish();
  await test.engine.idle();
  await passAt("14:00:01");
  (await held.next()).finish();
  await test.engine.idle();
  assertEquals(await statusesOf(sql), ["success", "success", "skipped", "success"]);
});

databaseTest(
  "a run asked for is refused while one of a former queue is under way",
  async ({ sql }) => {
    await insertSchedule(sql, { next_run_at: at("12:00"), overlap: "queue" });
    const held = new HeldHandler();
    await using test = openTestEngine(sql, { jobs: [fakeJob({ run: held.run })] });
    const first = await test.engine.requestRun("hourly", { triggeredBy: "cli" });
    const call = await held.next();
    await sql`update scheduled_jobs set overlap = 'skip'`;
    await assertRejects(
      () => test.engine.requestRun("hourly", { triggeredBy: "cli" }),
      ConflictError,
      first.id,
    );
    call.finish();
    await test.engine.idle();
  },
);

databaseTest(
  "a new revision's overlap holds for a run of the old one",
  async ({ sql, connect }) => {
    const clock = new ManualClock(START);
    const [old, young] = [new HeldHandler(), new HeldHandler()];
    await using first = openTestEngine(sql, { clock, jobs: [fakeJob({ run: old.run })] });
    await syncJobs(first.engine);
    clock.instant = at("11:00:01");
    await first.engine.tick("timer");
    const begun = await old.next();
    const policies = { overlap: "queue" } as const;
    const jobs = [fakeJob({ run: young.run, policies })];
    await using second = openTestEngine(connect(), { clock, jobs });
    await syncJobs(second.engine);
    await keepLeases(sql);
    clock.instant = at("12:00:01");
    await second.engine.tick("timer");
    assertEquals((await readRuns(sql)).map(({ status }) => status), ["running", "pending"]);
    begun.finish();
    // Either revision may perform it.
    (await Promise.race([old.next(), young.next()])).finish();
    await Promise.all([first.engine.idle(), second.engine.idle()]);
  },
);

databaseTest("a tightened limit holds for runs that wait", async ({ sql }) => {
  const rows = ["a", "b", "c", "d", "e", "f"];
  const { test, held, passAt } = await begin(sql, rows, { limit: 3 });
  await using _ = test;
  await passAt("11:00:01");
  const begun = [await held.next(), await held.next(), await held.next()];
  for (const id of rows) await editSchedule(test.engine, id, { limit: 1 });
  for (const call of begun) call.finish();
  for (const _ of begun) {
    const call = await held.next();
    await test.engine.tick("timer");
    assertEquals(await countRunning(sql), 1);
    call.finish();
  }
  await test.engine.idle();
});

databaseTest("a new limit counts a run that began without one", async ({ sql }) => {
  const { test, held, passAt } = await begin(sql, ["a"], {});
  await using _ = test;
  await createSchedule(test.engine, "hourly", { id: "b", spec: { cron: "30 * * * *" } });
  await passAt("10:30:01");
  const first = await held.next();
  for (const id of ["a", "b"]) await editSchedule(test.engine, id, { limit: 1 });
  await passAt("11:00:01");
  assertEquals(await countRunning(sql), 1);
  first.finish();
  (await held.next()).finish();
  await test.engine.idle();
});
