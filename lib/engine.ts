/** Puts the parts together: an alarm's pass over the database, and what may be asked of it in between. */
import { sendAlerts } from "./alerts.ts";
import { backfill, type BackfillRequest, type BackfillResult } from "./backfill.ts";
import { cancelElsewhere } from "./cancel.ts";
import { Claimer } from "./claimer.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Sql } from "./db/sql.ts";
import { Dispatcher } from "./dispatcher.ts";
import {
  beginDispatch,
  recordDispatch,
  recordSchedulerOff,
  recordTick,
} from "./engine_state_store.ts";
import type { Engine, RunRequest, TickResult } from "./engine_api.ts";
import { ConflictError, errorMessage, NotFoundError } from "./errors.ts";
import { DEFAULT_LEASE, type LeaseTimes } from "./heartbeat.ts";
import { HeartbeatPing } from "./heartbeat_ping.ts";
import type { AnyJob } from "./job.ts";
import type { Log } from "./log.ts";
import { insertRequestedRun, insertRetry } from "./requests.ts";
import { isSettled, type RunRow } from "./run.ts";
import { cancelRun, readRun, recoverLostRuns, skipUnknownRuns } from "./run_store.ts";
import { Runner } from "./runner.ts";
import { noteDisabledRows } from "./schedule_store.ts";

export interface EngineOptions {
  /** For what is asked of the engine, and for all else where no other pool is given. */
  sql: Sql;
  /** For its own work: what holds up `sql` or `handlers` holds up no schedule and no lease. */
  core?: Sql;
  /** For the handlers of jobs. */
  handlers?: Sql;
  clock: Clock;
  config: Config;
  log: Log;
  jobs: readonly AnyJob[];
  /** Names this process in `claimed_by`; default: a random name. */
  worker?: string;
  /** Runs that this process performs at once; default 10. */
  capacity?: number;
  lease?: LeaseTimes;
}

const DEFAULT_CAPACITY = 10;

/** How often a waiting request looks at a run that another process performs. */
const POLL_MS = 250;

/** Sources of ticks that are no clock: they carry a tick only when the clocks have gone silent. */
const CARRIERS: ReadonlySet<string> = new Set(["request", "readyz"]);

/** Makes an engine; it does nothing by itself until it is ticked or asked. */
export function createEngine(options: EngineOptions): Engine {
  return new EngineCore(options);
}

class EngineCore implements Engine {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly config: Config;
  readonly log: Log;
  readonly jobs: ReadonlyMap<string, AnyJob>;
  private readonly core: Sql;
  private readonly runner: Runner;
  private readonly dispatcher: Dispatcher;
  private readonly claimer: Claimer;
  private readonly stopping = new AbortController();
  private ticking: Promise<TickResult> | null = null;
  private nextTick: { source: string; result: Promise<TickResult> } | null = null;
  private telling: Promise<void> = Promise.resolve();
  private readonly ping: HeartbeatPing | null;

  constructor(options: EngineOptions) {
    const { sql, core = sql, handlers = sql, clock, config, log, jobs } = options;
    this.sql = sql;
    this.core = core;
    this.clock = clock;
    this.config = config;
    this.log = log;
    this.jobs = new Map(jobs.map((job) => [job.id, job]));
    const { heartbeatUrl } = config;
    this.ping = heartbeatUrl ? new HeartbeatPing(heartbeatUrl, log, this.stopping.signal) : null;
    const lease = options.lease ?? DEFAULT_LEASE;
    this.runner = new Runner({ sql: core, handlers, clock, config, log, jobs: this.jobs, lease });
    this.dispatcher = new Dispatcher({ sql: core, clock, log, stopping: this.stopping.signal });
    const claimant = {
      worker: options.worker ?? crypto.randomUUID().slice(0, 8),
      leaseMs: lease.leaseMs,
      deployment: config.deployment,
      timeline: config.timeline,
      known: [...this.jobs.keys()],
    };
    this.claimer = new Claimer({
      sql: core,
      clock,
      log,
      runner: this.runner,
      claimant,
      capacity: options.capacity ?? DEFAULT_CAPACITY,
      stopping: this.stopping.signal,
      onEnd: () => this.tellOutside(),
    });
  }

  async requestRun(jobType: string, request: RunRequest): Promise<RunRow> {
    const run = await insertRequestedRun(this, jobType, request);
    return await this.claimer.claimOne(run) ?? await this.runOf(run.id);
  }

  async retryRun(
    runId: string,
    request: { triggeredBy: string; failedItemsOnly?: boolean },
  ): Promise<RunRow> {
    const run = await insertRetry(this, runId, request);
    return await this.claimer.claimOne(run) ?? await this.runOf(run.id);
  }

  async backfill(jobType: string, request: BackfillRequest): Promise<BackfillResult> {
    const result = await backfill(this, jobType, request);
    await this.claimer.claim();
    return result;
  }

  async waitForRun(runId: string, timeoutMs: number): Promise<RunRow> {
    const deadline = performance.now() + timeoutMs;
    while (true) {
      const run = await this.runOf(runId);
      const leftMs = deadline - performance.now();
      const here = this.runner.endOf(runId) !== undefined;
      const isOver = this.stopping.signal.aborted && !here;
      if (isSettled(run) || leftMs <= 0 || isOver) return run;
      await this.pause(runId, here ? leftMs : Math.min(POLL_MS, leftMs));
    }
  }

