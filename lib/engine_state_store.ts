/** The SQL of the one row that tells what the installation does as a whole. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";

/** Without a tick for this long, a request may carry one: alarms come every minute. */
export const STALE_TICK_SECONDS = 90;

/** Writes down a tick; with `onlyIfStale`, only when the last one is old, so that one request of many carries it. */
export async function recordTick(
  sql: Sql,
  clock: Clock,
  { source, onlyIfStale }: { source: string; onlyIfStale: boolean },
): Promise<boolean> {
  const now = clock.now(sql);
  const recorded = await sql`
    insert into engine_state (last_tick_at, last_tick_source)
    values (${now}, ${source})
    on conflict (id) do update
    set last_tick_at = excluded.last_tick_at, last_tick_source = excluded.last_tick_source
    where not ${onlyIfStale}
       or engine_state.last_tick_at is null
       or engine_state.last_tick_at < ${now} - ${STALE_TICK_SECONDS} * interval '1 second'
    returning id`;
  return recorded.length > 0;
}

/** Notes that schedules stand still from now on, unless another process dispatches. */
export async function recordSchedulerOff(sql: Sql, clock: Clock): Promise<void> {
  const now = clock.now(sql);
  await sql`
    update engine_state
    set scheduler_off_at = ${now}
    where scheduler_off_at is null
      and (last_dispatch_at is null
           or last_dispatch_at < ${now} - ${STALE_TICK_SECONDS} * interval '1 second')`;
}

/** Since when schedules stood still; null when they do not. */
export async function readSchedulerOff(sql: Sql): Promise<Date | null> {
  const [state] = await sql<{ scheduler_off_at: Date | null }[]>`
    select scheduler_off_at from engine_state`;
  return state?.scheduler_off_at ?? null;
}

/** Notes a dispatch; it ends the time since `offSince`, whose slots it has told as gaps. */
export async function recordDispatch(
  sql: Sql,
  clock: Clock,
  offSince: Date | null,
): Promise<void> {
  await sql`
    update engine_state
    set last_dispatch_at = ${clock.now(sql)},
        scheduler_off_at = case
          when scheduler_off_at is not distinct from ${offSince}::timestamptz then null
          else scheduler_off_at end`;
}
