/**
 * `deno task bench:engine`: what a run costs, as a ratio to a bare INSERT and UPDATE of one record on the same
 * Postgres, which take turns with it: the ratio holds on a machine whose speed drifts.
 */
import { z } from "zod";
import { databaseClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { Dispatcher } from "../../lib/dispatcher.ts";
import { createEngine } from "../../lib/engine.ts";
import { defineJob } from "../../lib/job.ts";
import { createLog } from "../../lib/log.ts";
import { decideSettlement } from "../../lib/outcome.ts";
import { insertManualRun } from "../../lib/request_store.ts";
import type { RunRow } from "../../lib/run.ts";
import { type Claimant, claimFree, settleRun } from "../../lib/run_store.ts";
import type { ScheduleRow } from "../../lib/schedule_row.ts";
import { syncJobs } from "../../lib/sync.ts";
import { startPostgresServer } from "../support/postgres_server.ts";

const ROUNDS = 12;
const ONE_BY_ONE = 25;
const AT_ONCE = 1_000;
const CAPACITY = 50;

const clock = databaseClock;
const log = createLog(() => {});
const config = parseConfig({});

const noop = defineJob({
  id: "noop",
  name: "No-op",
  description: "Does nothing.",
  tags: [],
  schedule: { cron: "0 0 1 1 *" },
  // A queue, since a second run must not be refused while one is active.
  policies: { overlap: "queue" },
  params: z.strictObject({}),
  run: () => Promise.resolve(),
});

const claimant: Claimant = {
  worker: "benchmark",
  leaseMs: 30_000,
  deployment: "local",
  timeline: null,
  known: ["noop"],
};

await main();

async function main(): Promise<void> {
  const server = await startPostgresServer({ fsync: true });
  const sql = connectPostgres({ url: server.url });
  try {
    await migrate(sql);
    await sql`
      create table bare_record (like job_runs including defaults including constraints including generated)`;
    await sql`alter table bare_record add primary key (id)`;
    const row = await prepareRow(sql);
    await compare("one after the other, ms each", ONE_BY_ONE, {
      "bare INSERT + UPDATE": repeat(() => bareRecord(sql, row)),
      "insert, claim, settle": repeat(() => insertClaimSettle(sql, row)),
      "one due row: dispatch, claim, settle": repeat(() => dispatchClaimSettle(sql, row)),
      "requestRun to settled": requestToSettled(sql),
    });
    await compare(`${AT_ONCE} at once, ms each`, AT_ONCE, {
      "bare INSERT + UPDATE": (count) => atOnce(count, () => bareRecord(sql, row)),
      [`claim ${CAPACITY}, settle each`]: (count) => claimManySettleEach(sql, row, count),
      [`an engine performs them, ${CAPACITY} at a time`]: (count) => perform(sql, row, count),
    });
  } finally {
    await sql.end({ timeout: 1 });
    await server.stop();
  }
}

/** Times the ways in turns and prints each one's median and its ratio to the first. */
async function compare(
  title: string,
  count: number,
  ways: Record<string, (count: number) => Promise<number>>,
): Promise<void> {
  const times: Record<string, number[]> = {};
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const ms = await way(count) / count;
      // The first round warms the caches.
      if (round >= 0) (times[name] ??= []).push(ms);
    }
  }
  const [base] = Object.values(times);
  console.log(`\n${title} (median of ${ROUNDS} rounds)`);
  for (const [name, ms] of Object.entries(times)) {
    const ratio = median(ms.map((one, round) => one / base[round]));
    console.log(
      `  ${name.padEnd(40)} ${median(ms).toFixed(3)} ms  ${ratio.toFixed(2)} x  ${
        (1_000 / median(ms)).toFixed(0).padStart(6)
      } /s`,
    );
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function repeat(work: () => Promise<unknown>): (count: number) => Promise<number> {
  return (count) =>
    timed(async () => {
      for (let i = 0; i < count; i++) await work();
    });
}

function atOnce(count: number, work: () => Promise<unknown>): Promise<number> {
  return timed(() => Promise.all(Array.from({ length: count }, work)));
}

/** The job's row, without policies that hold runs back: what is measured is the plain path. */
async function prepareRow(sql: Sql): Promise<ScheduleRow> {
  await syncJobs({ sql, clock, config, log, jobs: new Map([["noop", noop]]) });
  const [row] = await sql<ScheduleRow[]>`select * from scheduled_jobs where id = 'noop'`;
  // Neither exclusive nor gated.
  return { ...row, overlap: "none" as ScheduleRow["overlap"] };
}

async function bareRecord(sql: Sql, row: ScheduleRow): Promise<void> {
  const [{ id }] = await sql`
    insert into bare_record (job_id, job_type, trigger, as_of)
    values (${row.id}, ${row.job_type}, 'manual', now())
    returning id`;
  await sql`
    update bare_record
    set status = 'success', finished_at = now(), duration_ms = 1
    where id = ${id}
    returning id`;
}

function insert(sql: Sql, row: ScheduleRow): Promise<RunRow | undefined> {
  return insertManualRun(sql, clock, row, {
    trigger: "manual",
    botId: row.bot_id,
    params: {},
    dryRun: false,
    asOf: null,
    retryOf: null,
    failedItemsOnly: false,
    triggeredBy: "benchmark",
    idempotency: null,
  });
}

async function settle(sql: Sql, run: RunRow): Promise<void> {
  const ending = { kind: "returned" as const, result: null, items: { done: 0, failed: 0 } };
  await settleRun(sql, clock, run, decideSettlement(noop, run, ending)!, false);
}

async function insertClaimSettle(sql: Sql, row: ScheduleRow): Promise<void> {
  const run = await insert(sql, row);
  const [claimed] = await claimFree(sql, clock, claimant, 1, run!.id);
  await settle(sql, claimed);
}

async function dispatchClaimSettle(sql: Sql, row: ScheduleRow): Promise<void> {
  await sql`
    update scheduled_jobs set next_run_at = null, overlap = 'skip', coalesce = 'latest'
    where id = ${row.id}`;
  await new Dispatcher({ sql, clock, log }).dispatch();
  const [claimed] = await claimFree(sql, clock, claimant, 1);
  await settle(sql, claimed);
}

/** Through the engine's front door, as a request does it. */
function requestToSettled(sql: Sql): (count: number) => Promise<number> {
  const engine = createEngine({ sql, clock, config, log, jobs: [noop] });
  return repeat(async () => {
    const run = await engine.requestRun("noop", { triggeredBy: "benchmark" });
    await engine.waitForRun(run.id, 10_000);
  });
}

async function claimManySettleEach(sql: Sql, row: ScheduleRow, count: number): Promise<number> {
  await insertPending(sql, row, count);
  return await timed(async () => {
    while (true) {
      const runs = await claimFree(sql, clock, claimant, CAPACITY);
      if (runs.length === 0) return;
      await Promise.all(runs.map((run) => settle(sql, run)));
    }
  });
}

async function perform(sql: Sql, row: ScheduleRow, count: number): Promise<number> {
  await insertPending(sql, row, count);
  const engine = createEngine({ sql, clock, config, log, jobs: [noop], capacity: CAPACITY });
  const ms = await timed(async () => {
    await engine.tick("benchmark");
    await engine.idle();
  });
  const [{ left }] = await sql`select count(*)::int as left from job_runs where status = 'pending'`;
  if (left !== 0) throw new Error(`${left} runs are left`);
  return ms;
}

async function insertPending(sql: Sql, row: ScheduleRow, count: number): Promise<void> {
  await sql`
    insert into job_runs (job_id, job_type, trigger, as_of)
    select ${row.id}, ${row.job_type}, 'manual', now() from generate_series(1, ${count}::int)`;
}
