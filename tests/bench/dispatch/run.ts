/**
 * `deno task bench:dispatch`: 100,000 rows with 1,000 distinct schedules that are all due at one instant, and one
 * process. How long until each has its run, what that takes of memory, and how long requests wait meanwhile.
 * `--rows N`
 */
import { cpuUsage } from "node:process";
import { parseArgs } from "node:util";
import { z } from "zod";
import { ManualClock } from "../../../lib/clock.ts";
import { parseConfig } from "../../../lib/config.ts";
import { connectPostgres } from "../../../lib/db/connect.ts";
import { migrate } from "../../../lib/db/migrate.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { createEngine } from "../../../lib/engine.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { defineJob } from "../../../lib/job.ts";
import { createLog } from "../../../lib/log.ts";
import { createApp } from "../../../routes/app.ts";
import { startPostgresServer } from "../../support/postgres_server.ts";
import { Client } from "./client.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "100000" } } });
const ROWS = Number(values.rows);
const SCHEDULES = 1_000;
const DUE_AT = new Date("2026-03-02T12:00:00.000Z");
const KEY = "only-for-this-benchmark";
const MAX_SECONDS = 5;
const MAX_REQUEST_MS = 100;

/** Whole hours from UTC on that day, so that all of them have a full hour at 12:00 UTC. */
const ZONES: [name: string, hoursFromUtc: number][] = [
  ["UTC", 0],
  ["Europe/Budapest", 1],
  ["Africa/Cairo", 2],
  ["Europe/Istanbul", 3],
  ["Asia/Tashkent", 5],
  ["Asia/Tokyo", 9],
  ["Australia/Brisbane", 10],
  ["America/New_York", -5],
  ["America/Chicago", -6],
  ["America/Los_Angeles", -8],
];

const noop = defineJob({
  id: "noop",
  name: "No-op",
  description: "Does nothing.",
  tags: [],
  schedule: { cron: "0 0 1 1 *" },
  params: z.strictObject({}),
  run: () => Promise.resolve(),
});

async function main(): Promise<number> {
  const server = await startPostgresServer({ fsync: true });
  const sql = connectPostgres({ url: server.url });
  try {
    await migrate(sql);
    await insertRows(sql);
    return await measure(sql);
  } finally {
    await sql.end({ timeout: 1 });
    await server.stop();
  }
}

async function measure(sql: Sql): Promise<number> {
  const engine = createEngine({
    sql,
    clock: new ManualClock(new Date(DUE_AT.getTime() + 1_000)),
    config: parseConfig({ API_KEYS: `viewer:${KEY}` }),
    log: createLog(() => {}),
    jobs: [noop],
    // What is measured is dispatch: the runs are left to others.
    capacity: 0,
  });
  const app = createApp({ engine, pendingMigrations: () => Promise.resolve([]) });
  const http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, app.fetch);
  const address = `http://127.0.0.1:${http.addr.port}`;
  await using requests = await Client.start(`${address}/jobs/noop/runs?limit=20`, KEY);
  await using liveness = await Client.start(`${address}/healthz`, KEY);
  await Promise.all([requests.measure(100), liveness.measure(100)]);

  const memory = new MemoryWatch();
  const processor = cpuUsage();
  const [seconds, runTimes, healthTimes] = await whileAsked(engine, requests, liveness);
  const { user, system } = cpuUsage(processor);
  const { before, peak, after } = memory.end();
  await http.shutdown();

  const [{ runs }] = await sql`select count(*)::int as runs from job_runs`;
  const slowest = Math.max(...runTimes, ...healthTimes);
  console.log(
    `${runs} runs of ${ROWS} due rows with ${SCHEDULES} schedules in ${seconds.toFixed(2)} s`,
  );
  console.log(`processor     ${((user + system) / 1e6).toFixed(2)} s of this process`);
  console.log(`memory (RSS)  before ${before} MB, most ${peak} MB, after ${after} MB`);
  console.log(`GET /jobs/noop/runs meanwhile  ${describe(runTimes)}`);
  console.log(`GET /healthz meanwhile         ${describe(healthTimes)}`);
  const holds = runs === ROWS && seconds < MAX_SECONDS && slowest < MAX_REQUEST_MS;
  console.log(
    `${
      holds ? "holds" : "DOES NOT HOLD"
    }: all rows within ${MAX_SECONDS} s, requests within ${MAX_REQUEST_MS} ms`,
  );
  return holds ? 0 : 1;
}

/** The seconds of one tick, and how long requests took meanwhile. */
async function whileAsked(
  engine: Engine,
  requests: Client,
  liveness: Client,
): Promise<[seconds: number, runTimes: number[], healthTimes: number[]]> {
  const asked = [requests.measureUntilTold(), liveness.measureUntilTold()];
  const startedAt = performance.now();
  const { dispatched } = await engine.tick("benchmark");
  const seconds = (performance.now() - startedAt) / 1_000;
  if (dispatched !== ROWS) throw new Error(`${dispatched} of ${ROWS} rows were dispatched`);
  requests.tell();
  liveness.tell();
  const [runTimes, healthTimes] = await Promise.all(asked);
  return [seconds, runTimes, healthTimes];
}

async function insertRows(sql: Sql): Promise<void> {
  const texts: { cron: string; time_zone: string }[] = [];
  for (const [time_zone, hoursFromUtc] of ZONES) {
    const hour = (DUE_AT.getUTCHours() + hoursFromUtc + 24) % 24;
    for (let i = 0; i < SCHEDULES / ZONES.length; i++) {
      const minute = 1 + i % 50;
      // Half of them fixed times, half hourly.
      texts.push({ cron: `0,${minute} ${i < 50 ? hour : "*"} * * *`, time_zone });
    }
  }
  await sql`
    insert into scheduled_jobs (id, job_type, cron, time_zone, next_run_at, planned_at)
    select 'row ' || n, 'noop', (${texts.map(({ cron }) => cron)}::text[])[n % ${SCHEDULES} + 1],
           (${texts.map(({ time_zone }) => time_zone)}::text[])[n % ${SCHEDULES} + 1],
           ${DUE_AT}, ${DUE_AT}
    from generate_series(1, ${ROWS}::int) as n`;
  await sql`vacuum analyze scheduled_jobs`;
}

/** Samples this process' memory. */
class MemoryWatch {
  private readonly before = megabytes();
  private peak = this.before;
  private readonly timer = setInterval(() => this.peak = Math.max(this.peak, megabytes()), 50);

  end(): { before: number; peak: number; after: number } {
    clearInterval(this.timer);
    return { before: this.before, peak: this.peak, after: megabytes() };
  }
}

function megabytes(): number {
  return Math.round(Deno.memoryUsage().rss / 2 ** 20);
}

function describe(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms (${times.length} requests)`;
}

Deno.exit(await main());
