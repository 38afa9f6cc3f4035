import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { ConflictError, LostRunError, NotFoundError } from "../../lib/errors.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  HeldHandler,
  openTestEngine,
  readAttempts,
  readGaps,
  readOnlyRun,
  readRunOrFail,
  readRuns,
  readSchedule,
} from "../support/engine.ts";
import { settled } from "../support/until.ts";
import { at, insertRun, insertRunningRun, insertSchedule, START } from "../support/factories.ts";

const BY = { triggeredBy: "operator" };

/** A job whose attempts each do what the next of `turns` does. */
function jobOf(
  turns: (() => unknown)[],
  overrides: Parameters<typeof fakeJob>[0] = {},
) {
  return fakeJob({ run: async () => await turns.shift()?.() as string, ...overrides });
}

function fails(message: string) {
  return () => {
    throw new Error(message);
  };
}

/** A pool whose statements with that text in them wait between `begin` and `end`; `reached` when one does. */
function holdingBack(sql: Sql, text: string) {
  const reached = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let holds = false;
  return {
    begin: () => holds = true,
    end: ended.resolve,
    reached: reached.promise,
    sql: new Proxy(sql, {
      apply(target, self, args: [TemplateStringsArray]) {
        const isMeant = holds && Array.isArray(args[0]) && args[0].join("").includes(text);
        if (!isMeant) return Reflect.apply(target, self, args);
        reached.resolve();
        return ended.promise.then(() => Reflect.apply(target, self, args));
      },
    }),
  };
}

databaseTest("a tick dispatches what is due, claims it and performs it", async ({ sql }) => {
  await insertSchedule(sql);
  await using test = openTestEngine(sql, { jobs: [jobOf([() => ({ added: 2 })])], worker: "w1" });

  const tick = await test.engine.tick("timer");
  await tick.ended;

  assertEquals([tick.dispatched, tick.started, tick.recovered], [1, 1, 0]);
  const run = await readOnlyRun(sql);
  assertEquals(
    [run.status, run.result_json, run.attempt, run.claimed_by, run.scheduled_for],
    ["success", { added: 2 }, 1, "w1", START],
  );
  const [state] = await sql`select last_tick_at, last_tick_source from engine_state`;
  assertEquals({ ...state }, { last_tick_at: START, last_tick_source: "timer" });
});

databaseTest("two engines that tick at once run a slot once", async ({ sql, connect }) => {
  for (let n = 0; n < 20; n++) await insertSchedule(sql, { id: `row_${n}`, job_type: "hourly" });
  const performed: string[] = [];
  const jobs = [fakeJob({
    run: ({ jobId }) => {
      performed.push(jobId);
      return Promise.resolve();
    },
  })];
  const clock = new ManualClock(START);
  await using a = openTestEngine(sql, { jobs, clock, capacity: 50 });
  await using b = openTestEngine(connect(), { jobs, clock, capacity: 50 });

  await Promise.all([a.tickAndWait(), b.tickAndWait()]);
  await Promise.all([a.tickAndWait(), b.tickAndWait()]);

  assertEquals(performed.toSorted(), [...new Set(performed)].toSorted());
  const runs = await readRuns(sql);
  assertEquals(runs.length, 20);
  assertEquals(new Set(runs.map(({ status, attempt }) => `${status} ${attempt}`)).size, 1);
});

databaseTest(
  "a failed attempt is tried again after its backoff until it succeeds",
  async ({ sql }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    const policies = { backoff: { firstMs: 30_000, maxMs: 60_000, spread: 0 } };
    const job = jobOf([fails("first"), fails("second"), () => "done"], { policies });
    await using test = openTestEngine(sql, { clock, jobs: [job] });

    await test.tickAndWait();
    const afterFirst = await readOnlyRun(sql);
    assertEquals(
      [afterFirst.status, afterFirst.reason, afterFirst.error_message, afterFirst.available_at],
      ["pending", "error", "first", at("10:00:30")],
    );
    clock.advance(29_999);
    await test.tickAndWait();
    assertEquals((await readOnlyRun(sql)).attempt, 1);
    clock.advance(1);
    await test.tickAndWait();
    clock.advance(60_000);
    await test.tickAndWait();

    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.attempt, run.failures, run.error_message], [
      "success",
      3,
      2,
      null,
    ]);
    assertEquals(await readAttempts(sql, run.id), [
      { attempt: 1, outcome: "failed", error: "first" },
      { attempt: 2, outcome: "failed", error: "second" },
      { attempt: 3, outcome: "success", error: null },
    ]);
  },
);

