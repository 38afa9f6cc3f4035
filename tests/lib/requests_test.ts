import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import type { RunRequest } from "../../lib/engine_api.ts";
import {
  ConflictError,
  InvalidInputError,
  NotConfiguredError,
  NotFoundError,
} from "../../lib/errors.ts";
import type { JobDefinition } from "../../lib/job.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  HeldHandler,
  openTestEngine,
  readOnlyRun,
  readRunOrFail,
  readRuns,
  type TestEngine,
} from "../support/engine.ts";
import { at, insertRun, insertRunningRun, insertSchedule, START } from "../support/factories.ts";

const BY = { triggeredBy: "operator" };
const LATER = { next_run_at: at("12:00") };

/** An engine without room: what is requested stays as it was inserted. */
function openFull(sql: Sql, overrides: Partial<JobDefinition<unknown>> = {}): TestEngine {
  return openTestEngine(sql, {
    jobs: [fakeJob({ params: z.strictObject({ days: z.int().min(1).default(3) }), ...overrides })],
    clock: new ManualClock(START),
    capacity: 0,
  });
}

databaseTest("a request inserts one manual run, with who asked, and starts it", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });

  const run = await test.engine.requestRun("hourly", BY);

  assertEquals(
    [run.trigger, run.status, run.triggered_by, run.as_of, run.scheduled_for, run.dry_run],
    ["manual", "running", "operator", START, null, false],
  );
  (await handler.next()).finish();
});

databaseTest("parameters are those of the row, then of the request", async ({ sql }) => {
  await insertSchedule(sql, { ...LATER, config_json: { days: 7, user_id: "u1" } });
  const params = z.strictObject({ days: z.int().default(3), user_id: z.string().optional() });
  const seen: unknown[] = [];
  await using test = openTestEngine(sql, {
    jobs: [fakeJob({
      params,
      run: (ctx) => {
        seen.push(ctx.params);
        return Promise.resolve();
      },
    })],
  });

  await test.engine.requestRun("hourly", BY);
  await test.engine.idle();
  await test.engine.requestRun("hourly", { ...BY, params: { days: 1 } });
  await test.engine.idle();

  assertEquals(seen, [{ days: 7, user_id: "u1" }, { days: 1, user_id: "u1" }]);
});

databaseTest(
  "parameters that the schema changes reach the handler changed once",
  async ({ sql }) => {
    await insertSchedule(sql, LATER);
    const params = z.strictObject({
      since: z.iso.date().transform((day) => new Date(day)),
      words: z.string().transform((text) => text.split(" ")),
    });
    const seen: unknown[] = [];
    await using test = openTestEngine(sql, {
      jobs: [fakeJob({
        params,
        run: (ctx) => {
          seen.push(ctx.params);
          return Promise.resolve();
        },
      })],
    });

    await test.engine.requestRun("hourly", {
      ...BY,
      params: { since: "2026-01-02", words: "a b" },
    });
    await test.engine.idle();

    assertEquals(seen, [{ since: new Date("2026-01-02"), words: ["a", "b"] }]);
  },
);

databaseTest("a job that is not there is not found", async ({ sql }) => {
  await using test = openFull(sql);
  await assertRejects(() => test.engine.requestRun("weekly", BY), NotFoundError, '"weekly"');
});

databaseTest("a job without a row yet is not found, and says so", async ({ sql }) => {
  await using test = openFull(sql);
  await assertRejects(
    () => test.engine.requestRun("hourly", BY),
    NotFoundError,
    "no schedule in this database yet",
  );
});

for (
  const [what, params, fields] of [
    ["of the wrong type", { days: "three" }, ["params.days"]],
    ["out of range", { days: 0 }, ["params.days"]],
    ["unknown", { day: 3, weeks: 1 }, ["params.day", "params.weeks"]],
    ["that are a list", [1, 2], ["params"]],
    ["that are a text", "days", ["params"]],
    ["that are a number", 5, ["params"]],
    ["that are true", true, ["params"]],
  ] as const
) {
  databaseTest(
    `parameters ${what} are refused by field, and nothing is recorded`,
    async ({ sql }) => {
      await insertSchedule(sql, LATER);
      await using test = openFull(sql);

      const error = await assertRejects(
        () => test.engine.requestRun("hourly", { ...BY, params }),
        InvalidInputError,
      );

      assertEquals(Object.keys(error.fields), [...fields]);
      assertEquals(await readRuns(sql), []);
    },
  );
}

