import type { AnySql, Fragment } from "./db/sql.ts";

/**
 * The engine's only source of time: an SQL fragment for "now".
 *
 * Every decision about what is due, late or lost is made by the database with this fragment,
 * so processes whose own clocks disagree still agree on the schedule.
 */
export interface Clock {
  /** The current instant as `timestamptz`, cut to whole milliseconds. */
  now(sql: AnySql): Fragment;
  /**
   * The instant at which the statement has come so far: after what it read and locked, so that what it begins does
   * not begin before what it waited for has ended. To be evaluated once.
   */
  reached(sql: AnySql): Fragment;
}

/**
 * The database's clock, for everything but tests.
 *
 * Cut, not rounded: a rounded default lies up to half a millisecond in the future, and a run
 * that is available in the future cannot be claimed at once. Not now(), which is when the transaction
 * began: the driver prepares a statement in one message and has it carried out in the next, and a process
 * that is frozen between the two would claim with a lease that has run out.
 */
export const databaseClock: Clock = {
  now: (sql) => sql`date_trunc('milliseconds', statement_timestamp())`,
  reached: (sql) => sql`date_trunc('milliseconds', clock_timestamp())`,
};

/** A clock that stands at an instant which the holder moves, for tests of policies. */
export class ManualClock implements Clock {
  constructor(public instant: Date) {}

  now(sql: AnySql): Fragment {
    return sql`${this.instant.toISOString()}::timestamptz`;
  }

  reached(sql: AnySql): Fragment {
    return this.now(sql);
  }

  /** Moves the instant forward; a negative number sets the clock back. */
  advance(ms: number): void {
    this.instant = new Date(this.instant.getTime() + ms);
  }
}

/** This machine's own time, for stamps on log lines; nothing is ever decided by it. */
export function stampNow(): Date {
  return new Date();
}