databaseTest("a run that fails more often than it may be retried has failed", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(START);
  const job = jobOf([fails("first"), fails("second")], { policies: { retries: 1 } });
  await using test = openTestEngine(sql, { clock, jobs: [job] });

  await test.tickAndWait();
  clock.advance(60_000);
  await test.tickAndWait();

  const run = await readOnlyRun(sql);
  assertEquals([run.status, run.failures, run.error_message], ["failed", 2, "second"]);
  assertEquals(run.finished_at, at("10:01"));
});

databaseTest("a failure that the job does not want to retry is for good", async ({ sql }) => {
  await insertSchedule(sql);
  const policies = { retryIf: (error: unknown) => (error as Error).message !== "gone for ever" };
  const jobs = [jobOf([fails("gone for ever")], { policies })];
  await using test = openTestEngine(sql, { jobs });

  await test.tickAndWait();

  assertEquals((await readOnlyRun(sql)).status, "failed");
});

databaseTest("parameters that do not fit fail the run at once, by field", async ({ sql }) => {
  const { z } = await import("zod");
  await insertSchedule(sql, { config_json: { days: "three" } });
  const job = fakeJob({ params: z.strictObject({ days: z.int() }) });
  await using test = openTestEngine(sql, { jobs: [job] });

  await test.tickAndWait();

  const run = await readOnlyRun(sql);
  assertEquals([run.status, run.attempt], ["failed", 1]);
  assertStringIncludes(run.error_message!, "params.days");
});

databaseTest("an attempt that takes too long is ended and tried again", async ({ sql }) => {
  await insertSchedule(sql);
  const handler = new HeldHandler();
  const jobs = [fakeJob({ run: handler.run, policies: { timeoutMs: 20 } })];
  await using test = openTestEngine(sql, { jobs });

  await test.tickAndWait();

  const { ctx } = await handler.next();
  assert(ctx.signal.aborted);
  const run = await readOnlyRun(sql);
  assertEquals([run.status, run.reason, run.failures], ["pending", "timeout", 1]);
  assertEquals(await readAttempts(sql, run.id), [
    { attempt: 1, outcome: "timeout", error: "timed out after 0.02 s" },
  ]);
});

databaseTest(
  "a handler that ignores its signal is settled all the same, and its writes are refused",
  async ({ sql }) => {
    await insertSchedule(sql);
    const handler = new HeldHandler(false);
    const policies = { timeoutMs: 20, retries: 0 };
    await using test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run, policies })] });

    await test.tickAndWait();

    const { ctx, finish } = await handler.next();
    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.reason], ["failed", "timeout"]);
    await assertRejects(() => ctx.transaction((tx) => tx`select 1`), DOMException, "timeout");
    await ctx.checkpoint("late");
    finish({ too: "late" });
    assertEquals(await readOnlyRun(sql), run);
  },
);

databaseTest("a cancelled pending run is never performed", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRun(sql);
  await using test = openTestEngine(sql);

  const cancelled = await test.engine.cancelRun(id, "operator");
  await test.engine.tick("timer");
  await test.engine.idle();

  assertEquals([cancelled.status, cancelled.reason], ["cancelled", "requested"]);
  assertEquals((await readRunOrFail(sql, id)).attempt, 0);
});

databaseTest("cancelling a running run aborts its handler", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("11:00") });
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });
  const { id } = await test.engine.requestRun("hourly", BY);
  const { ctx } = await handler.next();

  await test.engine.cancelRun(id, "operator");
  await test.engine.idle();

  assert(ctx.signal.aborted);
  assertStringIncludes((ctx.signal.reason as Error).message, "cancelled");
  const run = await readRunOrFail(sql, id);
  assertEquals([run.status, run.reason], ["cancelled", "requested"]);
  assertEquals((await readAttempts(sql, id))[0].outcome, "cancelled");
});

