import type { Clock } from "../../lib/clock.ts";
import type { AnySql, Fragment, Sql } from "../../lib/db/sql.ts";

/**
 * A clock that several processes share: it stands in a row of their database, and goes `rate` times as
 * fast as the real one. At rate 0 it stands still until a test moves it.
 */
export const sharedClock: Clock = {
  now: (sql) => showsAt(sql, sql`statement_timestamp()`),
  reached: (sql) => showsAt(sql, sql`clock_timestamp()`),
};

function showsAt(sql: AnySql, instant: Fragment): Fragment {
  return sql`(
    select date_trunc('milliseconds', c.starts_at + (${instant} - c.real_start) * c.rate)
    from shared_clock c)`;
}

/** Makes the clock of a database; it begins at an instant. */
export async function createSharedClock(
  sql: Sql,
  { startsAt, rate }: { startsAt: Date; rate: number },
): Promise<void> {
  await sql`
    create table shared_clock (
      starts_at timestamptz(3) not null, real_start timestamptz not null, rate float not null)`;
  await sql`insert into shared_clock values (${startsAt}, statement_timestamp(), ${rate})`;
}

/** Moves the clock by so many milliseconds, back where they are negative. */
export async function moveSharedClock(sql: Sql, ms: number): Promise<void> {
  await sql`update shared_clock set starts_at = starts_at + ${ms} * interval '1 millisecond'`;
}

/** What the clock shows. */
export async function readSharedClock(sql: Sql): Promise<Date> {
  const [{ now }] = await sql<{ now: Date }[]>`select ${sharedClock.now(sql)} as now`;
  return now;
}
