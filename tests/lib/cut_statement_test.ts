/** What ends an attempt ends the statement that its transaction is waiting for, which may take hours. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { cutTransactions, holdRun } from "../../lib/attempt_store.ts";
import type { Sql, Tx } from "../../lib/db/sql.ts";
import { transact } from "../../lib/db/transaction.ts";
import type { AnyJob, JobContext, JobDefinition } from "../../lib/job.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  openTestEngine,
  readAttempts,
  readRunOrFail,
  type TestEngine,
} from "../support/engine.ts";
import { at, insertRunningRun, insertSchedule } from "../support/factories.ts";
import { settled, until } from "../support/until.ts";

const BY = { triggeredBy: "operator" };
const cutTest = databaseTest.onlyPostgres("it has one session, from which nothing can be cut");

/** Longer than `settled` and `until` wait: only a cut ends it for them. */
function endlessly(tx: Tx): Promise<unknown> {
  return tx`select pg_sleep(120)`;
}

/** A job that writes a row and then waits for the database in the same transaction, and how its last one ended. */
function waitingJob(policies: JobDefinition<unknown>["policies"], work = endlessly) {
  const outcomes: Promise<unknown>[] = [];
  const job = fakeJob({
    policies: { retries: 0, ...policies },
    run: async (ctx: JobContext) => {
      const transaction = ctx.transaction(async (tx) => {
        await tx`insert into written values ('before the wait')`;
        await work(tx);
      });
      outcomes.push(transaction);
      await transaction;
    },
  });
  return { job, outcomes };
}

async function begin(sql: Sql, job: AnyJob): Promise<{ test: TestEngine; id: string }> {
  await insertSchedule(sql, { next_run_at: at("11:00") });
  await sql`create table written (what text)`;
  const test = openTestEngine(sql, { jobs: [job] });
  const { id } = await test.engine.requestRun("hourly", BY);
  return { test, id };
}

async function untilStatementRuns(sql: Sql): Promise<void> {
  await until("the handler's statement runs", async () => (await countSleepers(sql)) === 1);
}

async function countSleepers(sql: Sql): Promise<number> {
  const [{ count }] = await sql`
    select count(*)::int from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'`;
  return count;
}

async function countWaitingForLock(sql: Sql): Promise<number> {
  const [{ count }] = await sql`
    select count(*)::int from pg_stat_activity
    where datname = current_database() and wait_event = 'advisory'`;
  return count;
}

async function rowsWritten(sql: Sql): Promise<number> {
  return (await sql`select from written`).length;
}

cutTest("a timeout cuts the statement, and its transaction leaves nothing", async ({ sql }) => {
  const { job, outcomes } = waitingJob({ timeoutMs: 200 });
  const { test, id } = await begin(sql, job);

  await settled("the run is settled", test.engine.idle());

  const run = await readRunOrFail(sql, id);
  assertEquals([run.status, run.reason], ["failed", "timeout"]);
  await assertRejects(() => outcomes[0], Error, "canceling statement");
  assertEquals([await rowsWritten(sql), await countSleepers(sql)], [0, 0]);
  await test.engine.stop();
});

cutTest("a cancel cuts the statement and is answered", async ({ sql }) => {
  const { job, outcomes } = waitingJob({});
  const { test, id } = await begin(sql, job);
  await untilStatementRuns(sql);

  const run = await settled("the cancel is answered", test.engine.cancelRun(id, "operator"));

  await settled("the handler has ended", test.engine.idle());
  assertEquals([run.status, run.reason], ["cancelled", "requested"]);
  assertEquals((await readAttempts(sql, id))[0].outcome, "cancelled");
  await assertRejects(() => outcomes[0], Error, "canceling statement");
  assertEquals(await rowsWritten(sql), 0);
  await test.engine.stop();
});

cutTest("a cancel in another process cuts the statement too", async ({ sql, connect }) => {
  const { job } = waitingJob({});
  const { test, id } = await begin(sql, job);
  await using other = openTestEngine(connect(), { jobs: [job] });
  await untilStatementRuns(sql);

  const run = await settled("the cancel is answered", other.engine.cancelRun(id, "operator"));

  await settled("the handler has ended", test.engine.idle());
  assertEquals([run.status, run.reason], ["cancelled", "requested"]);
  assertEquals(await readRunOrFail(sql, id), run);
  assertEquals([await rowsWritten(sql), await countSleepers(sql)], [0, 0]);
  await test.engine.stop();
});

