import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { LostRunError } from "../../lib/errors.ts";
import type { JobContext, Policies } from "../../lib/job.ts";
import type { Json } from "../../lib/db/sql.ts";
import { databaseTest, type TestDatabase } from "../support/database.ts";
import {
  fakeJob,
  openTestEngine,
  readOnlyRun,
  readRunOrFail,
  type TestEngine,
} from "../support/engine.ts";
import { until } from "../support/until.ts";
import { at, insertSchedule, START } from "../support/factories.ts";

const AT_ONCE: Partial<Policies> = { backoff: { firstMs: 0, maxMs: 0, spread: 0 } };

/** Performs one run of a job that does `work`, and all of its attempts. */
async function perform(
  sql: Sql,
  work: (ctx: JobContext) => Promise<Json | void>,
  { dryRun = false, policies = AT_ONCE }: { dryRun?: boolean; policies?: Partial<Policies> } = {},
): Promise<TestEngine> {
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const jobs = [fakeJob({ run: work, policies })];
  const test = openTestEngine(sql, { jobs, clock: new ManualClock(START) });
  await test.engine.requestRun("hourly", { triggeredBy: "operator", dryRun });
  await test.engine.idle();
  await test.engine.stop();
  return test;
}

/** A table that handlers write to. */
const withNotes =
  (body: (database: TestDatabase) => Promise<void>) => async (database: TestDatabase) => {
    await database.sql`create table notes (text text primary key)`;
    await body(database);
  };

const notesIn = async (sql: Sql) =>
  (await sql<{ text: string }[]>`select text from notes order by text`).map(({ text }) => text);

databaseTest("a handler is told what its run is about", async ({ sql }) => {
  await insertSchedule(sql, { bot_id: "nova", config_json: { days: 3 } });
  const seen: JobContext[] = [];
  const jobs = [fakeJob({
    run: (ctx) => {
      seen.push(ctx);
      return Promise.resolve();
    },
  })];
  await using test = openTestEngine(sql, { jobs, clock: new ManualClock(at("10:00:30")) });

  await test.tickAndWait();

  const [ctx] = seen;
  const run = await readOnlyRun(sql);
  assertEquals(
    [ctx.runId, ctx.attempt, ctx.jobId, ctx.botId, ctx.params, ctx.dryRun, ctx.lastCheckpoint],
    [run.id, 1, "hourly", "nova", { days: 3 }, false, null],
  );
  assertEquals(ctx.asOf, START);
  assertFalse(ctx.signal.aborted);
});

databaseTest("a manual run is about the instant that was asked for", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const seen: Date[] = [];
  const jobs = [fakeJob({
    run: (ctx) => {
      seen.push(ctx.asOf);
      return Promise.resolve();
    },
  })];
  await using test = openTestEngine(sql, { jobs, clock: new ManualClock(START) });

  await test.engine.requestRun("hourly", { triggeredBy: "cli", asOf: at("03:00") });
  await test.engine.idle();
  await test.engine.requestRun("hourly", { triggeredBy: "cli" });
  await test.engine.idle();

  assertEquals(seen, [at("03:00"), START]);
});

databaseTest("a checkpoint is where the next attempt starts", async ({ sql }) => {
  const found: unknown[] = [];
  await perform(sql, async (ctx) => {
    found.push(ctx.lastCheckpoint);
    if (ctx.attempt === 3) return;
    await ctx.checkpoint({ reached: ctx.attempt });
    throw new Error("again");
  });

  assertEquals(found, [null, { reached: 1 }, { reached: 2 }]);
});

databaseTest("a checkpoint of null is none", async ({ sql }) => {
  const found: unknown[] = [];
  await perform(sql, async (ctx) => {
    found.push(ctx.lastCheckpoint);
    if (ctx.attempt === 3) return;
    await ctx.checkpoint(ctx.attempt === 1 ? "some" : null);
    throw new Error("again");
  });

  assertEquals(found, [null, "some", null]);
});

databaseTest(
  "a checkpoint inside a transaction is rolled back with it",
  withNotes(async ({ sql }) => {
    const found: unknown[] = [];
    await perform(sql, async (ctx) => {
      found.push(ctx.lastCheckpoint);
      if (ctx.attempt === 2) return;
      await ctx.checkpoint("before");
      await ctx.transaction(async (tx) => {
        await tx`insert into notes values ('undone')`;
        await ctx.checkpoint("undone");
        throw new Error("rolled back");
      });
    });

    assertEquals(found, [null, "before"]);
    assertEquals(await notesIn(sql), []);
  }),
);

