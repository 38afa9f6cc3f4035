import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Json, Sql, Tx } from "../../lib/db/sql.ts";
import type { ForEachOptions, ItemSource, JobContext, Policies } from "../../lib/job.ts";
import type { RunRow } from "../../lib/run.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  HeldHandler,
  openTestEngine,
  readAttempts,
  readOnlyRun,
  readRuns,
  type TestEngine,
} from "../support/engine.ts";
import { at, insertRun, insertSchedule, START } from "../support/factories.ts";

const AT_ONCE: Partial<Policies> = { backoff: { firstMs: 0, maxMs: 0, spread: 0 } };

/** The numbers from 1 to `last`, and which pages of them were read. */
function numbers(last: number): ItemSource<number> & { pages: [Json, number][] } {
  const pages: [Json, number][] = [];
  return {
    pages,
    read(after, limit) {
      pages.push([after, limit]);
      const from = (after as number ?? 0) + 1;
      const count = Math.max(0, Math.min(limit, last - from + 1));
      return Promise.resolve(Array.from({ length: count }, (_, n) => from + n));
    },
    cursor: (item) => item,
    key: (item) => `item ${String(item).padStart(5, "0")}`,
    only: (keys) => Promise.resolve(keys.map((key) => Number(key.slice(5)))),
    count: () => Promise.resolve(last),
  };
}

/** Writes each item to `done`, once or it fails. */
async function writeDone(items: number[], tx: Tx): Promise<{ written: number }> {
  await tx`insert into done select * from unnest(${items}::int[])`;
  return { written: items.length };
}

async function openTable(sql: Sql): Promise<void> {
  await sql`create table done (item int primary key)`;
}

async function doneIn(sql: Sql): Promise<number[]> {
  return (await sql<{ item: number }[]>`select item from done order by item`)
    .map(({ item }) => item);
}

async function itemsOf(sql: Sql, runId: string) {
  return [
    ...await sql<{ item: string; status: string; error: string | null }[]>`
      select item, status, error from run_items where run_id = ${runId} order by walk, item`,
  ];
}

/** An engine with one job that does `work`, whose row is not due. */
async function openJob(
  sql: Sql,
  work: (ctx: JobContext) => Promise<Json | void>,
  policies: Partial<Policies> = AT_ONCE,
): Promise<TestEngine> {
  await insertSchedule(sql, { next_run_at: at("12:00") });
  const jobs = [fakeJob({ run: work, policies })];
  return openTestEngine(sql, { jobs, clock: new ManualClock(START) });
}

/** Requests one run and waits until all of its attempts have ended. */
async function perform(test: TestEngine, request = {}): Promise<RunRow> {
  const { id } = await test.engine.requestRun("hourly", { triggeredBy: "cli", ...request });
  await test.engine.idle();
  return (await readRuns(test.sql)).find((run) => run.id === id)!;
}

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

databaseTest(
  "all items are gone through in batches, and their counts are summed",
  async ({ sql }) => {
    await openTable(sql);
    const source = numbers(25);
    const batches: number[] = [];
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(source, async (items, tx) => {
          batches.push(items.length);
          return { ...await writeDone(items, tx), batches: 1 };
        }, { batchSize: 10 }),
    );

    const run = await perform(test);

    assertEquals(batches, [10, 10, 5]);
    assertEquals(source.pages, [[null, 10], [10, 10], [20, 10], [25, 10]]);
    assertEquals(run.result_json, { written: 25, batches: 3, total: 25, done: 25, failed: 0 });
    assertEquals([run.items_done, run.items_failed], [25, 0]);
    assertEquals(run.progress, { done: 25, total: 25 });
    assertEquals(await doneIn(sql), range(1, 25));
  },
);

databaseTest("a source without items is gone through at once", async ({ sql }) => {
  await using test = await openJob(
    sql,
    async (ctx) => await ctx.forEach(numbers(0), () => Promise.resolve()),
  );

  assertEquals((await perform(test)).result_json, { total: 0, done: 0, failed: 0 });
});

databaseTest("a source that cannot be counted has progress without a total", async ({ sql }) => {
  const { count: _, ...source } = numbers(3);
  await using test = await openJob(
    sql,
    async (ctx) => await ctx.forEach(source, () => Promise.resolve(), { batchSize: 2 }),
  );

  assertEquals((await perform(test)).progress, { done: 3, total: null });
});

