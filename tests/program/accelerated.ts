/** Days of the real program in minutes: its embedded database, its Deno.cron, its jobs, and a clock that goes faster. */
import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { parseConfig } from "../../lib/config.ts";
import { ChildProgram } from "../support/child_program.ts";
import { faketimeEnv } from "../support/faketime.ts";
import { freePort } from "../support/free_port.ts";
import { settled } from "../support/until.ts";
import { countRuns, type JobCount, type Period, prepareDataDir } from "./accelerated_data.ts";

const MAIN = new URL("../../main.ts", import.meta.url);
const PRELOAD = new URL("accelerated_program.ts", import.meta.url);

/** Half an hour before a Monday, so that the first slots of intervals lie in it too. */
const STARTS_AT = new Date("2026-01-04T23:30:00Z");
export const MONDAY = new Date("2026-01-05T00:00:00Z");

/** A minute is 60 ms, in which a pass, a dozen statements, and the runs that it starts have their turn. */
const SPEED = 1_000;

const POLL_MS = 250;

/** The time that a busy machine may need beyond the time that the clock takes: the program catches up with each slot. */
const PATIENCE = { factor: 3, moreMs: 120_000 };

/** Nobody listens there: jobs that call out fail at once instead of leaving the machine. */
const NOWHERE = "http://127.0.0.1:9";

const ENV = {
  DATABASE_URL: "",
  HOST: "127.0.0.1",
  PORT: "0",
  // The rarest timer that there is: the ticks are Deno.cron's.
  SCHEDULER_CHECK_INTERVAL_SECONDS: "3600",
  RUN_RETENTION_DAYS: "365",
  DATA_DRAGON_BASE_URL: NOWHERE,
  RIOT_BASE_URL: NOWHERE,
  LLM_BASE_URL: NOWHERE,
  PROFILE_MAINTENANCE_MODEL: "none",
};

/**
 * Runs the program until all of a period's slots are settled, and tells what came of them, by job.
 *
 * Rejects when a slot is passed over, when the program ends by itself or takes too long, and when `signal` aborts;
 * the program has ended and its files are gone in each case.
 */
export async function runThrough(
  period: Period,
  signal?: AbortSignal,
): Promise<Record<string, JobCount>> {
  const dataDir = await Deno.makeTempDir({ prefix: "edge-cron-accelerated-" });
  try {
    await prepareDataDir(dataDir, parseConfig(ENV), STARTS_AT);
    await runProgram(dataDir, period.until, signal);
    return await countRuns(dataDir, period);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function runProgram(dataDir: string, until: Date, signal?: AbortSignal): Promise<void> {
  const port = freePort();
  await using program = new ChildProgram(MAIN, ["--embedded"], {
    preload: PRELOAD,
    env: {
      ...ENV,
      ...await faketimeEnv(STARTS_AT, SPEED),
      SPEED: String(SPEED),
      DATA_DIR: dataDir,
      EMBEDDED_SQL_PORT: String(port),
    },
  });
  await settled("its database is open", program.waitFor(/looks into the database/));
  const sql = postgres(`postgres://postgres@127.0.0.1:${port}/postgres`, { max: 1 });
  try {
    await untilOver(sql, program, until, signal);
  } finally {
    await sql.end({ timeout: 1 });
  }
  program.signal("SIGTERM");
  assertEquals(await settled("the program has ended", program.ended()), 0);
}

async function untilOver(
  sql: postgres.Sql,
  program: ChildProgram,
  until: Date,
  signal?: AbortSignal,
): Promise<void> {
  const takesMs = (until.getTime() - STARTS_AT.getTime()) / SPEED;
  const givesUpAt = performance.now() + takesMs * PATIENCE.factor + PATIENCE.moreMs;
  while (!await isOver(sql, until)) {
    signal?.throwIfAborted();
    const tail = () => program.lines.slice(-30).join("\n");
    if (program.hasEnded) throw new Error(`The program ended:\n${tail()}`);
    if (performance.now() > givesUpAt) throw new Error(`The program is too slow:\n${tail()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function isOver(sql: postgres.Sql, until: Date): Promise<boolean> {
  const [{ is_over }] = await sql<{ is_over: boolean }[]>`
    select not exists (
             select from scheduled_jobs
             where enabled and (next_run_at is null or next_run_at < ${until}))
           and not exists (
             select from job_runs
             where scheduled_for < ${until} and status in ('pending', 'running')) as is_over`;
  return is_over;
}
