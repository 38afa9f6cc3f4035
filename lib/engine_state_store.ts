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

/**
 * Notes that schedules stand still from now on, unless another process dispatches.
 *
 * Such a time is over with the first dispatch after `scheduler_off_at`; the mark stays until all its slots are told.
 */
export async function recordSchedulerOff(sql: Sql, clock: Clock): Promise<void> {
  const now = clock.now(sql);
  await sql`
    update engine_state
    set scheduler_off_at = ${now}
    where (scheduler_off_at is null or scheduler_off_at < last_dispatch_at)
      and (last_dispatch_at is null
           or last_dispatch_at < ${now} - ${STALE_TICK_SECONDS} * interval '1 second')`;
}

/**
 * Ends a time in which the scheduler was off, if this is the first dispatch after it.
 *
 * Returns when that was, for as long as some row's slots of that time may be untold, else null: the instant is the
 * same for every process and every pass until then.
 */
export async function beginDispatch(sql: Sql, clock: Clock): Promise<Date | null> {
  const [state] = await sql<{ off_until: Date | null }[]>`
    with begun as (
      update engine_state
      set last_dispatch_at = ${clock.now(sql)}
      where scheduler_off_at is not null
        and (last_dispatch_at is null or last_dispatch_at < scheduler_off_at)
      returning last_dispatch_at
    )
    select coalesce((select last_dispatch_at from begun), last_dispatch_at) as off_until
    from engine_state
    where scheduler_off_at is not null`;
  return state?.off_until ?? null;
}

/** Notes a dispatch; where it told all slots up to `offUntil`, the time before is done with. */
export async function recordDispatch(
  sql: Sql,
  clock: Clock,
  { offUntil, toldAll }: { offUntil: Date | null; toldAll: boolean },
): Promise<void> {
  if (offUntil !== null && !toldAll) return;
  await sql`
    update engine_state
    set last_dispatch_at = ${clock.now(sql)},
        scheduler_off_at = case
          when scheduler_off_at <= ${offUntil}::timestamptz then null
          else scheduler_off_at end`;
}