databaseTest("cancelling what is settled or not there says so", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRun(sql, { status: "success", finished_at: START });
  await using test = openTestEngine(sql);

  const error = await assertRejects(() => test.engine.cancelRun(id, "operator"), ConflictError);
  assertEquals(error.details, { run_id: id });
  await assertRejects(
    () => test.engine.cancelRun(crypto.randomUUID(), "operator"),
    NotFoundError,
  );
});

databaseTest("a run whose process went away is taken up by the next tick", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const { id } = await insertRunningRun(sql);
  const clock = new ManualClock(at("10:00:30.001"));
  await using test = openTestEngine(sql, { clock });

  const { recovered, started, ended } = await test.engine.tick("timer");
  await ended;

  assertEquals([recovered, started], [1, 1]);
  const run = await readRunOrFail(sql, id);
  assertEquals([run.status, run.losses, run.attempt, run.failures], ["success", 1, 2, 0]);
  assertEquals((await readAttempts(sql, id)).map(({ outcome }) => outcome), ["lost", "success"]);
});

databaseTest(
  "a process that slept past its lease can neither write nor settle",
  async ({ sql, connect }) => {
    await sql`create table written (what text)`;
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    const asleep = new HeldHandler(false);
    await using sleeper = openTestEngine(sql, { clock, jobs: [fakeJob({ run: asleep.run })] });
    const other = connect();
    await using awake = openTestEngine(other, { clock, jobs: [jobOf([() => "by the other"])] });
    await sleeper.engine.tick("timer");
    const { ctx, finish } = await asleep.next();
    clock.advance(30_001);
    await awake.tickAndWait();
    const settled = await readOnlyRun(other);
    assertEquals([settled.status, settled.result_json, settled.attempt], [
      "success",
      "by the other",
      2,
    ]);

    await assertRejects(
      () => ctx.transaction((tx) => tx`insert into written values ('transaction')`),
      LostRunError,
    );
    await ctx.progress(1, 2);
    await ctx.checkpoint("mine");
    ctx.log.info("I am back");
    finish("by the sleeper");
    await sleeper.engine.idle();

    assertEquals(await readOnlyRun(other), settled);
    assertEquals((await other`select from written`).length, 0);
    assertEquals((await other`select from run_logs where message = 'I am back'`).length, 0);
    assertEquals((await readAttempts(other, settled.id)).map(({ outcome }) => outcome), [
      "lost",
      "success",
    ]);
  },
);

databaseTest(
  "a process that slept past its lease cannot write to the attempt that followed",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    const asleep = new HeldHandler(false);
    await using sleeper = openTestEngine(sql, { clock, jobs: [fakeJob({ run: asleep.run })] });
    const other = connect();
    const working = new HeldHandler();
    await using awake = openTestEngine(other, { clock, jobs: [fakeJob({ run: working.run })] });
    await sleeper.engine.tick("timer");
    const first = await asleep.next();
    clock.advance(30_001);
    await awake.engine.tick("timer");
    const second = await working.next();
    await second.ctx.checkpoint("of the second attempt");

    await first.ctx.checkpoint("of the first attempt");
    await assertRejects(() => first.ctx.transaction((tx) => tx`select 1`));
    first.finish("by the first");
    await sleeper.engine.idle();

    const run = await readOnlyRun(other);
    assertEquals([run.status, run.attempt], ["running", 2]);
    assertEquals(run.checkpoint, { value: "of the second attempt", each: [] });
  },
);

databaseTest(
  "stopping hands an unfinished run back at once, for another to take up",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    const handler = new HeldHandler();
    const stopped = openTestEngine(sql, { clock, jobs: [fakeJob({ run: handler.run })] });
    await stopped.engine.tick("timer");
    await (await handler.next()).ctx.checkpoint({ done: 40 });

    await stopped.engine.stop();

    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.reason, run.failures, run.losses], [
      "pending",
      "interrupted",
      0,
      0,
    ]);
    assertEquals(await readAttempts(sql, run.id), [
      { attempt: 1, outcome: "interrupted", error: null },
    ]);
    const again = new HeldHandler();
    await using next = openTestEngine(connect(), { clock, jobs: [fakeJob({ run: again.run })] });
    await next.engine.tick("timer");
    const { ctx } = await again.next();
    assertEquals([ctx.attempt, ctx.lastCheckpoint], [2, { done: 40 }]);
  },
);

