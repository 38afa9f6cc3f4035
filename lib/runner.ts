/** Performs claimed runs: prepare → handle → decide → settle → report. */
import { AbortError, Attempt } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Json, Sql } from "./db/sql.ts";
import { errorMessage, InvalidInputError, stackOf } from "./errors.ts";
import { Heartbeat, type LeaseTimes } from "./heartbeat.ts";
import type { AnyJob } from "./job.ts";
import type { Log } from "./log.ts";
import { missingSettings, sayNotSet } from "./missing_settings.ts";
import { type AbortReason, decideSettlement, type Ending } from "./outcome.ts";
import { parseParams } from "./params.ts";
import type { RunRow } from "./run.ts";
import { settleRun } from "./run_store.ts";
import { readNextRunAt } from "./schedule_store.ts";
import { toStorableJson } from "./storable.ts";
import { whileDatabaseIsAway } from "./while_database_is_away.ts";

export interface RunnerDeps {
  /** For leases, logs and settlements. */
  sql: Sql;
  /** For handlers. */
  handlers: Sql;
  clock: Clock;
  config: Config;
  log: Log;
  jobs: ReadonlyMap<string, AnyJob>;
  lease: LeaseTimes;
}

/** How long a handler that was told to stop may take to finish, at shutdown: Deno Deploy kills after 5 s. */
const SHUTDOWN_GRACE_MS = 3_500;

export class Runner {
  private readonly heartbeat: Heartbeat;
  private readonly performing = new Map<string, { attempt: Attempt; ended: Promise<void> }>();

  constructor(private readonly deps: RunnerDeps) {
    this.heartbeat = new Heartbeat(deps, deps.lease);
  }

  /** Runs that this process performs now. */
  get count(): number {
    return this.performing.size;
  }

  /**
   * Performs a run that was asked for at `claimedAtMs` of this process' monotonic clock; resolves when it is
   * settled or taken away, and never rejects.
   */
  start(run: RunRow, claimedAtMs: number = performance.now()): Promise<void> {
    const job = this.deps.jobs.get(run.job_type)!;
    const attempt = new Attempt(this.deps, run, job, this.deps.log, this.deps.lease.leaseMs);
    const ended = this.perform(attempt, claimedAtMs).finally(() => {
      // After a lost lease the same process may hold the next attempt of the run by now.
      if (this.performing.get(run.id)?.attempt === attempt) this.performing.delete(run.id);
    });
    this.performing.set(run.id, { attempt, ended });
    return ended;
  }

  /** Of each run that is performed here, what settles when it has ended. */
  get ends(): Promise<void>[] {
    return [...this.performing.values()].map(({ ended }) => ended);
  }

  /** Renews the leases of what is performed here now, whatever the beat. */
  renewLeases(): Promise<void> {
    return this.heartbeat.renew();
  }

  /** Settles when the run has ended here; undefined when it is not performed here. */
  endOf(runId: string): Promise<void> | undefined {
    return this.performing.get(runId)?.ended;
  }

  /** Ends a run that is performed here; false when it is not. */
  abort(runId: string, reason: AbortReason): boolean {
    const performed = this.performing.get(runId);
    performed?.attempt.abort(reason);
    return performed !== undefined;
  }

  /** Tells every handler to stop, waits a little, and hands back what is unfinished. */
  async stop(): Promise<void> {
    for (const { attempt } of this.performing.values()) attempt.abort("shutdown");
    await this.idle();
  }

  async idle(): Promise<void> {
    await Promise.all(this.ends);
  }

  private async perform(attempt: Attempt, claimedAtMs: number): Promise<void> {
    const { run, job } = attempt;
    this.deps.log.info(`Running job: ${job.id} for bot ${run.bot_id}`, {
      run: run.id,
      attempt: run.attempt,
      trigger: run.trigger,
    });
    this.heartbeat.add(attempt, claimedAtMs);
    let cutting: Promise<void> | undefined;
    try {
      const ending = await this.handle(attempt);
      // What its transaction waits for would keep the run's row from being settled.
      if (ending.kind === "aborted") cutting = attempt.cut();
      await this.settleAnyhow(attempt, ending);
    } catch (error) {
      this.deps.log.error(`Cannot settle run ${run.id}`, { reason: errorMessage(error) });
    } finally {
      this.heartbeat.remove(attempt);
      attempt.log.end();
    }
    await cutting;
  }

  /** What the database refuses to keep, such as a result nested too deep for it, is a failure that says so. */
  private async settleAnyhow(attempt: Attempt, ending: Ending): Promise<void> {
    try {
      await this.settle(attempt, ending);
    } catch (error) {
      if (isConnectionError(error)) throw error;
      const refused = new Error(`Cannot settle the run: ${errorMessage(error)}`);
      await this.settle(attempt, { kind: "threw", error: refused, retryable: false });
    }
  }