databaseTest(
  "as_of in the future is refused, at the present instant it is not",
  async ({ sql }) => {
    await insertSchedule(sql, LATER);
    await using test = openFull(sql);

    const error = await assertRejects(
      () => test.engine.requestRun("hourly", { ...BY, asOf: at("10:00:00.001") }),
      InvalidInputError,
    );
    assertEquals(Object.keys(error.fields), ["as_of"]);
    assertEquals(await readRuns(sql), []);

    await test.engine.requestRun("hourly", { ...BY, asOf: START });
    assertEquals((await readOnlyRun(sql)).as_of, START);
  },
);

databaseTest("a dry run of a job that has none is refused", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await using test = openFull(sql, { dryRun: false });

  const error = await assertRejects(
    () => test.engine.requestRun("hourly", { ...BY, dryRun: true }),
    InvalidInputError,
  );

  assertEquals(Object.keys(error.fields), ["dry_run"]);
  assertEquals(await readRuns(sql), []);
});

databaseTest(
  "a job that lacks a setting is refused by the name of the variable",
  async ({ sql }) => {
    await insertSchedule(sql, LATER);
    await using test = openFull(sql, { missingSetting: () => "RIOT_API_KEY" });

    const error = await assertRejects(
      () => test.engine.requestRun("hourly", BY),
      NotConfiguredError,
    );

    assertEquals(error.details, { variable: "RIOT_API_KEY", variables: ["RIOT_API_KEY"] });
    assertEquals(await readRuns(sql), []);
  },
);

databaseTest("a second request while a run is active names that run", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await using test = openFull(sql);
  const { id } = await test.engine.requestRun("hourly", BY);

  const error = await assertRejects(() => test.engine.requestRun("hourly", BY), ConflictError);

  assertEquals(error.details, { run_id: id, status: "pending" });
  assertEquals((await readRuns(sql)).length, 1);
});

databaseTest("a run that the schedule started stands in the way too", async ({ sql }) => {
  await insertSchedule(sql);
  await using test = openFull(sql);
  await test.engine.tick("timer");
  const { id } = await readOnlyRun(sql);

  const error = await assertRejects(() => test.engine.requestRun("hourly", BY), ConflictError);

  assertEquals(error.details.run_id, id);
});

databaseTest("a row that queues takes a request beside an active run", async ({ sql }) => {
  await insertSchedule(sql, { ...LATER, overlap: "queue" });
  await using test = openFull(sql, { policies: { overlap: "queue" } });

  await test.engine.requestRun("hourly", BY);
  await test.engine.requestRun("hourly", BY);

  assertEquals((await readRuns(sql)).length, 2);
});

databaseTest("a slot runs although a dry run of its row is active", async ({ sql }) => {
  await insertSchedule(sql);
  await using test = openFull(sql);
  await test.engine.requestRun("hourly", { ...BY, dryRun: true });

  await test.engine.tick("timer");

  const [, slot] = await readRuns(sql);
  assertEquals([slot.trigger, slot.status, slot.reason], ["schedule", "pending", null]);
});

databaseTest("a dry run holds up no queue", async ({ sql }) => {
  await insertSchedule(sql, { ...LATER, overlap: "queue" });
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, {
    jobs: [fakeJob({ run: handler.run, policies: { overlap: "queue" } })],
    clock: new ManualClock(START),
  });
  await test.engine.requestRun("hourly", { ...BY, dryRun: true });
  const dry = await handler.next();

  const { status } = await test.engine.requestRun("hourly", BY);

  assertEquals([dry.ctx.dryRun, status], [true, "running"]);
  (await handler.next()).finish();
  dry.finish();
});

databaseTest("a dry run is taken beside an active run, and beside another one", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await using test = openFull(sql);
  await test.engine.requestRun("hourly", BY);

  await test.engine.requestRun("hourly", { ...BY, dryRun: true });
  await test.engine.requestRun("hourly", { ...BY, dryRun: true });

  assertEquals((await readRuns(sql)).map(({ dry_run }) => dry_run), [false, true, true]);
});

