import type { Attempt } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Sql } from "./db/sql.ts";
import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";
import { type Holding, renewLeases } from "./run_store.ts";

/** How long a claim holds without a heartbeat, and how often one is sent. */
export interface LeaseTimes {
  leaseMs: number;
  heartbeatMs: number;
}

export const DEFAULT_LEASE: LeaseTimes = { leaseMs: 30_000, heartbeatMs: 10_000 };

/** Renews the leases of all that this process performs, in one statement a beat. */
export class Heartbeat {
  private readonly attempts = new Map<string, { attempt: Attempt; renewedAt: number }>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private beating = false;

  constructor(
    private readonly deps: { sql: Sql; clock: Clock; log: Log },
    private readonly times: LeaseTimes,
  ) {}

  /** Takes over an attempt; one whose claim came back too late, to a process that was frozen, ends at once. */
  add(attempt: Attempt, claimedAtMs: number): void {
    this.attempts.set(keyOf(attempt.holding), { attempt, renewedAt: claimedAtMs });
    this.abortExpired();
    this.timer ??= setInterval(() => this.beat(), this.times.heartbeatMs);
  }

  remove(attempt: Attempt): void {
    this.attempts.delete(keyOf(attempt.holding));
    if (this.attempts.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Renews now, if there is anything to renew. */
  async renew(): Promise<void> {
    if (this.attempts.size > 0) await this.beat();
  }

  /** Renews once; aborts the attempts that were taken away, and all whose lease must have run out. */
  async beat(): Promise<void> {
    if (this.beating) return this.abortExpired();
    this.beating = true;
    // What is added while the statement is under way was claimed after it and is not judged by it.
    const asked = [...this.attempts.values()];
    const sentAt = performance.now();
    try {
      const kept = await this.ask(asked.map(({ attempt }) => attempt.holding));
      const keptKeys = new Set(kept.map(keyOf));
      for (const held of asked) {
        if (keptKeys.has(keyOf(held.attempt.holding))) held.renewedAt = sentAt;
        else held.attempt.abort("lost");
      }
    } catch (error) {
      this.deps.log.warn("Cannot renew leases", { reason: errorMessage(error) });
      this.abortExpired();
    } finally {
      this.beating = false;
    }
  }

  /** Asks twice: a connection that was cut unseen gives no answer for a while, and another one may. */
  private async ask(holdings: Holding[]): Promise<Holding[]> {
    const { sql, clock } = this.deps;
    const renew = () => renewLeases(sql, clock, holdings, this.times.leaseMs);
    try {
      return await renew();
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      return await renew();
    }
  }

  /** Without the database's word, a lease is as old as the last answer. */
  private abortExpired(): void {
    for (const { attempt, renewedAt } of this.attempts.values()) {
      if (performance.now() - renewedAt > this.times.leaseMs) attempt.abort("lost");
    }
  }
}

function keyOf({ id, attempt }: { id: string; attempt: number }): string {
  return `${id}/${attempt}`;
}