databaseTest(
  "a pass is over with the runs that another run's end claimed under it",
  async ({ sql }) => {
    await insertSchedule(sql);
    const handler = new HeldHandler();
    const held = holdingBack(sql, "else scheduler_off_at end");
    await using test = openTestEngine(held.sql, { jobs: [fakeJob({ run: handler.run })] });
    await test.engine.tick("timer");
    const first = await handler.next();
    await insertSchedule(sql, { id: "other", job_type: "hourly" });
    held.begin();
    const ticking = test.engine.tick("timer");
    await held.reached;
    first.finish();
    const second = await handler.next();
    held.end();

    const tick = await ticking;
    let isOver = false;
    tick.ended.then(() => isOver = true);

    await readRuns(sql);
    assertEquals([tick.started, isOver], [0, false]);
    second.finish();
    await tick.ended;
  },
);

databaseTest("stopping tells handlers at once, though a pass is held up", async ({ sql }) => {
  await insertSchedule(sql);
  const handler = new HeldHandler(false);
  const held = holdingBack(sql, "set last_tick_at");
  const test = openTestEngine(held.sql, { jobs: [fakeJob({ run: handler.run })] });
  await test.engine.tick("timer");
  const { ctx, finish } = await handler.next();
  const told = new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
  held.begin();
  const ticking = test.engine.tick("timer");
  await held.reached;

  const stopping = test.engine.stop();
  await told;
  finish("in time");
  held.end();
  await Promise.all([stopping, ticking]);

  assertEquals((await readOnlyRun(sql)).result_json, "in time");
});

databaseTest("stopping waits for a handler that finishes by itself", async ({ sql }) => {
  await insertSchedule(sql);
  const handler = new HeldHandler(false);
  const test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });
  await test.engine.tick("timer");
  const { ctx, finish } = await handler.next();
  ctx.signal.addEventListener("abort", () => finish("in time"));

  await test.engine.stop();

  const run = await readOnlyRun(sql);
  assertEquals([run.status, run.result_json], ["success", "in time"]);
});

databaseTest(
  "stopping hands back the run of a handler that ignores its signal, within 4 s",
  async ({ sql }) => {
    await insertSchedule(sql);
    const handler = new HeldHandler(false);
    const test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });
    await test.engine.tick("timer");
    await handler.next();
    const began = performance.now();

    await test.engine.stop();

    assert(performance.now() - began < 4_000);
    assertEquals((await readOnlyRun(sql)).reason, "interrupted");
  },
);

databaseTest("a stopped engine claims and dispatches nothing", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRun(sql);
  const test = openTestEngine(sql);
  await test.engine.stop();

  const tick = await test.engine.tick("timer");

  assertEquals([tick.dispatched, tick.started], [0, 0]);
  assertEquals((await readRunOrFail(sql, id)).status, "pending");
  assertEquals((await readSchedule(sql)).next_run_at, START);
});

databaseTest(
  "a run of a job that no revision knows is skipped after ten minutes",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "of_another_revision" });
    const clock = new ManualClock(START);
    await using test = openTestEngine(sql, { clock });

    await test.tickAndWait();
    assertEquals((await readOnlyRun(sql)).status, "pending");
    clock.advance(600_001);
    await test.tickAndWait();

    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.reason], ["skipped", "unknown_job_type"]);
    assertStringIncludes(test.log.text, "of_another_revision");
  },
);

databaseTest("a slot of a job that lacks a setting is skipped, and says which", async ({ sql }) => {
  await insertSchedule(sql);
  const job = fakeJob({ missingSetting: () => "RIOT_API_KEY" });
  await using test = openTestEngine(sql, { jobs: [job] });

  await test.tickAndWait();

  const run = await readOnlyRun(sql);
  assertEquals(
    [run.status, run.reason, run.error_message, run.failures],
    ["skipped", "not_configured", "RIOT_API_KEY is not set", 0],
  );
});

databaseTest("a job whose missingSetting throws fails its run", async ({ sql }) => {
  await insertSchedule(sql);
  const job = fakeJob({ missingSetting: fails("no such field"), policies: { retries: 0 } });
  await using test = openTestEngine(sql, { jobs: [job] });

  await test.tickAndWait();

  const run = await readOnlyRun(sql);
  assertEquals([run.status, run.error_message], ["failed", "no such field"]);
});

