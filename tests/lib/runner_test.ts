import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { DEFAULT_LEASE } from "../../lib/heartbeat.ts";
import type { AnyJob, JobContext } from "../../lib/job.ts";
import { Runner } from "../../lib/runner.ts";
import { databaseTest } from "../support/database.ts";
import { CollectingLog, fakeJob, HeldHandler, readRunOrFail } from "../support/engine.ts";
import { insertRunningRun, insertSchedule, START } from "../support/factories.ts";

function runnerOf(sql: Sql, job: AnyJob = fakeJob(), log = new CollectingLog()) {
  return new Runner({
    sql,
    handlers: sql,
    clock: new ManualClock(START),
    config: parseConfig({}),
    log,
    jobs: new Map([[job.id, job]]),
    lease: DEFAULT_LEASE,
  });
}

/** A handler that ends as soon as it is told to, and says what it did. */
async function whenTold({ signal }: JobContext) {
  const told = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => told.resolve());
  if (signal.aborted) told.resolve();
  await told.promise;
  return { done: 1 };
}

/** A pool whose next statements with that text in them fail as if the database were away. */
function awayFor(sql: Sql, text: string, times: number): Sql {
  return failingFor(sql, text, times, Object.assign(new Error("away"), { code: "ECONNREFUSED" }));
}

/** A pool whose next statements with that text in them fail. */
function failingFor(sql: Sql, text: string, times: number, error: Error): Sql {
  return new Proxy(sql, {
    apply(target, self, args: [TemplateStringsArray]) {
      const isMeant = Array.isArray(args[0]) && args[0].join("").includes(text);
      if (!isMeant || times === 0) return Reflect.apply(target, self, args);
      times--;
      return Promise.reject(error);
    },
  });
}

databaseTest("a run that was claimed longer ago than its lease is not begun", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);
  let begun = false;
  const job = fakeJob({
    run: () => {
      begun = true;
      return Promise.resolve();
    },
  });
  const log = new CollectingLog();

  await runnerOf(sql, job, log).start(run, performance.now() - 30_001);

  assert(!begun);
  assertEquals((await readRunOrFail(sql, run.id)).status, "running");
  assertStringIncludes(log.text, "taken away");
});

databaseTest(
  "a settlement that the database refuses is a failure that says so",
  async ({ sql }) => {
    await insertSchedule(sql);
    const run = await insertRunningRun(sql);

    await runnerOf(failingFor(sql, "update run_attempts", 1, new Error("too long"))).start(run);

    const { status, reason, error_message } = await readRunOrFail(sql, run.id);
    assertEquals([status, reason], ["failed", "error"]);
    assertEquals(error_message, "Cannot settle the run: too long");
  },
);

databaseTest("a settlement is tried again while the database is away", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);

  await runnerOf(awayFor(sql, "update run_attempts", 1)).start(run);

  assertEquals((await readRunOrFail(sql, run.id)).status, "success");
});

databaseTest(
  "the log says that a run begins, and how it ended and when the next one is",
  async ({ sql }) => {
    await insertSchedule(sql, { bot_id: "nova" });
    const run = await insertRunningRun(sql, { bot_id: "nova" });
    const log = new CollectingLog();

    await runnerOf(sql, fakeJob(), log).start(run);

    const [begins, ends] = log.lines;
    assertEquals(begins.message, "Running job: hourly for bot nova");
    assertEquals(begins.fields, { run: run.id, attempt: 1, trigger: "manual" });
    assertEquals(ends.message, "Job hourly completed with status success");
    assertEquals(ends.fields.next_run, START.toISOString());
  },
);

for (
  const [retries, message] of [
    [0, "Job hourly completed with status failed"],
    [1, "Job hourly is tried again"],
  ] as const
) {
  databaseTest(
    `the log warns of an attempt that threw, with ${retries} retries left`,
    async ({ sql }) => {
      await insertSchedule(sql);
      const run = await insertRunningRun(sql);
      const log = new CollectingLog();
      const job = fakeJob({
        policies: { retries },
        run: () => Promise.reject(new Error("broken")),
      });

      await runnerOf(sql, job, log).start(run);

      const { level, message: told } = log.lines.at(-1)!;
      assertEquals([level, told], ["warn", message]);
    },
  );
}

databaseTest(
  "a handler that returns when it is told to stop has timed out all the same",
  async ({ sql }) => {
    await insertSchedule(sql);
    const run = await insertRunningRun(sql);
    const job = fakeJob({ policies: { timeoutMs: 20, retries: 0 }, run: whenTold });

    await runnerOf(sql, job).start(run);

    const { status, reason, result_json } = await readRunOrFail(sql, run.id);
    assertEquals([status, reason, result_json], ["failed", "timeout", null]);
  },
);

databaseTest("what a handler returns at shutdown is its result", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);
  const runner = runnerOf(sql, fakeJob({ run: whenTold }));

  const ended = runner.start(run);
  await runner.stop();
  await ended;

  const { status, result_json } = await readRunOrFail(sql, run.id);
  assertEquals([status, result_json], ["success", { done: 1 }]);
});

databaseTest("abort() of a run that is not performed here does nothing", async ({ sql }) => {
  const runner = runnerOf(sql);
  runner.abort(crypto.randomUUID(), "cancelled");
  assertEquals([runner.count, runner.endOf(crypto.randomUUID())], [0, undefined]);
  await runner.idle();
});

databaseTest("a runner counts what it performs until it is settled", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);
  const handler = new HeldHandler();
  const runner = runnerOf(sql, fakeJob({ run: handler.run }));

  const ended = runner.start(run);
  assertEquals(runner.count, 1);
  (await handler.next()).finish();
  await ended;

  assertEquals(runner.count, 0);
});