cutTest("a shutdown cuts the statement and hands the run back", async ({ sql }) => {
  const { job } = waitingJob({});
  const { test, id } = await begin(sql, job);
  await untilStatementRuns(sql);

  await settled("the engine has stopped", test.engine.stop());

  const run = await readRunOrFail(sql, id);
  assertEquals([run.status, run.reason, run.failures], ["pending", "interrupted", 0]);
  assertEquals([await rowsWritten(sql), await countSleepers(sql)], [0, 0]);
});

cutTest(
  "at shutdown a statement has the handler's time to end by itself",
  async ({ sql, connect }) => {
    const other = connect();
    const isLocked = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const locking = other.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(1)`;
      isLocked.resolve();
      await mayEnd.promise;
    });
    await isLocked.promise;
    const job = fakeJob({
      run: async (ctx) => {
        ctx.signal.addEventListener("abort", () => mayEnd.resolve());
        await ctx.transaction((tx) => tx`select pg_advisory_xact_lock(1)`);
      },
    });
    const { test, id } = await begin(sql, job);
    await until("the handler's statement waits", async () => {
      const [{ count }] = await sql`
      select count(*)::int from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`;
      return count === 1;
    });

    await settled("the engine has stopped", test.engine.stop());

    await locking;
    assertEquals((await readRunOrFail(sql, id)).status, "success");
  },
);

cutTest("a batch that is cut is no failure of its items", async ({ sql }) => {
  const items = ["a", "b"];
  const job = fakeJob({
    policies: { timeoutMs: 200, retries: 0 },
    run: async (ctx) => {
      await ctx.forEach({
        read: () => Promise.resolve(items),
        only: () => Promise.resolve([]),
        key: (item) => item,
        cursor: (item) => item,
      }, async (_, tx) => {
        await endlessly(tx);
      });
    },
  });
  const { test, id } = await begin(sql, job);

  await settled("the run is settled", test.engine.idle());

  const run = await readRunOrFail(sql, id);
  assertEquals([run.status, run.reason, run.items_failed], ["failed", "timeout", null]);
  assertEquals((await sql`select from run_items`).length, 0);
  await test.engine.stop();
});

cutTest("a handler that goes on after the cut is cut again", async ({ sql }) => {
  const cuts: string[] = [];
  const { job } = waitingJob({ timeoutMs: 200 }, async (tx) => {
    for (let tried = 1; tried <= 2; tried++) {
      await tx.savepoint((inner) => endlessly(inner)).catch((error) => cuts.push(error.message));
    }
  });
  const { test, id } = await begin(sql, job);

  await settled("the run is settled", test.engine.idle());

  assertEquals((await readRunOrFail(sql, id)).reason, "timeout");
  await until("it was cut twice", () => cuts.length === 2);
  for (const message of cuts) assert(message.includes("canceling statement"));
  await test.engine.stop();
});

cutTest("a session whose transaction is over is left alone", async ({ sql, connect }) => {
  await insertSchedule(sql);
  const { id, attempt } = await insertRunningRun(sql);
  const pool = connect();
  const cut = (pid: number) => cutTransactions(sql, { id, attempt }, [pid]);
  let pid = 0;
  let whileOpen = 0;
  await transact(pool, async (tx) => {
    pid = (await holdRun(tx, { id, attempt }, 30_000))!;
    whileOpen = await cut(pid);
  });
  let whenOver = -1;
  let next: Promise<{ pid: number }[]> | undefined;

  await sql.begin(async (lock) => {
    await lock`select pg_advisory_xact_lock(1)`;
    next = pool<{ pid: number }[]>`select pg_backend_pid() as pid from pg_advisory_lock(1)`
      .execute();
    await until("its next statement waits", async () => (await countWaitingForLock(sql)) === 1);
    whenOver = await cut(pid);
  });

  assertEquals([whileOpen, whenOver], [1, 0]);
  assertEquals((await next)?.[0].pid, pid);
});