databaseTest(
  "without SCHEDULER_ENABLED a tick claims and recovers but dispatches nothing",
  async ({ sql }) => {
    await insertSchedule(sql);
    const waiting = await insertRun(sql);
    const lost = await insertRunningRun(sql, { lease_expires_at: at("09:00") });
    await using test = openTestEngine(sql, { env: { SCHEDULER_ENABLED: "false" } });

    const tick = await test.engine.tick("timer");
    await test.engine.idle();

    assertEquals([tick.dispatched, tick.recovered], [0, 1]);
    assertEquals((await readRunOrFail(sql, waiting.id)).status, "success");
    assertEquals((await readRunOrFail(sql, lost.id)).status, "success");
    assertEquals((await readSchedule(sql)).next_run_at, START);
  },
);

databaseTest(
  "the first dispatch after the scheduler was off tells a gap, and the next one runs",
  async ({ sql }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    await using off = openTestEngine(sql, { clock, env: { SCHEDULER_ENABLED: "false" } });
    await off.tickAndWait();
    clock.advance(3 * 3_600_000);
    await off.tickAndWait();
    await using on = openTestEngine(sql, { clock });

    await on.tickAndWait();

    assertEquals(await readRuns(sql), []);
    const [gap] = await sql`select reason, slots from schedule_gaps`;
    assertEquals({ ...gap }, { reason: "scheduler_off", slots: 4 });
    clock.advance(3_600_000);
    await on.tickAndWait();
    assertEquals((await readOnlyRun(sql)).scheduled_for, at("14:00"));
  },
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "after the scheduler was off, two processes tell every row's gap and catch nothing up",
  async ({ sql, connect }) => {
    await sql`
      insert into scheduled_jobs (id, job_type, cron, next_run_at, planned_at, anchor_at)
      select 'row_' || n, 'hourly', '0 * * * *', ${START}, ${START}, ${START}
      from generate_series(1, 3500) as n`;
    const clock = new ManualClock(START);
    await using off = openTestEngine(sql, { clock, env: { SCHEDULER_ENABLED: "false" } });
    await off.tickAndWait();
    clock.advance(3 * 3_600_000);
    await using first = openTestEngine(sql, { clock });
    await using second = openTestEngine(connect(), { clock });

    await Promise.all([first.tickAndWait(), second.tickAndWait()]);
    await first.tickAndWait();

    assertEquals(await readRuns(sql), []);
    const [gaps] = await sql`
      select count(*)::int as rows, sum(slots)::int as slots from schedule_gaps
      where reason = 'scheduler_off'`;
    assertEquals({ ...gaps }, { rows: 3_500, slots: 4 * 3_500 });
  },
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "a row that was held when the scheduler came back has its gap later, and its next slot in time",
  async ({ sql, connect }) => {
    await insertSchedule(sql, { id: "free", job_type: "hourly" });
    await insertSchedule(sql, { id: "held", job_type: "hourly" });
    const clock = new ManualClock(START);
    await using off = openTestEngine(sql, { clock, env: { SCHEDULER_ENABLED: "false" } });
    await off.tickAndWait();
    clock.advance(3 * 3_600_000);
    await using on = openTestEngine(sql, { clock });
    await connect().begin(async (tx) => {
      await tx`select from scheduled_jobs where id = 'held' for update`;
      await on.tickAndWait();
    });
    clock.advance(3_600_000);

    await on.tickAndWait();

    const runs = (await readRuns(sql)).map(({ job_id, scheduled_for }) => [job_id, scheduled_for]);
    assertEquals(runs, [["free", at("14:00")], ["held", at("14:00")]]);
    for (const id of ["free", "held"]) {
      assertEquals(await readGaps(sql, id), [{
        reason: "scheduler_off",
        first: "2026-01-05T10:00:00.000Z",
        last: "2026-01-05T13:00:00.000Z",
        slots: 4,
      }]);
    }
    const [{ scheduler_off_at }] = await sql`select scheduler_off_at from engine_state`;
    assertEquals(scheduler_off_at, null);
  },
);