databaseTest(
  "a bad item is found by halving, recorded, and costs no other item",
  async ({ sql }) => {
    await openTable(sql);
    const sizes: number[] = [];
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(16), async (items, tx) => {
          sizes.push(items.length);
          const counts = await writeDone(items, tx);
          if (items.includes(11)) {
            throw new Error("user 11 has no words");
          }
          return counts;
        }, { batchSize: 16 }),
      { minSuccessRate: 0.9 },
    );

    const run = await perform(test);

    assertEquals(sizes, [16, 8, 8, 4, 2, 2, 1, 1, 4]);
    assertEquals(
      await doneIn(sql),
      range(1, 16).filter((item) => item !== 11),
    );
    assertEquals(await itemsOf(sql, run.id), [
      { item: "item 00011", status: "failed", error: "user 11 has no words" },
    ]);
    assertEquals(run.status, "success");
    assertEquals(run.result_json, { written: 15, total: 16, done: 15, failed: 1 });
    assertEquals([run.items_done, run.items_failed, run.progress], [15, 1, {
      done: 16,
      total: 16,
    }]);
  },
);

databaseTest(
  "7 bad users of 1,000 are listed with their errors, and 993 are done",
  async ({ sql }) => {
    await openTable(sql);
    const bad = [3, 100, 101, 499, 500, 777, 1_000];
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(1_000), async (items, tx) => {
          const found = items.find((item) => bad.includes(item));
          if (found !== undefined) throw new Error(`user ${found} is broken`);
          return await writeDone(items, tx);
        }, { batchSize: 250 }),
    );

    const run = await perform(test);

    assertEquals(await doneIn(sql), range(1, 1_000).filter((item) => !bad.includes(item)));
    assertEquals(
      (await itemsOf(sql, run.id)).map(({ item, error }) => [item, error]),
      bad.map((user) => [`item ${String(user).padStart(5, "0")}`, `user ${user} is broken`]),
    );
    assertEquals([run.status, run.items_done, run.items_failed], ["success", 993, 7]);
  },
);

databaseTest("a database error of one item is that item's alone", async ({ sql }) => {
  await openTable(sql);
  await sql`insert into done values (5)`;
  await using test = await openJob(
    sql,
    async (ctx) => await ctx.forEach(numbers(8), writeDone),
    { minSuccessRate: 0.5 },
  );

  const run = await perform(test);

  assertEquals(await doneIn(sql), range(1, 8));
  const [item] = await itemsOf(sql, run.id);
  assertEquals(item.item, "item 00005");
  assertStringIncludes(item.error!, "duplicate key");
});

databaseTest("an item whose statement cannot reach another server fails alone", async ({ sql }) => {
  await openTable(sql);
  await using test = await openJob(sql, async (ctx) => {
    await ctx.forEach(numbers(5), async (items, tx) => {
      if (items.includes(3)) {
        await tx`do $$ begin raise 'no connection to "branch_3"' using errcode = '08001'; end $$`;
      }
      await writeDone(items, tx);
    });
  }, { ...AT_ONCE, retries: 0, minSuccessRate: 0 });
  const run = await perform(test);
  assertEquals([run.status, run.items_done, run.items_failed], ["success", 4, 1]);
  assertEquals(await doneIn(sql), [1, 2, 4, 5]);
  assertEquals((await itemsOf(sql, run.id)).map(({ item, error }) => [item, error]), [
    ["item 00003", 'no connection to "branch_3"'],
  ]);
});

databaseTest("an item whose name and error hold NUL is recorded without", async ({ sql }) => {
  const source = { ...numbers(2), key: (item: number) => `user\0${item}` };
  await using test = await openJob(sql, async (ctx) =>
    await ctx.forEach(source, (items) => {
      if (items.includes(2)) throw new Error("bad byte \0");
      return Promise.resolve();
    }), { minSuccessRate: 0 });

  const run = await perform(test);

  assertEquals(await itemsOf(sql, run.id), [
    { item: "user2", status: "failed", error: "bad byte " },
  ]);
});

databaseTest(
  "under the wanted success rate the run has failed, and keeps its counts",
  async ({ sql }) => {
    await using test = await openJob(sql, async (ctx) =>
      await ctx.forEach(numbers(10), (items) => {
        if (items.some((item) => item <= 2)) throw new Error("no");
        return Promise.resolve();
      }));

    const run = await perform(test);

    assertEquals([run.status, run.reason, run.attempt], ["failed", "items", 1]);
    assertStringIncludes(run.error_message!, "2 of 10 items failed");
    assertEquals(run.result_json, { total: 10, done: 8, failed: 2 });
  },
);