databaseTest("a dry run counts for its job's limit", async ({ sql }) => {
  await insertSchedule(sql, { ...LATER, max_running: 1 });
  const handler = new HeldHandler();
  await using test = openTestEngine(sql, {
    jobs: [fakeJob({ run: handler.run, policies: { limit: 1 } })],
    clock: new ManualClock(START),
  });
  await test.engine.requestRun("hourly", { ...BY, dryRun: true });
  const dry = await handler.next();

  const real = await test.engine.requestRun("hourly", BY);

  assertEquals(real.status, "pending");
  dry.finish();
  const next = await handler.next();
  assertEquals(next.ctx.runId, real.id);
  next.finish();
});

databaseTest("a run requested while the process has no room waits as pending", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await using test = openFull(sql);

  assertEquals((await test.engine.requestRun("hourly", BY)).status, "pending");
});

databaseTest(
  "the same idempotent request gives the same run, also when that is settled",
  async ({ sql }) => {
    await insertSchedule(sql, LATER);
    await using test = openTestEngine(sql);
    const request: RunRequest = {
      ...BY,
      idempotencyKey: "k1",
      params: { a: 1, b: { c: [1, 2], d: null } },
      asOf: at("09:00"),
    };

    const first = await test.engine.requestRun("hourly", request);
    await test.engine.idle();
    const second = await test.engine.requestRun("hourly", {
      asOf: at("09:00"),
      params: { b: { d: null, c: [1, 2] }, a: 1 },
      idempotencyKey: "k1",
      triggeredBy: "somebody else",
    });

    assertEquals([second.id, second.status], [first.id, "success"]);
    assertEquals((await readRuns(sql)).length, 1);
  },
);

for (
  const [what, change] of Object.entries<Partial<RunRequest>>({
    "other parameters": { params: { days: 2 } },
    "another instant": { asOf: at("08:00") },
    "a dry run": { dryRun: true },
    "another bot": { botId: "nova" },
  })
) {
  databaseTest(`the same idempotency key with ${what} is a conflict`, async ({ sql }) => {
    await insertSchedule(sql, LATER);
    await using test = openTestEngine(sql);
    const { id } = await test.engine.requestRun("hourly", { ...BY, idempotencyKey: "k1" });
    await test.engine.idle();

    const error = await assertRejects(
      () => test.engine.requestRun("hourly", { ...BY, idempotencyKey: "k1", ...change }),
      ConflictError,
      "different request",
    );

    assertEquals(error.details, { run_id: id });
  });
}

databaseTest("an idempotency key is a job's own", async ({ sql }) => {
  await insertSchedule(sql, { id: "a", ...LATER });
  await insertSchedule(sql, { id: "b", ...LATER });
  await using test = openTestEngine(sql, { jobs: [fakeJob({ id: "a" }), fakeJob({ id: "b" })] });

  const runs = await Promise.all(
    ["a", "b"].map((id) => test.engine.requestRun(id, { ...BY, idempotencyKey: "k1" })),
  );

  assertEquals(new Set(runs.map(({ id }) => id)).size, 2);
});

databaseTest("the same idempotent request many times at once is one run", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await using test = openTestEngine(sql);

  const runs = await Promise.all(
    Array.from(
      { length: 8 },
      () => test.engine.requestRun("hourly", { ...BY, idempotencyKey: "k1" }),
    ),
  );

  assertEquals(new Set(runs.map(({ id }) => id)).size, 1);
  assertEquals((await readRuns(sql)).length, 1);
});

databaseTest("different requests at once: one is taken, the others name it", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await using test = openFull(sql);

  const outcomes = await Promise.allSettled(
    Array.from({ length: 6 }, () => test.engine.requestRun("hourly", BY)),
  );

  const { id } = await readOnlyRun(sql);
  const refused = outcomes.filter(({ status }) => status === "rejected");
  assertEquals(refused.length, 5);
  for (const { reason } of refused as PromiseRejectedResult[]) {
    assertEquals((reason as ConflictError).details.run_id, id);
  }
});

databaseTest(
  "a request for a bot belongs to the bot's own row where there is one",
  async ({ sql }) => {
    await insertSchedule(sql, { ...LATER, config_json: { days: 1 } });
    await insertSchedule(sql, {
      id: "of_nova",
      job_type: "hourly",
      bot_id: "nova",
      config_json: { days: 2 },
      ...LATER,
    });
    await using test = openFull(sql);

    const run = await test.engine.requestRun("hourly", { ...BY, botId: "nova" });

    assertEquals([run.job_id, run.bot_id, run.params], ["of_nova", "nova", { days: 2 }]);
  },
);