databaseTest(
  "a checkpoint inside a transaction commits with it",
  withNotes(async ({ sql }) => {
    const found: unknown[] = [];
    await perform(sql, async (ctx) => {
      found.push(ctx.lastCheckpoint);
      if (ctx.attempt === 2) return;
      await ctx.transaction(async (tx) => {
        await tx`insert into notes values ('done')`;
        await ctx.checkpoint("done");
        await ctx.progress(1, 2);
      });
      throw new Error("afterwards");
    });

    assertEquals(found, [null, "done"]);
    assertEquals(await notesIn(sql), ["done"]);
    assertEquals((await readOnlyRun(sql)).progress, { done: 1, total: 2 });
  }),
);

databaseTest(
  "the first progress is written at once, the last one before the run is settled",
  async ({ sql }) => {
    const written: unknown[] = [];
    await perform(sql, async (ctx) => {
      await ctx.progress(1, 100);
      written.push((await readRunOrFail(sql, ctx.runId)).progress);
      for (let done = 2; done <= 50; done++) await ctx.progress(done, 100);
      written.push((await readRunOrFail(sql, ctx.runId)).progress);
    });

    assertEquals(written, [{ done: 1, total: 100 }, { done: 1, total: 100 }]);
    assertEquals((await readOnlyRun(sql)).progress, { done: 50, total: 100 });
  },
);

databaseTest(
  "progress that nobody waits for harms nobody while the database is away",
  async ({ sql }) => {
    const away = { is: false };
    const flaky = new Proxy(sql, {
      apply(target, self, args) {
        if (!away.is) return Reflect.apply(target, self, args);
        // Parts of statements are made in the same way and never awaited: only what is awaited rejects.
        const error = Object.assign(new Error("away"), { code: "ECONNREFUSED" });
        return { then: (_: unknown, reject: (error: Error) => void) => reject(error) };
      },
    });
    await perform(flaky, async (ctx) => {
      away.is = true;
      ctx.progress(1, 2);
      await ctx.progress(2, 2);
      away.is = false;
    });

    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.progress], ["success", { done: 2, total: 2 }]);
  },
);

databaseTest(
  "progress of a transaction is newer than what was held back before it",
  async ({ sql }) => {
    await perform(sql, async (ctx) => {
      await ctx.progress(1, 3);
      await ctx.progress(2, 3);
      await ctx.transaction(() => ctx.progress(3, 3));
    });

    assertEquals((await readOnlyRun(sql)).progress, { done: 3, total: 3 });
  },
);

databaseTest("progress without a total says so", async ({ sql }) => {
  await perform(sql, (ctx) => ctx.progress(7));

  assertEquals((await readOnlyRun(sql)).progress, { done: 7, total: null });
});

databaseTest(
  "progress that was held back stands beside a checkpoint that comes after it",
  async ({ sql }) => {
    let seen;
    await perform(sql, async (ctx) => {
      await ctx.progress(1, 3);
      await ctx.progress(2, 3);
      await ctx.checkpoint("two");
      seen = await readRunOrFail(sql, ctx.runId);
    });

    assertEquals(seen!.progress, { done: 2, total: 3 });
    assertEquals(seen!.checkpoint, { value: "two", each: [] });
  },
);

databaseTest("a transaction inside another is refused", async ({ sql }) => {
  await perform(sql, async (ctx) => {
    await ctx.transaction(async () => {
      await ctx.transaction((tx) => tx`select 1`);
    });
  }, { policies: { retries: 0 } });

  assertStringIncludes(
    (await readOnlyRun(sql)).error_message!,
    "Cannot open a transaction inside another one",
  );
});

databaseTest("a transaction gives back what its work returned", async ({ sql }) => {
  await perform(sql, async (ctx) => {
    const [{ n }] = await ctx.transaction((tx) => tx<{ n: number }[]>`select 41 + 1 as n`);
    return { n };
  });

  assertEquals((await readOnlyRun(sql)).result_json, { n: 42 });
});