databaseTest(
  "an attempt that was ended half-way is continued without redoing the first half",
  async ({ sql, connect }) => {
    await openTable(sql);
    const clock = new ManualClock(START);
    await insertSchedule(sql);
    const handled: number[] = [];
    const held = new HeldHandler();
    const job = fakeJob({
      async run(ctx) {
        return await ctx.forEach(numbers(100), async (items, tx) => {
          if (ctx.attempt === 1 && items[0] === 51) await held.run(ctx);
          handled.push(...items);
          return await writeDone(items, tx);
        }, { batchSize: 10 });
      },
    });
    await using first = openTestEngine(sql, { clock, jobs: [job] });
    const ticking = first.engine.tick("timer");
    await held.next();

    await Promise.all([ticking, first.engine.stop()]);
    const halfWay = await readOnlyRun(sql);
    assertEquals([halfWay.status, halfWay.items_done], ["pending", 50]);
    await using second = openTestEngine(connect(), { clock, jobs: [job] });
    await second.tickAndWait();

    const run = await readOnlyRun(sql);
    assertEquals(handled, range(1, 100));
    // The first engine may have claimed it once more before it had stopped.
    assertEquals([run.status, run.attempt, run.items_done], [
      "success",
      halfWay.attempt + 1,
      100,
    ]);
    assertEquals(run.result_json, { written: 100, total: 100, done: 100, failed: 0 });
    assertEquals(run.progress, { done: 100, total: 100 });
  },
);

databaseTest(
  "a handler that fails after its items does not go through them again",
  async ({ sql }) => {
    const handled: number[] = [];
    await using test = await openJob(sql, async (ctx) => {
      const totals = await ctx.forEach(numbers(5), (items) => {
        handled.push(...items);
        return Promise.resolve({ seen: items.length });
      });
      if (ctx.attempt === 1) throw new Error("the report could not be written");
      return totals;
    });

    const run = await perform(test);

    assertEquals(handled, range(1, 5));
    assertEquals(run.result_json, { seen: 5, total: 5, done: 5, failed: 0 });
  },
);

databaseTest(
  "several forEach of one handler stand apart, and are continued where each was",
  async ({ sql }) => {
    const handled: string[] = [];
    const walk = (ctx: JobContext, name: string, fails = false) =>
      ctx.forEach(numbers(4), (items) => {
        if (fails && items[0] === 3) throw new DOMException("ended", "AbortError");
        handled.push(`${name}${items}`);
        return Promise.resolve();
      }, { batchSize: 2 });
    await using test = await openJob(sql, async (ctx) => {
      await walk(ctx, "a");
      await walk(ctx, "b");
      if (ctx.attempt === 1) throw new Error("between");
      return await walk(ctx, "c");
    });

    const run = await perform(test);

    assertEquals(handled, ["a1,2", "a3,4", "b1,2", "b3,4", "c1,2", "c3,4"]);
    assertEquals([run.items_done, run.result_json], [12, { total: 4, done: 4, failed: 0 }]);
  },
);

databaseTest(
  "the handler's own checkpoint and forEach's do not overwrite each other",
  async ({ sql }) => {
    const found: unknown[] = [];
    const handled: number[] = [];
    await using test = await openJob(sql, async (ctx) => {
      found.push(ctx.lastCheckpoint);
      await ctx.checkpoint(`attempt ${ctx.attempt}`);
      await ctx.forEach(numbers(4), async (items) => {
        handled.push(...items);
        await ctx.checkpoint(`items ${items}`);
      }, { batchSize: 2 });
      if (ctx.attempt === 1) throw new Error("again");
    });

    await perform(test);

    assertEquals(found, [null, "items 3,4"]);
    assertEquals(handled, range(1, 4));
  },
);

databaseTest(
  "what is prepared is handed to the batch, outside of its transaction",
  async ({ sql }) => {
    await openTable(sql);
    const options: ForEachOptions<number, string> = {
      batchSize: 2,
      prepare: (items) => Promise.resolve(`for ${items}`),
    };
    const got: string[] = [];
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(4), async (items, tx, prepared) => {
          got.push(prepared);
          return await writeDone(items, tx);
        }, options),
    );

    await perform(test);

    assertEquals(got, ["for 1,2", "for 3,4"]);
  },
);

databaseTest("an item that cannot be prepared fails alone", async ({ sql }) => {
  await openTable(sql);
  const prepare = (items: number[]) =>
    items.includes(3) ? Promise.reject(new Error("the model does not answer")) : Promise.resolve();
  await using test = await openJob(
    sql,
    async (ctx) => await ctx.forEach(numbers(4), writeDone, { prepare }),
    { minSuccessRate: 0.5 },
  );

  const run = await perform(test);

  assertEquals(await doneIn(sql), [1, 2, 4]);
  assertEquals((await itemsOf(sql, run.id)).map(({ item, error }) => [item, error]), [
    ["item 00003", "the model does not answer"],
  ]);
});