  async cancelRun(runId: string, by: string): Promise<RunRow> {
    const run = await this.runOf(runId);
    // Before the row, which the handler's transaction may hold for as long as nobody ends it.
    const isHere = this.runner.abort(runId, "cancelled");
    const cancel = isHere ? cancelRun : cancelElsewhere;
    const cancelled = await cancel(this.sql, this.clock, runId);
    if (!cancelled) {
      throw new ConflictError(`Run ${runId} is ${run.status} already`, { run_id: runId });
    }
    this.log.info(`Run ${runId} cancelled`, { job: cancelled.job_type, by });
    return cancelled;
  }

  /** Ticks that come while one is under way share the next one: what they know of, it will see. */
  tick(source: string): Promise<TickResult> {
    if (!this.ticking) {
      this.ticking = this.pass(source).finally(() => this.ticking = null);
      return this.ticking;
    }
    if (!this.nextTick) {
      const result = this.ticking.catch(() => {}).then(() => {
        const { source } = this.nextTick!;
        this.nextTick = null;
        return this.tick(source);
      });
      this.nextTick = { source, result };
    }
    // One clock among them makes it a clock's tick: what only carries one may find nothing to do.
    if (!CARRIERS.has(source)) this.nextTick.source = source;
    return this.nextTick.result;
  }

  async idle(): Promise<void> {
    let claiming;
    do {
      claiming = this.claimer.claiming;
      await claiming;
      await this.runner.idle();
      await this.telling;
      await this.ping?.idle();
      // A run that ended may have made room for one that waited.
    } while (this.claimer.claiming !== claiming || this.runner.count > 0);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    // At once: a pass that is held up must not take the seconds that handlers have.
    const stopped = this.runner.stop();
    await this.ticking?.catch(() => {});
    await this.claimer.claiming;
    await stopped;
    // What a claim that was under way has brought.
    await this.runner.stop();
    await this.telling;
    await this.ping?.idle();
  }

  /**
   * Record → renew → recover → dispatch → claim; the runs go on when it is over.
   *
   * A step that fails is told and keeps none of the others from its work; throws when the database is away.
   */
  private async pass(source: string): Promise<TickResult> {
    const nothing = { dispatched: 0, started: 0, recovered: 0, ended: Promise.resolve() };
    if (this.stopping.signal.aborted) return nothing;
    const onlyIfStale = CARRIERS.has(source);
    const goesOn = await this.step(
      "record the tick",
      () => recordTick(this.core, this.clock, { source, onlyIfStale }),
      !onlyIfStale,
    );
    if (!goesOn) return nothing;
    const before = new Set(this.runner.ends);
    // A process that was busy beyond its own leases is alive, and must not take its own runs for lost.
    await this.step("renew leases", () => this.runner.renewLeases(), undefined);
    const recovered = await this.step("recover lost runs", () => this.recover(), 0);
    await this.step("skip unknown runs", () => this.skipUnknown(), undefined);
    const dispatched = await this.step("dispatch", () => this.dispatch(), 0);
    const [started] = await Promise.all([
      this.step("claim runs", () => this.claimer.claim(), []),
      this.step("note disabled rows", () => noteDisabledRows(this.core, this.clock), undefined),
    ]);
    this.tellOutside();
    return {
      dispatched,
      recovered,
      started: started.length,
      // With those that the end of another run has claimed meanwhile: who waits for this pass keeps them alive.
      ended: Promise.all(this.runner.ends.filter((end) => !before.has(end))).then(() => {}),
    };
  }

  private async step<T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isConnectionError(error)) throw error;
      this.log.error(`Cannot ${what}`, { reason: errorMessage(error) });
      return otherwise;
    }
  }

  private async recover(): Promise<number> {
    const alerting = this.config.alertWebhookUrl !== null;
    const recovered = await recoverLostRuns(this.core, this.clock, alerting);
    for (const run of recovered) {
      this.log.warn(`Run ${run.id} was lost by ${run.claimed_by}`, {
        job: run.job_type,
        losses: run.losses,
        status: run.status,
      });
    }
    return recovered.length;
  }

  private async skipUnknown(): Promise<void> {
    for (const run of await skipUnknownRuns(this.core, this.clock, [...this.jobs.keys()])) {
      this.log.warn(`Run ${run.id} skipped: no revision knows job "${run.job_type}"`);
    }
  }

  private async dispatch(): Promise<number> {
    if (!this.config.schedulerEnabled || !this.config.timelineRunsSchedules) {
      await recordSchedulerOff(this.core, this.clock);
      return 0;
    }
    const begin = await beginDispatch(this.core, this.clock);
    const { runs, passedBy } = await this.dispatcher.dispatch(begin);
    const toldAll = passedBy === 0 && !this.stopping.signal.aborted;
    await recordDispatch(this.core, this.clock, { ...begin, toldAll });
    this.ping?.beat();
    return runs;
  }

  private tellOutside(): void {
    const { alertWebhookUrl } = this.config;
    if (!alertWebhookUrl || this.stopping.signal.aborted) return;
    this.telling = this.telling
      .then(() => sendAlerts(this, alertWebhookUrl, this.stopping.signal))
      .catch((error) => this.warn("Cannot send alerts", error));
  }

  private warn(message: string, error: unknown): void {
    this.log.warn(message, { reason: errorMessage(error) });
  }

  private async runOf(runId: string): Promise<RunRow> {
    const run = await readRun(this.sql, runId);
    if (!run) throw new NotFoundError(`There is no run ${runId}`);
    return run;
  }

  /** Waits until the run ends here, or for `ms` where another process performs it. */
  private async pause(runId: string, ms: number): Promise<void> {
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([timeout, this.runner.endOf(runId) ?? timeout]);
    clearTimeout(timer);
  }
}