for (
  const [step, { breaks, expected }] of Object.entries({
    "record the tick": {
      breaks: "alter table engine_state rename column last_tick_at to was_last_tick_at",
      expected: { dispatched: 1, recovered: 1, started: 2 },
    },
    "recover lost runs": {
      breaks: "alter table job_runs add constraint none_is_lost check (losses = 0)",
      expected: { dispatched: 1, recovered: 0, started: 1 },
    },
    "dispatch": {
      breaks: "alter table scheduled_jobs rename column paused_by to was_paused_by",
      expected: { dispatched: 0, recovered: 1, started: 1 },
    },
    "claim runs": {
      breaks: "alter table job_runs add constraint none_is_claimed_again check (attempt < 2)",
      expected: { dispatched: 1, recovered: 1, started: 0 },
    },
  })
) {
  databaseTest(`a pass that cannot ${step} does the rest and tells it`, async ({ sql }) => {
    await insertSchedule(sql);
    await insertSchedule(sql, { id: "other", job_type: "hourly", next_run_at: at("11:00") });
    await insertRunningRun(sql, {
      job_id: "other",
      job_type: "hourly",
      lease_expires_at: at("09:59"),
    });
    await using test = openTestEngine(sql);
    await sql.unsafe(breaks);

    const { dispatched, recovered, started, ended } = await test.engine.tick("timer");
    await ended;

    assertEquals({ dispatched, recovered, started }, expected);
    const errors = test.log.lines.filter(({ level }) => level === "error");
    assertEquals(errors.map(({ message }) => message), [`Cannot ${step}`]);
  });
}

databaseTest("a pass whose database is away fails as a whole", async ({ connect }) => {
  const sql = connect();
  await using test = openTestEngine(sql);
  await sql.end();

  await assertRejects(() => test.engine.tick("timer"), Error, "CONNECTION_ENDED");

  assertEquals(test.log.lines, []);
});

databaseTest("a process that is off does not speak for one that dispatches", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(START);
  await using on = openTestEngine(sql, { clock });
  await using off = openTestEngine(sql, { clock, env: { SCHEDULER_ENABLED: "false" } });
  await on.tickAndWait();

  clock.advance(60_000);
  await off.tickAndWait();

  const [{ scheduler_off_at }] = await sql`select scheduler_off_at from engine_state`;
  assertEquals(scheduler_off_at, null);
});

databaseTest("on another timeline than those named no schedule runs", async ({ sql }) => {
  await insertSchedule(sql);
  const env = { DENO_DEPLOY: "1", DENO_TIMELINE: "git-branch/idea" };
  await using test = openTestEngine(sql, { env });

  await test.tickAndWait();

  assertEquals(await readRuns(sql), []);
});

databaseTest("a run tells the revision and timeline that performed it", async ({ sql }) => {
  await insertSchedule(sql);
  const env = {
    DENO_DEPLOY: "1",
    DENO_DEPLOYMENT_ID: "d-77",
    DENO_TIMELINE: "production",
  };
  await using test = openTestEngine(sql, { env });

  await test.tickAndWait();

  const run = await readOnlyRun(sql);
  assertEquals([run.deployment, run.timeline], ["d-77", "production"]);
});

databaseTest("a process performs no more runs at once than it has room for", async ({ sql }) => {
  for (const id of ["a", "b", "c"]) await insertSchedule(sql, { id, job_type: "hourly" });
  const handler = new HeldHandler();
  const jobs = [fakeJob({ run: handler.run })];
  await using test = openTestEngine(sql, { jobs, capacity: 2 });

  await test.engine.tick("timer");

  const running = () => sql`select from job_runs where status = 'running'`;
  assertEquals((await running()).length, 2);
  (await handler.next()).finish();
  await handler.next();
  const third = await handler.next();
  assertEquals((await running()).length, 2);
  assertEquals(third.ctx.attempt, 1);
});

databaseTest("requests at once do not start more runs than there is room for", async ({ sql }) => {
  const ids = ["a", "b", "c", "d", "e"];
  for (const id of ids) await insertSchedule(sql, { id, next_run_at: at("12:00") });
  const handler = new HeldHandler();
  const jobs = ids.map((id) => fakeJob({ id, run: handler.run }));
  await using test = openTestEngine(sql, { jobs, capacity: 2 });

  await Promise.all(ids.map((id) => test.engine.requestRun(id, BY)));

  const running = await sql`select from job_runs where status = 'running'`;
  assertEquals(running.length, 2);
});