databaseTest(
  "a lost connection of the handler's own is no item's fault: the run is tried again from its last batch",
  async ({ sql }) => {
    await openTable(sql);
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(6), async (items, tx) => {
          const counts = await writeDone(items, tx);
          if (ctx.attempt === 1 && items[0] === 3) {
            throw Object.assign(new Error("terminating connection"), { code: "57P01" });
          }
          return counts;
        }, { batchSize: 2 }),
    );

    const run = await perform(test);

    assertEquals([run.status, run.attempt, run.failures, run.items_failed], ["success", 2, 1, 0]);
    assertEquals(await itemsOf(sql, run.id), []);
    assertEquals(await doneIn(sql), range(1, 6));
  },
);

/** A pool on which the ends of some transactions, counted from 1, are lost: before they are carried out, or after. */
function losingEnds(sql: Sql, lost: Record<number, "before" | "after">): Sql {
  let begun = 0;
  const cut = () => Object.assign(new Error("cut"), { code: "CONNECTION_CLOSED" });
  return new Proxy(sql, {
    get(target, name) {
      if (name !== "begin") return Reflect.get(target, name);
      return async (work: (tx: Tx) => Promise<unknown>) => {
        const when = lost[++begun];
        const ended = target.begin(async (tx) => {
          const value = await work(tx);
          if (when === "before") throw cut();
          return value;
        });
        if (when !== "after") return await ended;
        await ended.catch(() => {});
        throw cut();
      };
    },
  });
}

for (
  const [what, when, handlings] of [
    ["whose commit is lost on its way is done again", "before", [1, 3, 3, 5, 5]],
    ["that was committed unheard of is not done again", "after", [1, 3, 5]],
  ] as const
) {
  databaseTest(`a batch ${what}, in the same attempt`, async ({ sql }) => {
    await openTable(sql);
    const firsts: number[] = [];
    const found: Json[] = [];
    await using test = await openJob(
      losingEnds(sql, when === "before" ? { 2: when, 4: when } : { 2: when, 3: when }),
      async (ctx) => {
        const totals = await ctx.forEach(numbers(6), async (items, tx) => {
          firsts.push(items[0]);
          await ctx.checkpoint(`after ${items}`);
          return await writeDone(items, tx);
        }, { batchSize: 2, prepare: (items) => Promise.resolve(found.push(items[0])) });
        return totals;
      },
      { retries: 0 },
    );

    const run = await perform(test);

    assertEquals([run.status, run.attempt, run.failures], ["success", 1, 0]);
    assertEquals(firsts, [...handlings]);
    assertEquals(found, [1, 3, 5]);
    assertEquals(await doneIn(sql), range(1, 6));
    assertEquals(run.result_json, { written: 6, total: 6, done: 6, failed: 0 });
    assertEquals([run.items_done, run.items_failed], [6, 0]);
    assertEquals(run.progress, { done: 6, total: 6 });
    assertEquals((run.checkpoint as { value: Json }).value, "after 5,6");
    assertStringIncludes(test.log.text, "The database is back");
  });

  databaseTest(`a bad item whose record is lost (${when}) is counted once`, async ({ sql }) => {
    await using test = await openJob(
      // 1: the batch, 2: its bad item alone, 3: its record.
      losingEnds(sql, { 3: when }),
      async (ctx) =>
        await ctx.forEach(numbers(2), (items) => {
          if (items.includes(1)) throw new Error("1 is bad");
          return Promise.resolve();
        }),
      { retries: 0, minSuccessRate: 0.5 },
    );

    const run = await perform(test);

    assertEquals([run.status, run.items_done, run.items_failed], ["success", 1, 1]);
    assertEquals((await itemsOf(sql, run.id)).map(({ error }) => error), ["1 is bad"]);
  });
}

databaseTest("a dry run's batch whose rollback is lost is counted once", async ({ sql }) => {
  await openTable(sql);
  await using test = await openJob(
    losingEnds(sql, { 2: "after" }),
    async (ctx) => await ctx.forEach(numbers(6), writeDone, { batchSize: 2 }),
    { retries: 0 },
  );

  const run = await perform(test, { dryRun: true });

  assertEquals([run.status, run.attempt, run.items_done], ["success", 1, 6]);
  const { would_change } = run.result_json as { would_change: Json };
  assertEquals(would_change, { done: { inserted: 6, updated: 0, deleted: 0 } });
});

