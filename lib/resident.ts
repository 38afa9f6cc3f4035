/** What a program outside of Deno Deploy does beyond answering: it migrates, syncs its jobs and has a timer. */
import type { Database } from "./database.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Engine } from "./engine_api.ts";
import { errorMessage } from "./errors.ts";
import { awaitsFirstFill } from "./first_fill_store.ts";
import { parseJobSchedule } from "./job_schedule.ts";
import { describeSchedule } from "./schedule.ts";
import { decideSettlement } from "./outcome.ts";
import { expireLeases, readRunningRuns, settleRun } from "./run_store.ts";
import { readNextRunAt } from "./schedule_store.ts";
import { syncJobs } from "./sync.ts";

const RETRY_MS = 2_000;

/** A resident program between its start and its end. */
export class Resident {
  private timer: ReturnType<typeof setInterval> | undefined;
  private isReady = false;
  private readonly starting = Promise.withResolvers<void>();
  private readonly filling = Promise.withResolvers<void>();

  constructor(
    private readonly engine: Engine,
    private readonly database: Database,
    /** Fills an embedded database that has no history yet; called again when it was cut off. */
    private readonly fill: () => Promise<void>,
    private readonly stopping: AbortSignal,
  ) {}

  /**
   * Brings the database up to date, waiting for one that is away, and starts the timer.
   *
   * A `watched` program is restarted by its watcher, which gives it no time to hand its runs back.
   *
   * Throws what migrating throws: a database that does not fit is a reason to end.
   */
  async begin({ watched = false } = {}): Promise<void> {
    const { engine, database } = this;
    // Loaded only now: the texts of all migrations are no part of a cold start.
    const { migrate } = await import("./db/migrate.ts");
    await this.onceDatabaseAnswers(async () => {
      await migrate(database.sql, { log: (sentence) => engine.log.info(sentence) });
      if (database.kind === "embedded") await this.takeOver(watched);
      // What is due in a database that has yet to be filled would find nobody to work on.
      const isBare = database.kind === "embedded" && await awaitsFirstFill(engine.sql);
      await syncJobs(engine, isBare ? undefined : () => engine.tick("start"));
    });
    if (this.stopping.aborted) return;
    this.starting.resolve();
    if (database.kind === "embedded") await this.fillOnce();
    this.filling.resolve();
    await this.onceDatabaseAnswers(() => this.tellSchedules());
    if (this.stopping.aborted) return;
    this.isReady = true;
    const everyMs = engine.config.schedulerCheckIntervalSeconds * 1_000;
    this.timer = setInterval(() => this.tick("timer"), everyMs);
    this.tick("start");
  }

  /** Whether the database is up to date, so that alarms may act on it. */
  get ready(): boolean {
    return this.isReady;
  }

  /** Resolves when the database has its tables and jobs, or the program ends before. */
  get started(): Promise<void> {
    return this.starting.promise;
  }

  /** Resolves when a new database has its first data, or needs none. */
  get filled(): Promise<void> {
    return this.filling.promise;
  }

  private async tick(source: string): Promise<void> {
    try {
      await this.engine.tick(source);
    } catch (error) {
      // An orderly end closes the database under what is still under way.
      if (this.stopping.aborted) return;
      this.engine.log.warn("Cannot tick", { source, reason: errorMessage(error) });
    }
  }

  end(): void {
    this.starting.resolve();
    this.filling.resolve();
    clearInterval(this.timer);
    this.isReady = false;
  }

  private async onceDatabaseAnswers(work: () => Promise<void>): Promise<void> {
    for (let tried = 1; !this.stopping.aborted; tried++) {
      try {
        return await work();
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        if (this.stopping.aborted) return;
        if (tried === 1) {
          this.engine.log.warn("The database does not answer; going on trying", {
            reason: errorMessage(error),
          });
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /**
   * What is running belongs to a program that is gone: lost, or, where a watcher restarts the program whenever a
   * file is saved, interrupted.
   */
  private async takeOver(watched: boolean): Promise<void> {
    const { sql, clock, jobs } = this.engine;
    for (const run of watched ? await readRunningRuns(sql) : []) {
      const job = jobs.get(run.job_type);
      const settlement = job && decideSettlement(job, run, { kind: "aborted", reason: "shutdown" });
      if (settlement) await settleRun(sql, clock, run, { ...settlement, isGone: true }, false);
    }
    await expireLeases(sql, clock);
  }

  private async fillOnce(): Promise<void> {
    if (await awaitsFirstFill(this.engine.sql)) await this.fill();
  }

  private async tellSchedules(): Promise<void> {
    const { engine } = this;
    const { config, log } = engine;
    log.info(
      config.schedulerEnabled
        ? "Background scheduler started"
        : "Background scheduler is off (SCHEDULER_ENABLED=false): jobs run by hand only",
    );
    for (const job of engine.jobs.values()) {
      const schedule = parseJobSchedule(job, config);
      const nextRunAt = await readNextRunAt(engine.sql, job.id, job.id);
      log.info(`Scheduled: ${job.name} (${await describeSchedule(schedule)})`, {
        id: job.id,
        next_run: nextRunAt?.toISOString() ?? "none",
      });
    }
  }
}
