/** Engines over a test's database, with jobs that do what a test says and clocks that it moves. */
import { z } from "zod";
import { ManualClock } from "../../lib/clock.ts";
import { type Config, parseConfig } from "../../lib/config.ts";
import type { Json, Sql } from "../../lib/db/sql.ts";
import { createEngine, type EngineOptions } from "../../lib/engine.ts";
import type { Engine } from "../../lib/engine_api.ts";
import { type AnyJob, defineJob, type JobContext, type JobDefinition } from "../../lib/job.ts";
import { type Log, LOG_LEVELS, type LogFields, type LogLevel } from "../../lib/log.ts";
import type { RunRow } from "../../lib/run.ts";
import { readRun } from "../../lib/run_store.ts";
import type { ScheduleRow } from "../../lib/schedule_row.ts";
import { START } from "./factories.ts";

/** One line that was logged. */
export interface LoggedLine {
  level: LogLevel;
  message: string;
  fields: LogFields;
}

/** A log that keeps its lines and prints none. */
export class CollectingLog implements Log {
  readonly lines: LoggedLine[] = [];
  declare debug: Log["debug"];
  declare info: Log["info"];
  declare warn: Log["warn"];
  declare error: Log["error"];

  constructor() {
    for (const level of LOG_LEVELS) {
      this[level] = (message, fields = {}) => this.lines.push({ level, message, fields });
    }
  }

  /** All that was said, a line each, as a person would search it. */
  get text(): string {
    return this.lines.map(({ level, message, fields }) =>
      `${level} ${message} ${Deno.inspect(fields)}`
    ).join("\n");
  }
}

/** A job that does nothing every hour, but for what the test says. */
export function fakeJob(overrides: Partial<JobDefinition<unknown>> = {}): AnyJob {
  return defineJob<unknown>({
    id: "hourly",
    name: "Hourly",
    description: "Does what a test says.",
    tags: [],
    schedule: { cron: "0 * * * *" },
    params: z.looseObject({}),
    run: () => Promise.resolve(),
    ...overrides,
  });
}

/** A call of a job's handler that a test holds: it goes on when the test ends it. */
export interface HeldCall {
  ctx: JobContext;
  finish(result?: Json): void;
  fail(error: unknown): void;
}

/** A handler whose calls wait for the test; each also ends when its signal aborts, if it `obeys`. */
export class HeldHandler {
  #calls: HeldCall[] = [];
  #waiting: ((call: HeldCall) => void)[] = [];

  constructor(private readonly obeys = true) {}

  /** Give this to `fakeJob` as `run`. */
  readonly run = (ctx: JobContext): Promise<Json | void> => {
    const { promise, resolve, reject } = Promise.withResolvers<Json | void>();
    if (this.obeys) ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
    const call = { ctx, finish: (result?: Json) => resolve(result), fail: reject };
    const waiter = this.#waiting.shift();
    if (waiter) waiter(call);
    else this.#calls.push(call);
    return promise;
  };

  /** The next call that was not taken yet, once it comes. */
  next(): Promise<HeldCall> {
    const call = this.#calls.shift();
    if (call) return Promise.resolve(call);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

export interface TestEngineOptions extends Partial<Omit<EngineOptions, "sql" | "log" | "config">> {
  /** Variables of the environment. */
  env?: Record<string, string>;
}

/** An engine with what a test wants to look at; disposing of it stops it. */
export class TestEngine implements AsyncDisposable {
  readonly log = new CollectingLog();
  readonly config: Config;
  readonly engine: Engine;

  constructor(
    readonly sql: Sql,
    { env = {}, jobs = [fakeJob()], clock = new ManualClock(START), ...rest }: TestEngineOptions,
  ) {
    this.config = parseConfig(env);
    this.engine = createEngine({ sql, clock, jobs, config: this.config, log: this.log, ...rest });
  }

  /** One tick, and waiting until all that it set going has ended. */
  async tickAndWait(source = "timer"): Promise<void> {
    await this.engine.tick(source);
    await this.engine.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop();
    await this.engine.idle();
  }
}

/** An engine over a test's database; by default with the one job of `fakeJob` and a clock that stands at `START`. */
export function openTestEngine(sql: Sql, options: TestEngineOptions = {}): TestEngine {
  return new TestEngine(sql, options);
}

/** The runs of a row (or of all), in the order in which they were written and of their slots. */
export async function readRuns(sql: Sql, jobId: string | null = null): Promise<RunRow[]> {
  const ids = await sql<{ id: string }[]>`
    select id from job_runs
    where ${jobId}::text is null or job_id = ${jobId}
    order by created_at, coalesce(scheduled_for, as_of), job_id, id`;
  return await Promise.all(ids.map(({ id }) => readRunOrFail(sql, id)));
}

/** The only run that there is; throws when there are more or none. */
export async function readOnlyRun(sql: Sql): Promise<RunRow> {
  const runs = await readRuns(sql);
  if (runs.length !== 1) throw new Error(`Expected one run, found ${runs.length}`);
  return runs[0];
}

/** The run as it is now. */
export async function readRunOrFail(sql: Sql, id: string): Promise<RunRow> {
  const run = await readRun(sql, id);
  if (!run) throw new Error(`There is no run ${id}`);
  return run;
}

/** The row as it is now. */
export async function readSchedule(sql: Sql, id = "hourly"): Promise<ScheduleRow> {
  const [row] = await sql<ScheduleRow[]>`select * from scheduled_jobs where id = ${id}`;
  return row;
}

/** The attempts of a run, in order, as `outcome` and when they ended. */
export async function readAttempts(
  sql: Sql,
  runId: string,
): Promise<{ attempt: number; outcome: string | null; error: string | null }[]> {
  return [
    ...await sql<{ attempt: number; outcome: string | null; error: string | null }[]>`
      select attempt, outcome, error from run_attempts where run_id = ${runId} order by attempt`,
  ];
}

/** The gaps of a row in order: reason, first and last slot as ISO text, and how many slots. */
export async function readGaps(
  sql: Sql,
  jobId = "hourly",
): Promise<{ reason: string; first: string; last: string; slots: number | null }[]> {
  const rows = await sql<
    { reason: string; first_slot: Date; last_slot: Date; slots: number | null }[]
  >`
    select reason, first_slot, last_slot, slots
    from schedule_gaps where job_id = ${jobId} order by first_slot`;
  return rows.map(({ reason, first_slot, last_slot, slots }) => ({
    reason,
    first: first_slot.toISOString(),
    last: last_slot.toISOString(),
    slots,
  }));
}