databaseTest(
  "a batch whose end is lost is not done again when the run was taken away meanwhile",
  async ({ sql }) => {
    await openTable(sql);
    const handled: number[] = [];
    let calls = 0;
    const lost = losingEnds(sql, { 1: "before" });
    await using test = await openJob(
      new Proxy(lost, {
        apply(target, self, args: [TemplateStringsArray]) {
          const made = () => Reflect.apply(target, self, args);
          // What reads back how far the run is comes after another process has taken it.
          if (!Array.isArray(args[0]) || !args[0].join("").includes("select checkpoint")) {
            return made();
          }
          calls++;
          return sql`
            update job_runs set attempt = attempt + 1, checkpoint = null where id is not null`
            .then(made);
        },
      }),
      async (ctx) =>
        await ctx.forEach(numbers(2), async (items, tx) => {
          handled.push(...items);
          return await writeDone(items, tx);
        }),
    );

    const { status, attempt } = await perform(test);

    assertEquals([status, attempt, calls], ["running", 2, 1]);
    assertEquals([handled, await doneIn(sql)], [[1, 2], []]);
  },
);

databaseTest.onlyPostgres("nobody can cut a session of the embedded database")(
  "a session that is cut under a batch costs neither the attempt nor an item",
  async ({ sql }) => {
    await openTable(sql);
    let cuts = 0;
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(6), async (items, tx) => {
          const counts = await writeDone(items, tx);
          if (items[0] === 3 && cuts++ < 2) await tx`select pg_terminate_backend(pg_backend_pid())`;
          return counts;
        }, { batchSize: 2 }),
      { retries: 0 },
    );

    const run = await perform(test);

    assertEquals([run.status, run.attempt, run.items_done, cuts], ["success", 1, 6, 3]);
    assertEquals(await doneIn(sql), range(1, 6));
    assertEquals(await itemsOf(sql, run.id), []);
  },
);

for (const name of ["read", "prepare"] as const) {
  databaseTest.onlyPostgres("nobody can cut a session of the embedded database")(
    `a session that is cut while a batch is being made ready (${name}) does not cost the attempt`,
    async ({ sql }) => {
      await openTable(sql);
      let cuts = 0;
      const cutAt = async (place: string, item: number) => {
        if (place === name && item === 3 && cuts++ === 0) {
          await sql`select pg_terminate_backend(pg_backend_pid())`;
        }
      };
      const source = numbers(4);
      await using test = await openJob(
        sql,
        async (ctx) =>
          await ctx.forEach(
            {
              ...source,
              async read(after, limit) {
                await cutAt("read", Number(after ?? 0) + 1);
                return await source.read(after, limit);
              },
            },
            writeDone,
            { batchSize: 2, prepare: (items) => cutAt("prepare", items[0]) },
          ),
        { retries: 0 },
      );

      const run = await perform(test);

      assertEquals([run.status, run.items_done, cuts], ["success", 4, 2]);
      assertEquals(await doneIn(sql), range(1, 4));
    },
  );
}

databaseTest(
  "a batch that lost against another transaction is tried again whole",
  async ({ sql }) => {
    await openTable(sql);
    const sizes: number[] = [];
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(4), async (items, tx) => {
          sizes.push(items.length);
          const counts = await writeDone(items, tx);
          if (sizes.length === 1) {
            await tx`do $$ begin raise sqlstate '40001'; end $$`;
          }
          if (sizes.length === 2) await tx`do $$ begin raise sqlstate '40P01'; end $$`;
          return counts;
        }),
    );

    const run = await perform(test);

    assertEquals(sizes, [4, 4, 4]);
    assertEquals(run.result_json, { written: 4, total: 4, done: 4, failed: 0 });
  },
);

databaseTest(
  "a cancelled run stops between its batches and records nothing more",
  async ({ sql }) => {
    await openTable(sql);
    const reached = Promise.withResolvers<string>();
    const goOn = Promise.withResolvers<void>();
    const handled: number[] = [];
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(10), async (items, tx) => {
          handled.push(...items);
          return await writeDone(items, tx);
        }, {
          batchSize: 2,
          async prepare(items) {
            if (items[0] !== 5) {
              return;
            }
            reached.resolve(ctx.runId);
            await goOn.promise;
          },
        }),
    );
    const performing = perform(test);

    await test.engine.cancelRun(await reached.promise, "operator");
    goOn.resolve();
    const run = await performing;
    await test.engine.idle();

    assertEquals([run.status, run.items_done, run.items_failed], ["cancelled", 4, 0]);
    assertEquals(handled, range(1, 4));
    assertEquals(await itemsOf(sql, run.id), []);
  },
);

