/**
 * Times the history index on generated matches and a Postgres server of its own.
 *
 *     deno run -A tests/bench/matches.ts [--matches 1000000] [--new 1000]
 *
 * The server has its default settings, fsync included. Exits 1 when a mark is missed: a full refresh
 * under 120 s, an incremental one with 1,000 new matches under 1 s, and under 256 MB of memory at the
 * peak of either, in this process and in the server's process that works for it.
 */
import { parseArgs } from "node:util";
import { type MatchRecord, MAX_MATCHES_PER_BATCH } from "../../jobs/matches/match_record.ts";
import { importMatches } from "../../jobs/matches/matches_store.ts";
import { refreshHistoryIndex } from "../../jobs/matches/refresh_history_index.ts";
import { generateMatches } from "../../jobs/matches/sample/matches_sample.ts";
import { databaseClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { createEngine } from "../../lib/engine.ts";
import type { Engine } from "../../lib/engine_api.ts";
import { createLog } from "../../lib/log.ts";
import { syncJobs } from "../../lib/sync.ts";
import { startPostgresServer } from "../support/postgres_server.ts";

const FULL_MARK_S = 120;
const INCREMENTAL_MARK_S = 1;
const MEMORY_MARK_MB = 256;

const DAYS = 100;
const UNTIL = new Date("2026-01-01T00:00:00Z");

interface Line {
  what: string;
  seconds: number;
  /** Of this process and of the busiest one of the server's; null where it was not looked at. */
  peakMb: number | null;
  serverPeakMb: number | null;
  result: string;
  met: boolean;
}

const { values } = parseArgs({
  options: {
    matches: { type: "string", default: "1000000" },
    new: { type: "string", default: "1000" },
  },
});
const lines = await measureOnOwnServer(Number(values.matches), Number(values.new));
console.table(
  lines.map(({ what, seconds, peakMb, serverPeakMb, result, met }) => ({
    what,
    seconds: seconds.toFixed(2),
    "peak MB": peakMb === null ? "" : Math.round(peakMb),
    "server's peak MB": serverPeakMb === null ? "" : Math.round(serverPeakMb),
    result,
    mark: met ? "met" : "missed",
  })),
);
Deno.exit(lines.every(({ met }) => met) ? 0 : 1);

async function measureOnOwnServer(matches: number, added: number): Promise<Line[]> {
  const server = await startPostgresServer({ fsync: true });
  const sql = connectPostgres({ url: server.url });
  try {
    await migrate(sql);
    const engine = createEngine({
      sql,
      clock: databaseClock,
      config: parseConfig({ DATABASE_URL: server.url }),
      log: createLog((line) => console.log(line)),
      jobs: [refreshHistoryIndex],
    });
    await syncJobs(engine);
    const perDay = Math.ceil(matches / DAYS);
    const imported = await importDays(sql, `import ${perDay * DAYS}`, DAYS, UNTIL, perDay);
    const full = await refresh(engine, "full refresh", { full: true }, FULL_MARK_S);
    const nextDay = new Date(UNTIL.getTime() + 86_400_000);
    const more = await importDays(sql, `import ${added} new`, 1, nextDay, added);
    const incremental = await refresh(engine, "incremental refresh", {}, INCREMENTAL_MARK_S);
    await engine.stop();
    return [imported, full, more, incremental];
  } finally {
    await sql.end();
    await server.stop();
  }
}

async function importDays(
  sql: Sql,
  what: string,
  days: number,
  until: Date,
  matchesPerDay: number,
): Promise<Line> {
  const begunMs = performance.now();
  let batch: MatchRecord[] = [];
  let added = 0;
  const flush = async () => {
    added += (await importMatches(sql, batch)).added;
    batch = [];
  };
  for (const match of generateMatches({ seed: 1, days, until, matchesPerDay })) {
    batch.push(match);
    if (batch.length === MAX_MATCHES_PER_BATCH) await flush();
  }
  await flush();
  const seconds = (performance.now() - begunMs) / 1000;
  return { what, seconds, peakMb: null, serverPeakMb: null, result: `${added} added`, met: true };
}

async function refresh(
  engine: Engine,
  what: string,
  params: Record<string, unknown>,
  markS: number,
): Promise<Line> {
  const peak = watchMemory(engine.sql);
  const { id } = await engine.requestRun("refresh_history_index", { params, triggeredBy: "bench" });
  const run = await engine.waitForRun(id, 900_000);
  const { own: peakMb, server: serverPeakMb } = await peak();
  const seconds = (run.duration_ms ?? Infinity) / 1000;
  return {
    what,
    seconds,
    peakMb,
    serverPeakMb,
    result: JSON.stringify(run.result_json),
    met: run.status === "success" && seconds < markS && peakMb < MEMORY_MARK_MB &&
      serverPeakMb < MEMORY_MARK_MB,
  };
}

/** Looks at memory ten times a second until the returned function gives the peaks, in MB. */
function watchMemory(sql: Sql): () => Promise<{ own: number; server: number }> {
  const peaks = { own: 0, server: 0 };
  let pids: number[] = [];
  const look = async () => {
    peaks.own = Math.max(peaks.own, Deno.memoryUsage().rss / 1e6);
    for (const pid of pids) peaks.server = Math.max(peaks.server, await ownMemoryMb(pid));
  };
  const learn = async () => {
    const rows = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where backend_type = 'client backend'`;
    pids = rows.map(({ pid }) => pid);
  };
  const learning = learn();
  const timer = setInterval(look, 100);
  return async () => {
    clearInterval(timer);
    await learning;
    await learn();
    await look();
    return peaks;
  };
}

/** A server process' memory without the buffers that it shares, which each of them would count again. */
async function ownMemoryMb(pid: number): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(status.match(/^RssAnon:\s+(\d+) kB$/m)?.[1] ?? 0) / 1000;
  } catch {
    // It has ended.
    return 0;
  }
}