databaseTest(
  "a request for a bot without a row is the code row's, for that bot alone",
  async ({ sql }) => {
    await insertSchedule(sql, LATER);
    await using test = openFull(sql);

    const run = await test.engine.requestRun("hourly", { ...BY, botId: "nova" });

    assertEquals([run.job_id, run.bot_id], ["hourly", "nova"]);
  },
);

databaseTest(
  "a request without a bot is the code row's, whatever rows bots have",
  async ({ sql }) => {
    await insertSchedule(sql, LATER);
    await insertSchedule(sql, { id: "a_row", job_type: "hourly", bot_id: "nova", ...LATER });
    await using test = openFull(sql);

    const run = await test.engine.requestRun("hourly", BY);

    assertEquals([run.job_id, run.bot_id], ["hourly", "*"]);
  },
);

databaseTest("a deleted row of a bot is not asked", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await insertSchedule(sql, {
    id: "of_nova",
    job_type: "hourly",
    bot_id: "nova",
    deleted_at: at("09:00"),
    ...LATER,
  });
  await using test = openFull(sql);

  const run = await test.engine.requestRun("hourly", { ...BY, botId: "nova" });

  assertEquals(run.job_id, "hourly");
});

databaseTest(
  "a retry is a new run about the same instant with the same parameters",
  async ({ sql }) => {
    await insertSchedule(sql, LATER);
    const failed = await insertRun(sql, {
      scheduled_for: at("08:00"),
      status: "failed",
      finished_at: at("08:01"),
      params: { days: 9 },
    });
    await using test = openFull(sql);

    const retry = await test.engine.retryRun(failed.id, BY);

    assertEquals(
      [retry.trigger, retry.retry_of, retry.as_of, retry.scheduled_for, retry.params],
      ["retry", failed.id, at("08:00"), null, { days: 9 }],
    );
    assertEquals((await readRunOrFail(sql, failed.id)).status, "failed");
  },
);

databaseTest("a retry belongs to the row of the run that it repeats", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await insertSchedule(sql, { id: "second_row", job_type: "hourly", ...LATER });
  const failed = await insertRun(sql, {
    job_id: "second_row",
    job_type: "hourly",
    status: "failed",
    finished_at: START,
  });
  await using test = openFull(sql);

  assertEquals((await test.engine.retryRun(failed.id, BY)).job_id, "second_row");
});

databaseTest("a retry of a bot's run is for that bot", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  const failed = await insertRun(sql, { bot_id: "nova", status: "failed", finished_at: START });
  await using test = openFull(sql);

  const retry = await test.engine.retryRun(failed.id, BY);

  assertEquals([retry.job_id, retry.bot_id], ["hourly", "nova"]);
});

databaseTest("a dry run's retry is a dry run", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  const failed = await insertRun(sql, { dry_run: true, status: "failed", finished_at: START });
  await using test = openFull(sql);

  assertEquals((await test.engine.retryRun(failed.id, BY)).dry_run, true);
});

databaseTest("what is not settled cannot be retried", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  await using test = openFull(sql);
  for (const { id } of [await insertRun(sql), await insertRunningRun(sql)]) {
    const error = await assertRejects(() => test.engine.retryRun(id, BY), ConflictError);
    assertStringIncludes(error.message, "only a settled run can be retried");
  }
});

databaseTest("what is not there cannot be retried", async ({ sql }) => {
  await using test = openFull(sql);
  await assertRejects(() => test.engine.retryRun(crypto.randomUUID(), BY), NotFoundError);
});

databaseTest("a run without failed items has none to retry", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  const { id } = await insertRun(sql, { status: "failed", finished_at: START, items_failed: 0 });
  await using test = openFull(sql);

  await assertRejects(
    () => test.engine.retryRun(id, { ...BY, failedItemsOnly: true }),
    ConflictError,
    "no failed items",
  );
});

databaseTest("a retry while a run of the row is active names that run", async ({ sql }) => {
  await insertSchedule(sql, LATER);
  const failed = await insertRun(sql, { status: "failed", finished_at: START });
  const active = await insertRunningRun(sql, { exclusive: true });
  await using test = openFull(sql);

  const error = await assertRejects(() => test.engine.retryRun(failed.id, BY), ConflictError);

  assertEquals(error.details.run_id, active.id);
});