databaseTest(
  "a retry of the failed items goes through them alone, and says which it has done",
  async ({ sql }) => {
    await openTable(sql);
    let broken = [3, 5, 7];
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(9), async (items, tx) => {
          const found = items.find((item) => broken.includes(item));
          if (found !== undefined) throw new Error(`${found} is broken`);
          return await writeDone(items, tx);
        }),
      { minSuccessRate: 0.5 },
    );
    const failed = await perform(test);
    broken = [5];

    const { id } = await test.engine.retryRun(failed.id, {
      triggeredBy: "operator",
      failedItemsOnly: true,
    });
    await test.engine.idle();

    const retry = (await readRuns(sql)).find((run) => run.id === id)!;
    assertEquals([retry.trigger, retry.retry_of, retry.status], ["retry", failed.id, "success"]);
    assertEquals(retry.result_json, { written: 2, total: 3, done: 2, failed: 1 });
    assertEquals(retry.progress, { done: 3, total: 3 });
    assertEquals(await itemsOf(sql, id), [
      { item: "item 00003", status: "success", error: null },
      { item: "item 00005", status: "failed", error: "5 is broken" },
      { item: "item 00007", status: "success", error: null },
    ]);
    assertEquals(await doneIn(sql), [1, 2, 3, 4, 6, 7, 8, 9]);
  },
);

databaseTest("a retry of failed items that was ended half-way is continued", async ({ sql }) => {
  const handled: string[] = [];
  await using test = await openJob(sql, async (ctx) => {
    const isRetry = handled.length > 0 || ctx.attempt > 1;
    return await ctx.forEach(numbers(6), (items) => {
      if (!isRetry) throw new Error("all are broken");
      if (ctx.attempt === 1 && items.includes(4)) {
        throw Object.assign(new Error("away"), { code: "ECONNRESET" });
      }
      handled.push(`${ctx.attempt}:${items}`);
      return Promise.resolve();
    }, { batchSize: 2 });
  }, { ...AT_ONCE, minSuccessRate: 0 });
  const failed = await perform(test);
  assertEquals(failed.items_failed, 6);
  handled.push("retry");

  await test.engine.retryRun(failed.id, { triggeredBy: "cli", failedItemsOnly: true });
  await test.engine.idle();

  assertEquals(handled, ["retry", "1:1,2", "2:3,4", "2:5,6"]);
});

databaseTest("failed items that are gone meanwhile are left out of a retry", async ({ sql }) => {
  let isBroken = true;
  const source = {
    ...numbers(4),
    only: (keys: string[]) => Promise.resolve(keys.length > 0 ? [2, 4] : []),
  };
  await using test = await openJob(sql, async (ctx) =>
    await ctx.forEach(source, () => {
      if (isBroken) throw new Error("broken");
      return Promise.resolve();
    }), { minSuccessRate: 0 });
  const failed = await perform(test);
  isBroken = false;

  const { id } = await test.engine.retryRun(failed.id, {
    triggeredBy: "cli",
    failedItemsOnly: true,
  });
  await test.engine.idle();

  assertEquals((await itemsOf(sql, id)).map(({ item }) => item), ["item 00002", "item 00004"]);
});

databaseTest(
  "an item that failed in both of two forEach, and does in the first again, has each told in a retry's list",
  async ({ sql }) => {
    let isBroken = true;
    await using test = await openJob(sql, async (ctx) => {
      await ctx.forEach(numbers(2), () => {
        if (isBroken || ctx.attempt > 0) throw new Error("the first walk fails");
        return Promise.resolve();
      });
      await ctx.forEach(numbers(2), () => {
        if (isBroken) throw new Error("both fail at first");
        return Promise.resolve();
      });
    }, { minSuccessRate: 0 });
    const failed = await perform(test);
    isBroken = false;

    const { id } = await test.engine.retryRun(failed.id, {
      triggeredBy: "cli",
      failedItemsOnly: true,
    });
    await test.engine.idle();

    const statuses = async (runId: string) =>
      (await itemsOf(sql, runId)).map(({ status }) => status);
    assertEquals(await statuses(failed.id), ["failed", "failed", "failed", "failed"]);
    assertEquals(await statuses(id), ["failed", "failed", "success", "success"]);
  },
);