databaseTest("idle() waits for runs that wait for room", async ({ sql }) => {
  const ids = ["a", "b", "c", "d", "e"];
  for (const id of ids) await insertSchedule(sql, { id, job_type: "hourly" });
  await using test = openTestEngine(sql, { capacity: 1 });

  await test.engine.tick("timer");
  await test.engine.idle();

  const waiting = await sql`select from job_runs where status <> 'success'`;
  assertEquals(waiting.length, 0);
});

databaseTest(
  "a request that came while the process stops leaves its run to others",
  async ({ sql }) => {
    await insertSchedule(sql, { next_run_at: at("12:00") });
    const handler = new HeldHandler();
    const test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });

    const requested = test.engine.requestRun("hourly", BY);
    await test.engine.stop();
    await requested;
    await test.engine.idle();

    assertEquals((await readOnlyRun(sql)).status, "pending");
  },
);

databaseTest("ticks that come while one is under way share the next one", async ({ sql }) => {
  await insertSchedule(sql);
  await using test = openTestEngine(sql);

  const [first, ...others] = await Promise.all([
    test.engine.tick("timer"),
    test.engine.tick("hourly"),
    test.engine.tick("dispatch"),
  ]);
  await test.engine.idle();

  assertEquals(first.dispatched, 1);
  assert(others[0] === others[1]);
});

databaseTest(
  "a request carries a tick only when the clocks have been silent for 90 s",
  async ({ sql }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(at("09:58:31"));
    await using test = openTestEngine(sql, { clock });
    await test.tickAndWait("timer");

    clock.advance(90_000);
    assertEquals((await test.engine.tick("request")).dispatched, 0);
    clock.advance(1);
    assertEquals((await test.engine.tick("request")).dispatched, 1);
  },
);

databaseTest("a clock's tick that joins a request's is not lost with it", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(at("09:59:59"));
  await using test = openTestEngine(sql, { clock });
  const underWay = test.engine.tick("timer");
  const request = test.engine.tick("request");
  const alarm = test.engine.tick("dispatch");
  await underWay;
  clock.advance(1_000);

  await Promise.all([request, alarm]);
  await test.engine.idle();

  assertEquals((await readRuns(sql)).length, 1);
});

databaseTest("an installation whose state row is gone ticks all the same", async ({ sql }) => {
  await insertSchedule(sql);
  await sql`delete from engine_state`;
  await using test = openTestEngine(sql);

  assertEquals((await test.engine.tick("timer")).dispatched, 1);
});

databaseTest("waitForRun() gives the run as it stands when the process stops", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const handler = new HeldHandler();
  const test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });
  const { id } = await test.engine.requestRun("hourly", BY);
  await handler.next();

  const waiting = test.engine.waitForRun(id, 60_000);
  await test.engine.stop();

  assertEquals((await settled("the wait ends", waiting)).status, "pending");
});

databaseTest("a process does not take its own living run for lost", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(START);
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, { clock, jobs: [fakeJob({ run: handler.run })] });
  await test.engine.tick("timer");
  const { ctx, finish } = await handler.next();

  clock.advance(45_000);
  const { recovered } = await test.engine.tick("timer");

  assertEquals([recovered, ctx.signal.aborted], [0, false]);
  finish("done");
  await test.engine.idle();
  const run = await readOnlyRun(sql);
  assertEquals([run.status, run.attempt, run.losses], ["success", 1, 0]);
});

databaseTest(
  "a clock that is set back an hour runs no slot twice, and goes on when it comes by again",
  async ({ sql }) => {
    await insertSchedule(sql);
    const clock = new ManualClock(START);
    await using test = openTestEngine(sql, { clock });
    await test.tickAndWait();

    clock.advance(-3_600_000);
    for (let minutes = 0; minutes < 120; minutes += 10) {
      clock.advance(600_000);
      await test.tickAndWait();
    }

    assertEquals(
      (await readRuns(sql)).map(({ scheduled_for }) => scheduled_for),
      [at("10:00"), at("11:00")],
    );
    assertEquals((await sql`select from schedule_gaps`).length, 0);
  },
);

