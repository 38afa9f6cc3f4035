/** Puts the parts together: an alarm's pass over the database, and what may be asked of it in between. */
import { sendAlerts } from "./alerts.ts";
import { backfill, type BackfillRequest, type BackfillResult } from "./backfill.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { isSqlState } from "./db/errors.ts";
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
import {
  cancelRun,
  type Claimant,
  claimFree,
  claimQueued,
  readRun,
  recoverLostRuns,
  skipUnknownRuns,
} from "./run_store.ts";
import { Runner } from "./runner.ts";

export interface EngineOptions {
  sql: Sql;
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
  private readonly runner: Runner;
  private readonly dispatcher: Dispatcher;
  private readonly claimant: Claimant;
  private readonly capacity: number;
  private readonly stopping = new AbortController();
  private ticking: Promise<TickResult> | null = null;
  private nextTick: { source: string; result: Promise<TickResult> } | null = null;
  private claiming: Promise<unknown> = Promise.resolve();
  private telling: Promise<void> = Promise.resolve();
  private readonly ping: HeartbeatPing | null;

  constructor(options: EngineOptions) {
    const { sql, clock, config, log, jobs } = options;
    this.sql = sql;
    this.clock = clock;
    this.config = config;
    this.log = log;
    this.jobs = new Map(jobs.map((job) => [job.id, job]));
    this.capacity = options.capacity ?? DEFAULT_CAPACITY;
    const { heartbeatUrl } = config;
    this.ping = heartbeatUrl ? new HeartbeatPing(heartbeatUrl, log, this.stopping.signal) : null;
    const lease = options.lease ?? DEFAULT_LEASE;
    this.runner = new Runner({ sql, clock, config, log, jobs: this.jobs, lease });
    this.dispatcher = new Dispatcher({ sql, clock, log });
    this.claimant = {
      worker: options.worker ?? crypto.randomUUID().slice(0, 8),
      leaseMs: lease.leaseMs,
      deployment: config.deployment,
      timeline: config.timeline,
      known: [...this.jobs.keys()],
    };
  }

  async requestRun(jobType: string, request: RunRequest): Promise<RunRow> {
    const run = await insertRequestedRun(this, jobType, request);
    return await this.claimOne(run);
  }

  async retryRun(
    runId: string,
    request: { triggeredBy: string; failedItemsOnly?: boolean },
  ): Promise<RunRow> {
    return await this.claimOne(await insertRetry(this, runId, request));
  }

  async backfill(jobType: string, request: BackfillRequest): Promise<BackfillResult> {
    const result = await backfill(this, jobType, request);
    await this.claim();
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
    const cancelled = await cancelRun(this.sql, this.clock, runId);
    if (!cancelled) {
      throw new ConflictError(`Run ${runId} is ${run.status} already`, { run_id: runId });
    }
    this.runner.abort(runId, "cancelled");
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
      claiming = this.claiming;
      await claiming;
      await this.runner.idle();
      await this.telling;
      await this.ping?.idle();
      // A run that ended may have made room for one that waited.
    } while (this.claiming !== claiming || this.runner.count > 0);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ticking?.catch(() => {});
    await this.claiming;
    await this.runner.stop();
    await this.telling;
    await this.ping?.idle();
  }

  /** Record → renew → recover → dispatch → claim; the runs go on when it is over. */
  private async pass(source: string): Promise<TickResult> {
    const nothing = { dispatched: 0, started: 0, recovered: 0, ended: Promise.resolve() };
    if (this.stopping.signal.aborted) return nothing;
    const onlyIfStale = CARRIERS.has(source);
    if (!await recordTick(this.sql, this.clock, { source, onlyIfStale })) return nothing;
    // A process that was busy beyond its own leases is alive, and must not take its own runs for lost.
    await this.runner.renewLeases();
    const recovered = await this.recover();
    const dispatched = await this.dispatch();
    const started = await this.claim();
    this.tellOutside();
    return {
      dispatched,
      recovered,
      started: started.length,
      ended: Promise.all(started).then(() => {}),
    };
  }

  private async recover(): Promise<number> {
    const alerting = this.config.alertWebhookUrl !== null;
    const recovered = await recoverLostRuns(this.sql, this.clock, alerting);
    for (const run of recovered) {
      this.log.warn(`Run ${run.id} was lost by ${run.claimed_by}`, {
        job: run.job_type,
        losses: run.losses,
        status: run.status,
      });
    }
    for (const run of await skipUnknownRuns(this.sql, this.clock, this.claimant.known)) {
      this.log.warn(`Run ${run.id} skipped: no revision knows job "${run.job_type}"`);
    }
    return recovered.length;
  }

  private async dispatch(): Promise<number> {
    if (!this.config.schedulerEnabled || !this.config.timelineRunsSchedules) {
      await recordSchedulerOff(this.sql, this.clock);
      return 0;
    }
    const offUntil = await beginDispatch(this.sql, this.clock);
    const { runs, passedBy } = await this.dispatcher.dispatch({ offUntil });
    await recordDispatch(this.sql, this.clock, { offUntil, toldAll: passedBy === 0 });
    this.ping?.beat();
    return runs;
  }

  /** Claims one run that was just inserted, if this process has room; it goes on after this returns. */
  private async claimOne(run: RunRow): Promise<RunRow> {
    if (isSettled(run)) return run;
    const claimed = await this.afterOtherClaims(async () => {
      if (this.room === 0) return undefined;
      const askedAtMs = performance.now();
      const [claimed] = await claimFree(this.sql, this.clock, this.claimant, 1, run.id);
      if (claimed) this.perform(claimed, askedAtMs);
      return claimed;
    });
    if (claimed) return claimed;
    // One that stands in a queue or under a limit waits its turn there.
    await this.claim();
    return await this.runOf(run.id);
  }

  /** Claims as many runs as there is room for. Returns their ends. */
  private claim(): Promise<Promise<void>[]> {
    return this.afterOtherClaims(() => this.claimNow());
  }

  /** One claim at a time in a process, or several would fill the same room. */
  private afterOtherClaims<T>(claim: () => Promise<T>): Promise<T> {
    const claimed = this.claiming.then(claim);
    this.claiming = claimed.catch(() => {});
    return claimed;
  }

  private async claimNow(): Promise<Promise<void>[]> {
    const ended: Promise<void>[] = [];
    while (this.room > 0) {
      const askedAtMs = performance.now();
      const free = await claimFree(this.sql, this.clock, this.claimant, this.room);
      ended.push(...free.map((run) => this.perform(run, askedAtMs)));
      const queued = this.room > 0 ? await this.claimQueuedRuns() : [];
      ended.push(...queued.map((run) => this.perform(run, askedAtMs)));
      if (free.length + queued.length === 0) break;
    }
    return ended;
  }

  private async claimQueuedRuns(): Promise<RunRow[]> {
    try {
      return await claimQueued(this.sql, this.clock, this.claimant, this.room);
    } catch (error) {
      // Another process took a lane or the head of a queue at the same time: it has the run.
      if (isSqlState(error, "23505")) return [];
      throw error;
    }
  }

  private get room(): number {
    return this.stopping.signal.aborted ? 0 : this.capacity - this.runner.count;
  }

  /** When a run ends, its place and perhaps its lane are free for what waits. */
  private perform(run: RunRow, claimedAtMs: number): Promise<void> {
    const ended = this.runner.start(run, claimedAtMs);
    ended.then(() => {
      if (this.room > 0) this.claim().catch((error) => this.warn("Cannot claim runs", error));
      this.tellOutside();
    });
    return ended;
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
