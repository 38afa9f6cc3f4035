/** What routes, the command line and alarms may ask of the engine; `lib/engine.ts` makes one. */
import type { BackfillRequest, BackfillResult } from "./backfill.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Sql } from "./db/sql.ts";
import type { AnyJob } from "./job.ts";
import type { Log } from "./log.ts";
import type { RunRow } from "./run.ts";

/** What a person, a script or a test asks for. */
export interface RunRequest {
  /** Checked by the job's own schema; absent: its defaults. */
  params?: unknown;
  /** Absent: the job's own code row. */
  botId?: string;
  dryRun?: boolean;
  /** Not in the future; absent: now. */
  asOf?: Date;
  idempotencyKey?: string;
  /** Who asked, such as `operator` or `cli`; never a key. */
  triggeredBy: string;
}

export interface Engine {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly config: Config;
  readonly log: Log;
  /** In the order of the crontab. */
  readonly jobs: ReadonlyMap<string, AnyJob>;
  /**
   * Inserts one manual run, tries to claim it and goes on with it after returning.
   *
   * Throws `NotFoundError`, `InvalidInputError`, `NotConfiguredError`, or `ConflictError` whose `details`
   * name the active run (`run_id`) or say that the idempotency key was used for another body.
   */
  requestRun(jobType: string, request: RunRequest): Promise<RunRow>;
  /** The run once it is settled, or as it stands after `timeoutMs`. Throws `NotFoundError`. */
  waitForRun(runId: string, timeoutMs: number): Promise<RunRow>;
  /** Throws `NotFoundError`, or `ConflictError` when it is settled already. */
  cancelRun(runId: string, by: string): Promise<RunRow>;
  /** A new run with `retry_of`; `failedItemsOnly` goes through the failed items alone. */
  retryRun(
    runId: string,
    request: { triggeredBy: string; failedItemsOnly?: boolean },
  ): Promise<RunRow>;
  /** Runs slots of the past again, one after the other; see `backfill` in `backfill.ts`. */
  backfill(jobType: string, request: BackfillRequest): Promise<BackfillResult>;
  /** One pass of an alarm: recover, dispatch, claim; resolves when that is done, the runs go on. */
  tick(source: string): Promise<TickResult>;
  /** Resolves when no run of this process is going on. */
  idle(): Promise<void>;
  /** Stops claiming, aborts what runs, hands it back and resolves. */
  stop(): Promise<void>;
}

export interface TickResult {
  /** Runs written by this pass, and runs it started. */
  dispatched: number;
  started: number;
  recovered: number;
  /** Settles when the runs that this pass started have ended. */
  ended: Promise<void>;
}
