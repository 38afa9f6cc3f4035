/**
 * Times the learning jobs, in the order of a night, on generated users and a Postgres server of its own.
 *
 *     deno run -A tests/bench/learning.ts [--users 10000] [--weeks 8]
 *
 * The server has its default settings, fsync included. Clean-up deletes all but the last 28 days, which
 * is half of the logs. Exits 1 when a job misses its mark: 10 s for the SQL jobs, 200 users a second for
 * retraining, a minute for loading 10,000 users, 384 MB of memory at the peak.
 */
import { parseArgs } from "node:util";
import { jobs } from "../../jobs/mod.ts";
import { loadLearningSample } from "../../jobs/learning/sample/load_learning_sample.ts";
import { databaseClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import { refreshStatistics } from "../../lib/db/statistics.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { createEngine } from "../../lib/engine.ts";
import { createLog } from "../../lib/log.ts";
import { syncJobs } from "../../lib/sync.ts";
import { startPostgresServer } from "../support/postgres_server.ts";

const NIGHT: { job: string; params?: Record<string, unknown> }[] = [
  { job: "detect_no_change_words" },
  { job: "trigger_model_retraining" },
  { job: "detect_improvement_patterns" },
  { job: "generate_progress_snapshots" },
  { job: "cleanup_old_error_logs", params: { retention_days: 28 } },
];

const SQL_JOB_MARK_S = 10;
const RETRAINING_MARK_PER_S = 200;
const LOADING_MARK_PER_S = 10_000 / 60;
const MEMORY_MARK_MB = 384;

interface Line {
  what: string;
  seconds: number;
  users: number;
  peakMb: number;
  result: string;
  met: boolean;
}

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "10000" },
    weeks: { type: "string", default: "8" },
    load: { type: "string" },
  },
});
const size = { users: Number(values.users), weeks: Number(values.weeks) };
if (values.load) await load(values.load);
else await measureAndPrint();

async function measureAndPrint(): Promise<void> {
  const lines = await measureOnOwnServer();
  console.table(
    lines.map(({ what, seconds, users, peakMb, result, met }) => ({
      what,
      seconds: seconds.toFixed(1),
      "users/s": Math.round(users / seconds),
      "peak MB": Math.round(peakMb),
      result,
      mark: met ? "met" : "missed",
    })),
  );
  Deno.exit(lines.every(({ met }) => met) ? 0 : 1);
}

async function measureOnOwnServer(): Promise<Line[]> {
  const server = await startPostgresServer({ fsync: true });
  try {
    const sql = connectPostgres({ url: server.url });
    try {
      await migrate(sql);
      return [await measureLoading(server.url), ...await measureNight(sql)];
    } finally {
      await sql.end();
    }
  } finally {
    await server.stop();
  }
}

/** Loads in a process of its own, as `deno task sample` does, so that each has its own peak of memory. */
async function measureLoading(url: string): Promise<Line> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename!, "--load", url].concat(
      Object.entries(size).map(([name, value]) => `--${name}=${value}`),
    ),
    stderr: "inherit",
  }).output();
  const { logs, seconds, peakMb } = JSON.parse(new TextDecoder().decode(stdout));
  return {
    what: "load the sample",
    seconds,
    users: size.users,
    peakMb,
    result: `${logs} logs`,
    met: size.users / seconds >= LOADING_MARK_PER_S && peakMb < MEMORY_MARK_MB,
  };
}

async function load(url: string): Promise<void> {
  const sql = connectPostgres({ url });
  const peak = watchMemory();
  const startedAt = performance.now();
  const { logsAdded } = await loadLearningSample(sql, { ...size, until: new Date() });
  await refreshStatistics(sql);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(JSON.stringify({ logs: logsAdded, seconds, peakMb: peak() }));
  await sql.end();
}

async function measureNight(sql: Sql): Promise<Line[]> {
  const engine = createEngine({
    sql,
    clock: databaseClock,
    config: parseConfig({ DEFAULT_TIME_ZONE: "Europe/Budapest" }),
    log: createLog((line) => console.error(line)),
    jobs,
  });
  await syncJobs(engine);
  const lines = [];
  for (const { job, params } of NIGHT) {
    const peak = watchMemory();
    const { id } = await engine.requestRun(job, { params, triggeredBy: "bench" });
    const run = await engine.waitForRun(id, 600_000);
    const seconds = (run.duration_ms ?? Infinity) / 1000;
    const peakMb = peak();
    const users = run.items_done ?? 0;
    const fast = job === "trigger_model_retraining"
      ? users / seconds >= RETRAINING_MARK_PER_S
      : seconds < SQL_JOB_MARK_S;
    lines.push({
      what: job,
      seconds,
      users,
      peakMb,
      result: JSON.stringify(run.result_json),
      met: run.status === "success" && fast && peakMb < MEMORY_MARK_MB,
    });
  }
  await engine.stop();
  return lines;
}

/** Looks at this process' memory ten times a second until the returned function gives the peak, in MB. */
function watchMemory(): () => number {
  let peak = 0;
  const look = () => peak = Math.max(peak, Deno.memoryUsage().rss / 1e6);
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    return look();
  };
}