databaseTest("waitForRun() gives the settled run, or the run as it stands", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });
  const { id } = await test.engine.requestRun("hourly", BY);
  const { finish } = await handler.next();

  assertEquals((await test.engine.waitForRun(id, 20)).status, "running");
  const waiting = test.engine.waitForRun(id, 60_000);
  finish({ ok: true });
  assertEquals((await waiting).result_json, { ok: true });
  await assertRejects(() => test.engine.waitForRun(crypto.randomUUID(), 1), NotFoundError);
});

databaseTest("waitForRun() sees a run that another process settles", async ({ sql, connect }) => {
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const handler = new HeldHandler();
  const jobs = [fakeJob({ run: handler.run })];
  await using other = openTestEngine(connect(), { jobs });
  await using test = openTestEngine(sql, { jobs });
  const { id } = await other.engine.requestRun("hourly", BY);
  const { finish } = await handler.next();

  const waiting = test.engine.waitForRun(id, 60_000);
  finish();

  assertEquals((await waiting).status, "success");
});

databaseTest("a handler's mistake in what it logs does not fail its run", async ({ sql }) => {
  await insertSchedule(sql);
  const cyclic: Record<string, unknown> = { count: 10n };
  cyclic.self = cyclic;
  const job = fakeJob({
    run: (ctx) => {
      ctx.log.info("cyclic", { cyclic });
      ctx.log.info("bigint", { count: 10n });
      ctx.log.info("NUL", { text: "a\0b" });
      ctx.log.info("half a pair", { text: "\ud83d" });
      return Promise.resolve();
    },
  });
  await using test = openTestEngine(sql, { jobs: [job] });

  await test.tickAndWait();

  assertEquals((await readOnlyRun(sql)).status, "success");
  const messages = await sql`select message from run_logs order by seq`;
  assertEquals(messages.map(({ message }) => message), [
    "cyclic",
    "bigint",
    "NUL",
    "half a pair",
  ]);
});

for (
  const [what, result] of Object.entries({
    "a bigint": { count: 10n },
    "a circle": (() => {
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      return circle;
    })(),
  })
) {
  databaseTest(`a result with ${what} fails the run with a clear message`, async ({ sql }) => {
    await insertSchedule(sql);
    await using test = openTestEngine(sql, {
      jobs: [jobOf([() => result], { policies: { retries: 0 } })],
    });

    await test.tickAndWait();

    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.reason], ["failed", "error"]);
    assertStringIncludes(run.error_message!, "result");
  });
}

databaseTest("a result with NUL in a text is kept without it", async ({ sql }) => {
  await insertSchedule(sql);
  await using test = openTestEngine(sql, {
    jobs: [jobOf([() => ({ "wo\0rd": ["a\0b", "\ud83d"] })])],
  });

  await test.tickAndWait();

  const run = await readOnlyRun(sql);
  assertEquals([run.status, run.result_json], ["success", { word: ["ab", "\ufffd"] }]);
});

databaseTest(
  "a checkpoint that cannot be stored fails the attempt, not its settlement",
  async ({ sql }) => {
    await insertSchedule(sql);
    const job = fakeJob({
      run: async (ctx) => {
        await ctx.checkpoint({ count: 10n } as never);
      },
      policies: { retries: 0 },
    });
    await using test = openTestEngine(sql, { jobs: [job] });

    await test.tickAndWait();

    assertEquals((await readOnlyRun(sql)).status, "failed");
  },
);

databaseTest("what is thrown with NUL in its text is settled", async ({ sql }) => {
  await insertSchedule(sql);
  const jobs = [jobOf([fails("bad byte \0 at 3")], { policies: { retries: 0 } })];
  await using test = openTestEngine(sql, { jobs });

  await test.tickAndWait();

  assertEquals((await readOnlyRun(sql)).error_message, "bad byte  at 3");
});

databaseTest("a row whose next_run_at is infinity by hand settles its runs", async ({ sql }) => {
  await insertSchedule(sql);
  await sql`update scheduled_jobs set next_run_at = 'infinity', planned_at = 'infinity'`;
  await using test = openTestEngine(sql);

  const { id } = await test.engine.requestRun("hourly", BY);
  await test.engine.idle();

  assertEquals((await readRunOrFail(sql, id)).status, "success");
  assertEquals(test.log.lines.filter(({ level }) => level === "error"), []);
});
