/** Fills the room of this process with runs that wait. */
import type { Clock } from "./clock.ts";
import { isSqlState } from "./db/errors.ts";
import type { Sql } from "./db/sql.ts";
import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";
import { isSettled, type RunRow } from "./run.ts";
import { type Claimant, claimFree, claimQueued } from "./run_store.ts";
import type { Runner } from "./runner.ts";

export interface ClaimerDeps {
  sql: Sql;
  clock: Clock;
  log: Log;
  runner: Runner;
  claimant: Claimant;
  /** Runs that this process performs at once. */
  capacity: number;
  /** Once aborted, nothing more is claimed. */
  stopping: AbortSignal;
  /** Called when a run has ended here. */
  onEnd: () => void;
}

export class Claimer {
  /** Settles when the claims that are under way are over; never rejects. */
  claiming: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: ClaimerDeps) {}

  /** Claims one run that was just inserted, if this process has room; undefined when it has none or others were first. */
  async claimOne(run: RunRow): Promise<RunRow | undefined> {
    if (isSettled(run)) return run;
    const { sql, clock, claimant } = this.deps;
    const claimed = await this.afterOtherClaims(async () => {
      if (this.room === 0) return undefined;
      const askedAtMs = performance.now();
      const [claimed] = await claimFree(sql, clock, claimant, 1, run.id);
      if (claimed) this.perform(claimed, askedAtMs);
      return claimed;
    });
    // One that stands in a queue or under a limit waits its turn there.
    if (!claimed) await this.claim();
    return claimed;
  }

  /** Claims as many runs as there is room for. Returns their ends. */
  claim(): Promise<Promise<void>[]> {
    return this.afterOtherClaims(() => this.claimNow());
  }

  /** One claim at a time in a process, or several would fill the same room. */
  private afterOtherClaims<T>(claim: () => Promise<T>): Promise<T> {
    const claimed = this.claiming.then(claim);
    this.claiming = claimed.catch(() => {});
    return claimed;
  }

  private async claimNow(): Promise<Promise<void>[]> {
    const { sql, clock, claimant } = this.deps;
    const ended: Promise<void>[] = [];
    while (this.room > 0) {
      const askedAtMs = performance.now();
      const free = await claimFree(sql, clock, claimant, this.room);
      ended.push(...free.map((run) => this.perform(run, askedAtMs)));
      const queued = this.room > 0 ? await this.claimWaiting() : [];
      ended.push(...queued.map((run) => this.perform(run, askedAtMs)));
      if (free.length + queued.length === 0) break;
    }
    return ended;
  }

  private async claimWaiting(): Promise<RunRow[]> {
    const { sql, clock, claimant } = this.deps;
    try {
      return await claimQueued(sql, clock, claimant, this.room);
    } catch (error) {
      // Another process took a lane or the head of a queue at the same time: it has the run.
      if (isSqlState(error, "23505")) return [];
      throw error;
    }
  }

  private get room(): number {
    const { stopping, capacity, runner } = this.deps;
    return stopping.aborted ? 0 : capacity - runner.count;
  }

  /** When a run ends, its place and perhaps its lane are free for what waits. */
  private perform(run: RunRow, claimedAtMs: number): Promise<void> {
    const { runner, log, onEnd } = this.deps;
    const ended = runner.start(run, claimedAtMs);
    ended.then(() => {
      if (this.room > 0) {
        this.claim().catch((error) =>
          log.warn("Cannot claim runs", { reason: errorMessage(error) })
        );
      }
      onEnd();
    });
    return ended;
  }
}
