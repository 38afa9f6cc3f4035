/** The SQL of the one row that tells what the installation does as a whole. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";
import type { Past } from "./plan.ts";

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

/** What a dispatch has to know of those before it. */
export interface DispatchBegin extends Past {
  begunAt: Date;
}

/**
 * Ends a time in which the scheduler was off, if this is the first dispatch after it.
 *
 * `offUntil` is when that was, for as long as some row's slots of that time may be untold: the instant is the same
 * for every process and every pass until then.
 */
export async function beginDispatch(sql: Sql, clock: Clock): Promise<DispatchBegin> {
  const now = clock.now(sql);
  type State = { begun_at: Date; off_until: Date | null; dispatched_until: Date | null };
  const [state] = await sql<State[]>`
    with begun as (
      update engine_state
      set last_dispatch_at = ${now}
      where scheduler_off_at is not null
        and (last_dispatch_at is null or last_dispatch_at < scheduler_off_at)
      returning last_dispatch_at
    )
    select ${now} as begun_at,
           case when scheduler_off_at is not null
             then coalesce((select last_dispatch_at from begun), last_dispatch_at) end as off_until,
           dispatched_until
    from engine_state`;
  return {
    begunAt: state.begun_at,
    offUntil: state.off_until,
    dispatchedUntil: state.dispatched_until,
  };
}

/** Notes a dispatch; where it told all slots that were due, up to `offUntil` too, the time before is done with. */
export async function recordDispatch(
  sql: Sql,
  clock: Clock,
  { begunAt, offUntil, toldAll }: Pick<DispatchBegin, "begunAt" | "offUntil"> & {
    toldAll: boolean;
  },
): Promise<void> {
  if (offUntil !== null && !toldAll) return;
  await sql`
    update engine_state
    set last_dispatch_at = ${clock.now(sql)},
        dispatched_until = case
          when ${toldAll} then ${begunAt}::timestamptz
          else dispatched_until end,
        scheduler_off_at = case
          when scheduler_off_at <= ${offUntil}::timestamptz then null
          else scheduler_off_at end`;
}