databaseTest(
  "a run that is cancelled in the middle cannot commit afterwards",
  withNotes(async ({ sql, connect }) => {
    await insertSchedule(sql, { next_run_at: at("12:00") });
    const other = connect();
    const refused = Promise.withResolvers<unknown>();
    const jobs = [fakeJob({
      async run(ctx) {
        await other`
          update job_runs
          set status = 'cancelled', finished_at = ${START}, lease_expires_at = null`;
        await ctx.transaction((tx) => tx`insert into notes values ('too late')`)
          .catch(refused.resolve);
      },
    })];
    await using test = openTestEngine(sql, { jobs, clock: new ManualClock(START) });

    await test.engine.requestRun("hourly", { triggeredBy: "cli" });
    await test.engine.idle();

    assert(await refused.promise instanceof LostRunError);
    assertEquals(await notesIn(sql), []);
    assertEquals((await readOnlyRun(sql)).status, "cancelled");
  }),
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "a cancel waits for the handler's open transaction, which commits whole",
  async ({ sql, connect }) => {
    await sql`create table notes (text text primary key)`;
    await insertSchedule(sql, { next_run_at: at("12:00") });
    const inside = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    const jobs = [fakeJob({
      async run(ctx) {
        await ctx.transaction(async (tx) => {
          await tx`insert into notes values ('whole')`;
          inside.resolve();
          await goOn.promise;
          await ctx.checkpoint("whole");
        });
        await cancelled.promise;
      },
    })];
    await using test = openTestEngine(sql, { jobs, clock: new ManualClock(START) });
    await using other = openTestEngine(connect(), { jobs, clock: new ManualClock(START) });
    const { id } = await test.engine.requestRun("hourly", { triggeredBy: "cli" });
    await inside.promise;

    const cancelling = other.engine.cancelRun(id, "operator");
    await blocked(sql);
    assertEquals(await notesIn(sql), []);

    goOn.resolve();
    await cancelling;
    cancelled.resolve();
    await test.engine.idle();
    assertEquals(await notesIn(sql), ["whole"]);
    const run = await readRunOrFail(sql, id);
    assertEquals([run.status, run.checkpoint], ["cancelled", { value: "whole", each: [] }]);
  },
);

databaseTest(
  "a dry run writes nothing and says what it would have changed, by table",
  withNotes(async ({ sql }) => {
    await sql`insert into notes values ('old'), ('older')`;
    await perform(sql, async (ctx) => {
      await ctx.transaction(async (tx) => {
        await tx`insert into notes values ('new')`;
        await tx`update notes set text = text || '!' where text = 'old'`;
      });
      await ctx.transaction((tx) => tx`delete from notes`);
      return { seen: ctx.dryRun };
    }, { dryRun: true });

    const run = await readOnlyRun(sql);
    assertEquals(run.result_json, {
      dry_run: true,
      would_change: { notes: { inserted: 1, updated: 1, deleted: 2 } },
      would_send: [],
      result: { seen: true },
    });
    assertEquals(await notesIn(sql), ["old", "older"]);
  }),
);

databaseTest(
  "a dry run counts only its own work, and forgets a transaction that failed",
  withNotes(async ({ sql }) => {
    await perform(sql, async (ctx) => {
      await ctx.transaction((tx) => tx`insert into notes values ('a')`);
      await ctx.transaction(async (tx) => {
        await tx`insert into notes values ('b'), ('c')`;
        throw new Error("no");
      }).catch(() => {});
      await ctx.transaction((tx) => tx`insert into notes values ('d')`);
    }, { dryRun: true });

    const { would_change } = (await readOnlyRun(sql)).result_json as Record<string, Json>;
    assertEquals(would_change, { notes: { inserted: 2, updated: 0, deleted: 0 } });
  }),
);