databaseTest(
  "a retry does what failed in the second forEach there alone, and nothing again in the first",
  async ({ sql }) => {
    await openTable(sql);
    let isBroken = true;
    const mailed: number[] = [];
    await using test = await openJob(sql, async (ctx) => {
      await ctx.forEach(numbers(3), writeDone);
      return await ctx.forEach(numbers(3), (items) => {
        if (isBroken && items.includes(2)) throw new Error("the mail bounced");
        mailed.push(...items);
        return Promise.resolve();
      });
    }, { minSuccessRate: 0 });
    const failed = await perform(test);
    isBroken = false;
    await sql`delete from done`;

    const { id } = await test.engine.retryRun(failed.id, {
      triggeredBy: "cli",
      failedItemsOnly: true,
    });
    await test.engine.idle();

    const retry = (await readRuns(sql)).find((run) => run.id === id)!;
    assertEquals([await doneIn(sql), mailed], [[], [1, 3, 2]]);
    assertEquals([retry.status, retry.items_done, retry.items_failed], ["success", 1, 0]);
    assertEquals(retry.result_json, { total: 1, done: 1, failed: 0 });
  },
);

databaseTest(
  "the failed items of a retry are read a page at a time, and known in number from the start",
  async ({ sql }) => {
    let isBroken = true;
    const pages: number[] = [];
    const totals: unknown[] = [];
    const source: ItemSource<number> = {
      ...numbers(7),
      only: async (keys) => {
        pages.push(keys.length);
        totals.push(((await readRuns(sql)).find(({ trigger }) => trigger === "retry"))!.progress);
        return keys.map((key) => Number(key.slice(5)));
      },
    };
    await using test = await openJob(sql, async (ctx) =>
      await ctx.forEach(source, (items) => {
        if (isBroken || items.includes(4)) throw new Error("broken");
        return Promise.resolve();
      }, { batchSize: 3 }), { minSuccessRate: 0 });
    const failed = await perform(test);
    isBroken = false;

    const { id } = await test.engine.retryRun(failed.id, {
      triggeredBy: "cli",
      failedItemsOnly: true,
    });
    await test.engine.idle();

    assertEquals(pages, [3, 3, 1]);
    assertEquals(totals, [0, 3, 6].map((done) => ({ done, total: 7 })));
    const retry = (await readRuns(sql)).find((run) => run.id === id)!;
    assertEquals(retry.result_json, { total: 7, done: 6, failed: 1 });
  },
);

databaseTest(
  "a retry of failed items whose run is deleted meanwhile does none",
  async ({ sql }) => {
    const handled: number[] = [];
    await using test = await openJob(sql, async (ctx) =>
      await ctx.forEach(numbers(2), (items) => {
        handled.push(...items);
        return Promise.resolve();
      }), { ...AT_ONCE, retries: 0 });
    const { id } = await insertRun(sql, {
      trigger: "retry",
      scheduled_for: null,
      as_of: START,
      failed_items_only: true,
    });

    await test.tickAndWait();

    const retry = (await readRuns(sql)).find((run) => run.id === id)!;
    assertEquals([handled, retry.status], [[], "failed"]);
    assertStringIncludes(retry.error_message!, "deleted");
  },
);

databaseTest("failed items whose names hold NUL are done again in their order", async ({ sql }) => {
  let isBroken = true;
  const handled: number[][] = [];
  const source: ItemSource<number> = {
    ...numbers(4),
    key: (item) => `user\0${item}`,
    only: (keys) => Promise.resolve(keys.map((key) => Number(key.slice(4))).reverse()),
  };
  await using test = await openJob(sql, async (ctx) =>
    await ctx.forEach(source, (items) => {
      if (isBroken) throw new Error("broken");
      handled.push(items);
      return Promise.resolve();
    }, { batchSize: 2 }), { minSuccessRate: 0 });
  const failed = await perform(test);
  isBroken = false;

  await test.engine.retryRun(failed.id, { triggeredBy: "cli", failedItemsOnly: true });
  await test.engine.idle();

  assertEquals(handled, [[1, 2], [3, 4]]);
});

databaseTest("a poison item of one night leaves the next night's run alone", async ({ sql }) => {
  await openTable(sql);
  let night = 0;
  await using test = await openJob(
    sql,
    async (ctx) =>
      await ctx.forEach(numbers(10), async (items, tx) => {
        if (items.includes(4)) throw new Error("poison");
        await tx`delete from done where item = any(${items})`;
        return await writeDone(items, tx);
      }),
  );

  while (night++ < 2) await perform(test);

  const runs = await readRuns(sql);
  assertEquals(runs.map(({ status, items_done }) => [status, items_done]), [
    ["success", 9],
    ["success", 9],
  ]);
});