  /** A run that cannot begin here: a setting is missing. */
  private refuse({ job }: Attempt): Ending | null {
    const missing = missingSettings(job, this.deps.config);
    if (missing.length === 0) return null;
    return { kind: "refused", reason: "not_configured", message: sayNotSet(missing) };
  }

  /**
   * Calls the handler; one that ignores its signal is left behind.
   *
   * What it returns at shutdown is its result: it may have finished. Past its timeout nothing it returns is.
   */
  private async handle(attempt: Attempt): Promise<Ending> {
    const { job, run } = attempt;
    const timer = setTimeout(() => attempt.abort("timeout"), job.policies.timeoutMs);
    try {
      attempt.signal.throwIfAborted();
      const aborted = whenAborted(attempt.signal);
      const ending = await Promise.race([this.call(attempt), aborted.ending])
        .finally(aborted.forget);
      const mayReturn = !attempt.signal.aborted || abortReasonOf(attempt.signal) === "shutdown";
      return mayReturn ? ending : abortedEnding(attempt.signal);
    } catch (error) {
      if (attempt.signal.aborted) return abortedEnding(attempt.signal);
      // Wrong parameters stay wrong, however often they are tried.
      const retryable = !(error instanceof InvalidInputError);
      attempt.log.error(`Attempt ${run.attempt} failed: ${errorMessage(error)}`, {
        stack: stackOf(error),
      });
      return { kind: "threw", error, retryable };
    } finally {
      clearTimeout(timer);
    }
  }

  private async call(attempt: Attempt): Promise<Ending> {
    const { job, run } = attempt;
    const refusal = this.refuse(attempt);
    if (refusal) return refusal;
    const { createContext } = await import("./context.ts");
    const params = parseParams(job, run.params);
    const result = toResult(await job.run(createContext(this.deps, attempt, params)));
    return {
      kind: "returned",
      result: run.dry_run ? attempt.describeDryRun(result) : result,
      items: attempt.items,
    };
  }

  private async settle(attempt: Attempt, ending: Ending): Promise<void> {
    const settlement = decideSettlement(attempt.job, attempt.run, ending);
    if (!settlement) {
      this.deps.log.warn(`Run ${attempt.run.id} was taken away from this process`, {
        job: attempt.job.id,
        reason: ending.kind === "aborted" ? ending.reason : undefined,
      });
      return;
    }
    // A settlement is fenced, so that trying it twice settles once.
    const settled = await whileDatabaseIsAway(async () => {
      await attempt.flush();
      const { sql, clock, config } = this.deps;
      return await settleRun(
        sql,
        clock,
        attempt.holding,
        settlement,
        config.alertWebhookUrl !== null,
      );
    });
    if (settled) await this.report(settled);
    else this.deps.log.warn(`Run ${attempt.run.id} was taken away before it could be settled`);
  }

  private async report(run: RunRow): Promise<void> {
    const { job_id, job_type } = run;
    const nextRunAt = await readNextRunAt(this.deps.sql, job_id, job_type).catch(() => null);
    const isTriedAgain = run.status === "pending";
    const level = run.error_message === null ? "info" : "warn";
    const words = isTriedAgain
      ? `Job ${job_type} is tried again`
      : `Job ${job_type} completed with status ${run.status}`;
    this.deps.log[level](words, {
      run: run.id,
      reason: run.reason ?? undefined,
      duration_ms: run.duration_ms ?? undefined,
      tried_again: isTriedAgain ? run.available_at.toISOString() : undefined,
      next_run: nextRunAt?.toISOString() ?? "none",
      error: run.error_message ?? undefined,
    });
  }
}

function toResult(returned: Json | void): Json {
  try {
    return toStorableJson(returned);
  } catch (error) {
    throw new TypeError(`Cannot keep the result as it must be JSON: ${errorMessage(error)}`);
  }
}

/**
 * Resolves when the signal aborts, at shutdown only after the handler had time to stop by itself.
 *
 * `forget` releases its timer and listener.
 */
function whenAborted(signal: AbortSignal): { ending: Promise<Ending>; forget: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const onAbort = () => {
    const graceMs = abortReasonOf(signal) === "shutdown" ? SHUTDOWN_GRACE_MS : 0;
    timer = setTimeout(() => resolve(abortedEnding(signal)), graceMs);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    ending: promise,
    forget() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function abortedEnding(signal: AbortSignal): Ending {
  return { kind: "aborted", reason: abortReasonOf(signal) };
}

function abortReasonOf(signal: AbortSignal): AbortReason {
  return signal.reason instanceof AbortError ? signal.reason.abortReason : "lost";
}