databaseTest(
  "a dry run counts the rows that a TRUNCATE or a DROP would remove",
  withNotes(async ({ sql }) => {
    await sql`insert into notes values ('old'), ('older')`;
    await sql`create table "Old ones" as select text from notes limit 1`;
    await sql`create table untouched as select text from notes`;
    await perform(sql, async (ctx) => {
      await ctx.transaction(async (tx) => {
        await tx`insert into notes values ('lost')`;
        await tx`create table passing as select 1 as one`;
        await tx`truncate passing`;
        await tx`truncate notes`;
        await tx`insert into notes values ('new')`;
        await tx`drop table "Old ones"`;
      });
      await ctx.transaction((tx) => tx`delete from notes where text = 'old'`);
    }, { dryRun: true });

    const { would_change } = (await readOnlyRun(sql)).result_json as Record<string, Json>;
    assertEquals(would_change, {
      "Old ones": { inserted: 0, updated: 0, deleted: 1 },
      notes: { inserted: 1, updated: 0, deleted: 3 },
    });
    assertEquals(await notesIn(sql), ["old", "older"]);
  }),
);

databaseTest("a dry run that was tried again begins at the beginning", async ({ sql }) => {
  const found: unknown[] = [];
  await perform(sql, async (ctx) => {
    found.push(ctx.lastCheckpoint);
    await ctx.checkpoint("somewhere");
    if (ctx.attempt === 1) throw new Error("again");
  }, { dryRun: true });

  assertEquals(found, [null, null]);
});

databaseTest("a dry run is not counted in the job's figures", async ({ sql }) => {
  await perform(sql, () => Promise.resolve(), { dryRun: true });

  assertEquals((await sql`select from job_stats`).length, 0);
});

/** A server on loopback that counts the requests it gets. */
function startServer() {
  const requests: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return new Response("pong");
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { url, requests, [Symbol.asyncDispose]: () => server.shutdown() };
}

databaseTest("ctx.fetch() sends", async ({ sql }) => {
  await using server = startServer();
  await perform(sql, async (ctx) => {
    const response = await ctx.fetch(`${server.url}/send`, { method: "POST", body: "ping" });
    return { status: response.status, body: await response.text() };
  });

  assertEquals((await readOnlyRun(sql)).result_json, { status: 200, body: "pong" });
  assertEquals(server.requests, ["POST /send"]);
});

databaseTest(
  "in a dry run ctx.fetch() sends what only reads, and notes the rest without its query",
  async ({ sql }) => {
    await using server = startServer();
    await perform(sql, async (ctx) => {
      const { url } = server;
      await (await ctx.fetch(`${url}/read`)).text();
      await ctx.fetch(new URL(`${url}/head`), { method: "head" });
      await (await ctx.fetch(`${url}/question`, { method: "POST", readOnly: true })).text();
      const withheld = await ctx.fetch(`${url}/send?key=secret`, { method: "post" });
      await ctx.fetch(`${url}/get-that-changes`, { readOnly: false });
      return { status: withheld.status };
    }, { dryRun: true });

    assertEquals(server.requests, ["GET /read", "HEAD /head", "POST /question"]);
    const result = (await readOnlyRun(sql)).result_json as Record<string, Json>;
    assertEquals(result.would_send, [
      { method: "POST", url: `${server.url}/send` },
      { method: "GET", url: `${server.url}/get-that-changes` },
    ]);
    assertEquals(result.result, { status: 204 });
  },
);

databaseTest("ctx.fetch() inside a transaction is refused", async ({ sql }) => {
  await perform(sql, async (ctx) => {
    await ctx.transaction(() => ctx.fetch("http://127.0.0.1:1/never"));
  }, { policies: { retries: 0 } });

  assertStringIncludes(
    (await readOnlyRun(sql)).error_message!,
    "Cannot fetch inside a transaction",
  );
});

databaseTest("ctx.fetch() ends with the run's signal", async ({ sql }) => {
  const reached = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    reached.resolve();
    return answer.promise;
  });
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const ended = Promise.withResolvers<unknown>();
  const jobs = [fakeJob({
    run: async (ctx) => {
      await ctx.fetch(url).catch(ended.resolve);
    },
  })];
  await using test = openTestEngine(sql, { jobs, clock: new ManualClock(START) });
  const { id } = await test.engine.requestRun("hourly", { triggeredBy: "cli" });
  await reached.promise;

  await test.engine.cancelRun(id, "operator");

  assertStringIncludes((await ended.promise as Error).message, "cancelled");
  answer.resolve(new Response());
});

/** Resolves when some session waits for a lock of another. */
function blocked(sql: Sql): Promise<void> {
  return until("a session waits for a lock", async () => {
    const waiting = await sql`
      select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    return waiting.length > 0;
  });
}
