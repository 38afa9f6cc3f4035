/** What handlers and requests do with their connections is no matter of the schedule's. */
import { assertEquals } from "@std/assert";
import { databaseClock } from "../../lib/clock.ts";
import { connectPostgres } from "../../lib/db/connect.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { databaseTest } from "../support/database.ts";
import { fakeJob, openTestEngine, readRunOrFail, readRuns } from "../support/engine.ts";
import { insertSchedule } from "../support/factories.ts";
import { settled, until } from "../support/until.ts";

const serverTest = databaseTest.onlyPostgres("the embedded database has one session at a time");

const LEASE = { leaseMs: 30_000, heartbeatMs: 50 };

/** Statements that wait for the lock which `whileLocked` holds. */
const waits = (sql: Sql, count: number) =>
  Promise.all(Array.from({ length: count }, () => sql`select pg_advisory_xact_lock(7)`));

async function whileLocked(sql: Sql, work: () => Promise<void>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(7)`;
    await work();
  });
}

/** A row that a person has set to run now. */
async function insertDue(sql: Sql, id: string): Promise<void> {
  const planned = new Date("2999-01-01T00:00:00Z");
  const row = { id, job_type: id, cron: "0 0 1 1 *", next_run_at: planned, planned_at: planned };
  await insertSchedule(sql, row);
  await sql`update scheduled_jobs set next_run_at = now() - interval '1 second' where id = ${id}`;
}

async function countWaiting(sql: Sql): Promise<number> {
  const [{ count }] = await sql`
    select count(*)::int as count from pg_locks where locktype = 'advisory' and not granted`;
  return count;
}

serverTest(
  "handlers and requests that use up their connections hold up no tick, no lease and no other run",
  async ({ sql, connect, url }) => {
    const requests = connectPostgres({ url, max: 2 });
    const handlers = connectPostgres({ url, max: 2 });
    await insertDue(sql, "hog");
    await insertDue(sql, "quiet");
    const jobs = [
      fakeJob({ id: "hog", run: async (ctx) => void await waits(ctx.sql, 3) }),
      fakeJob({ id: "quiet", run: (ctx) => Promise.resolve(ctx.log.info("done")) }),
    ];
    try {
      await using test = openTestEngine(requests, {
        core: connect(),
        handlers,
        jobs,
        clock: databaseClock,
        lease: LEASE,
      });
      let asked: Promise<unknown> = Promise.resolve();
      await whileLocked(connect(), async () => {
        asked = waits(requests, 3);
        await settled("a tick passes", test.engine.tick("timer"));
        await until("all connections wait", async () => await countWaiting(sql) === 4);
        await until("the quiet run is settled", async () => {
          const [run] = await readRuns(sql, "quiet");
          return run.status === "success";
        });
        const [hog] = await readRuns(sql, "hog");
        const leaseOf = async () => {
          const [run] = await sql`select lease_expires_at from job_runs where id = ${hog.id}`;
          return run.lease_expires_at.getTime();
        };
        const before = await leaseOf();
        await until("its lease is renewed", async () => await leaseOf() > before);
        await settled("another tick passes", test.engine.tick("timer"));
      });
      await asked;
      await settled("all has ended", test.engine.idle());

      const [hog] = await readRuns(sql, "hog");
      const { status, attempt } = await readRunOrFail(sql, hog.id);
      assertEquals([status, attempt], ["success", 1]);
    } finally {
      await Promise.all([requests, handlers].map((pool) => pool.end({ timeout: 1 })));
    }
  },
);

serverTest(
  "a handler that uses up its connections is handed back at shutdown all the same",
  async ({ sql, connect, url }) => {
    const handlers = connectPostgres({ url, max: 2 });
    await insertDue(sql, "hog");
    const left = Promise.withResolvers<void>();
    const hog = fakeJob({
      id: "hog",
      run: async (ctx) => {
        const statements = waits(ctx.sql, 3);
        statements.then(() => left.resolve(), () => left.resolve());
        await statements;
      },
    });
    try {
      await whileLocked(connect(), async () => {
        const { engine } = openTestEngine(sql, { handlers, jobs: [hog], clock: databaseClock });
        await settled("a tick passes", engine.tick("timer"));
        await until("all connections wait", async () => await countWaiting(sql) === 2);
        await settled("the engine has stopped", engine.stop());
        const [{ status, reason }] = await readRuns(sql, "hog");
        assertEquals([status, reason], ["pending", "interrupted"]);
      });
      await left.promise;
    } finally {
      await handlers.end({ timeout: 1 });
    }
  },
);