databaseTest(
  "a dry run goes through all items, changes nothing, counts by table and lists what failed",
  async ({ sql }) => {
    await openTable(sql);
    await using test = await openJob(
      sql,
      async (ctx) =>
        await ctx.forEach(numbers(10), async (items, tx) => {
          if (items.includes(4)) {
            throw new Error("poison");
          }
          return await writeDone(items, tx);
        }, { batchSize: 4 }),
    );

    const run = await perform(test, { dryRun: true });

    assertEquals(run.result_json, {
      dry_run: true,
      would_change: { done: { inserted: 9, updated: 0, deleted: 0 } },
      would_send: [],
      result: { written: 9, total: 10, done: 9, failed: 1 },
    });
    assertEquals(await doneIn(sql), []);
    assertEquals([run.items_done, run.items_failed, run.progress], [9, 1, { done: 10, total: 10 }]);
    assertEquals(run.checkpoint, null);
  },
);

databaseTest("a dry run that was tried again counts its items once", async ({ sql }) => {
  await using test = await openJob(sql, async (ctx) => {
    const totals = await ctx.forEach(numbers(4), () => Promise.resolve());
    if (ctx.attempt === 1) throw new Error("again");
    return totals;
  });

  const run = await perform(test, { dryRun: true });

  assertEquals([run.attempt, run.items_done, run.items_failed], [2, 4, 0]);
});

databaseTest(
  "a forEach beside one that is going on is refused before it reads, and does the other no harm",
  async ({ sql }) => {
    await openTable(sql);
    const refused = numbers(6);
    const told: string[] = [];
    const beside = async (ctx: JobContext) => {
      const begun = ctx.forEach(refused, writeDone);
      await begun.catch((error) => told.push(`${error.name}: ${error.message}`));
    };
    await using test = await openJob(sql, async (ctx) => {
      const first = ctx.forEach(numbers(6), writeDone, {
        batchSize: 2,
        prepare: () => beside(ctx),
      });
      await beside(ctx);
      await first;
      const bad = { ...numbers(1), read: () => Promise.reject(new Error("the source is down")) };
      await ctx.forEach(bad, writeDone).catch((error) => told.push(error.message));
      const more = { ...numbers(8), read: (after: Json) => numbers(8).read(after ?? 6, 2) };
      await ctx.forEach(more, writeDone);
    });

    const run = await perform(test);

    assertEquals(run.status, "success");
    const refusal = "TypeError: Cannot begin a forEach while another one is going on: " +
      "await that one first, and begin none inside of it";
    assertEquals(told, [refusal, refusal, refusal, refusal, "the source is down"]);
    assertEquals(refused.pages, []);
    assertEquals(await doneIn(sql), range(1, 8));
    assertEquals([run.items_done, run.items_failed], [8, 0]);
    const { each } = run.checkpoint as unknown as { each: ({ cursor: number } | null)[] };
    assertEquals(each.map((standing) => standing?.cursor), [6, undefined, 8]);
  },
);

databaseTest("a batch size that is no positive whole number is refused", async ({ sql }) => {
  for (const batchSize of [0, -1, 1.5, NaN]) {
    await sql`truncate scheduled_jobs cascade`;
    await using test = await openJob(
      sql,
      async (ctx) => await ctx.forEach(numbers(1), () => Promise.resolve(), { batchSize }),
      { retries: 0 },
    );
    const run = await perform(test);
    assertStringIncludes(run.error_message!, "batchSize must be a positive whole number");
  }
});

databaseTest(
  "a source that cannot be read fails the attempt, which is tried again",
  async ({ sql }) => {
    let reads = 0;
    const source: ItemSource<number> = {
      ...numbers(3),
      read: (after, limit) =>
        ++reads === 1
          ? Promise.reject(new Error("the source is down"))
          : numbers(3).read(after, limit),
    };
    await using test = await openJob(
      sql,
      async (ctx) => await ctx.forEach(source, () => Promise.resolve()),
    );

    const run = await perform(test);

    assertEquals([run.status, run.attempt], ["success", 2]);
    assertEquals((await readAttempts(sql, run.id))[0].error, "the source is down");
  },
);

databaseTest("items are worked through with one page in memory at a time", async ({ sql }) => {
  const source = numbers(2_000);
  await using test = await openJob(
    sql,
    async (ctx) => await ctx.forEach(source, () => Promise.resolve()),
  );

  await perform(test);

  assert(source.pages.every(([, limit]) => limit === 500));
  assertEquals(source.pages.length, 5);
});
