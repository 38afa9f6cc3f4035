/**
 * The SQL of a run's life. Every change of state stands in this file (dispatch inserts runs in
 * `dispatch_store.ts`, manual ones come from `request_store.ts`):
 *
 *     pending ── claim ──────────→ running            a free process takes it, with a lease and a new attempt
 *     running ── settle ─────────→ success | failed | skipped
 *     running ── settle ─────────→ pending            to be tried again after its backoff, or handed back at shutdown
 *     running ── recover ────────→ pending | failed   its lease ran out; three losses and it fails with `lost`
 *     pending ── cancel ─────────→ cancelled
 *     running ── cancel ─────────→ cancelled          the fence stops the handler's writes
 *     pending ── skip unknown ───→ skipped            no revision knew its job type for ten minutes
 *
 * Each statement names the state that it leaves and returns the row or nothing. A settled row never changes.
 * Row locks are taken in the order of ids; what takes a run away from its handler locks FOR UPDATE, so that it
 * waits for (or passes by) a transaction in which the handler holds the row FOR KEY SHARE.
 */
import type { Clock } from "./clock.ts";
import type { Fragment, Json, Sql } from "./db/sql.ts";
import type { RunRow, RunStatus } from "./run.ts";
import { alertSettled, countSettled } from "./settled_store.ts";

/** How often a run may be lost before it fails. */
export const MAX_LOSSES = 3;

/** Who claims, and for how long a claim holds without a heartbeat. */
export interface Claimant {
  worker: string;
  leaseMs: number;
  deployment: string;
  timeline: string | null;
  /** The job types that this revision can perform. */
  known: string[];
}

/** The run, or undefined when there is none with that id. */
export async function readRun(sql: Sql, id: string): Promise<RunRow | undefined> {
  const [run] = await sql<RunRow[]>`select * from job_runs where id = ${id}`;
  return run && toRun(run);
}

/** The runs that some process performs. */
export async function readRunningRuns(sql: Sql): Promise<RunRow[]> {
  const runs = await sql<RunRow[]>`select * from job_runs where status = 'running' order by id`;
  return runs.map(toRun);
}

/** Claims up to `limit` runs that nothing but their time held back; `only` narrows it to one run. */
export async function claimFree(
  sql: Sql,
  clock: Clock,
  claimant: Claimant,
  limit: number,
  only: string | null = null,
): Promise<RunRow[]> {
  const claimed = await sql<RunRow[]>`
    with held as (
      select id, null::int as lane
      from job_runs
      where status = 'pending'
        and not gated
        and available_at <= ${clock.now(sql)}
        and job_type = any(${claimant.known})
        and (${only}::uuid is null or id = ${only})
      order by available_at, id
      limit ${limit}
      for update skip locked
    ),
    ${takeHeld(sql, clock, claimant)}
    select * from claimed order by available_at, id`;
  return claimed.map(toRun);
}

/**
 * Claims up to `limit` runs that stand in a queue or under a limit: the head of each queue, and as many
 * as a limit has open lanes, backfills after all others.
 *
 * Two processes that choose the same lane or queue meet in a unique index; the later one throws 23505 and
 * has claimed nothing (see `claimWaiting` in `claimer.ts`).
 */
export async function claimQueued(
  sql: Sql,
  clock: Clock,
  claimant: Claimant,
  limit: number,
): Promise<RunRow[]> {
  const claimed = await sql<RunRow[]>`
    with head as (
      select distinct on (coalesce(queue_key, id::text))
             id, trigger, queue_key, limit_key, limit_size, available_at
      from job_runs
      where status = 'pending' and gated and job_type = any(${claimant.known})
      order by coalesce(queue_key, id::text), coalesce(scheduled_for, as_of), created_at, id
    ),
    ready as (
      -- A backfill waits since it was asked for: in that order the schedule would stand still until its end.
      select h.*, row_number() over (
               partition by limit_key order by trigger = 'backfill', available_at, id) as place
      from head h
      where available_at <= ${clock.now(sql)}
        and not exists (
          select from job_runs x where x.queue_key = h.queue_key and x.status = 'running')
    ),
    limited as (
      select limit_key, max(limit_size) as size,
             -- Runs that began before their row had a limit have no lane, and count.
             (select count(*) from job_runs x
              where x.limit_key = ready.limit_key and x.status = 'running') as running
      from ready
      where limit_key is not null
      group by limit_key
    ),
    open_lane as (
      select k.limit_key, k.running, lane,
             row_number() over (partition by k.limit_key order by lane) as place
      from limited k, generate_series(1, k.size) as lane
      where not exists (
        select from job_runs x
        where x.limit_key = k.limit_key and x.lane = lane.lane and x.status = 'running')
    ),
    chosen as (
      select w.id, o.lane
      from ready w
      left join open_lane o on o.limit_key = w.limit_key and o.place = w.place
      where w.limit_key is null or o.running + o.place <= w.limit_size
      order by w.available_at, w.id
      limit ${limit}
    ),
    held as (
      select r.id, c.lane
      from chosen c join job_runs r on r.id = c.id
      where r.status = 'pending'
      order by r.id
      for update of r skip locked
    ),
    ${takeHeld(sql, clock, claimant)}
    select * from claimed order by available_at, id`;
  return claimed.map(toRun);
}

/** The half of a claim that both kinds share: held rows become running, each with a new attempt. */
function takeHeld(sql: Sql, clock: Clock, claimant: Claimant) {
  return sql`
    moment as materialized (
      select id, lane, ${clock.reached(sql)} as at from held
    ),
    claimed as (
      update job_runs r
      set status = 'running', reason = null, attempt = r.attempt + 1, lane = moment.lane,
          started_at = coalesce(r.started_at, moment.at),
          lease_expires_at = moment.at + ${claimant.leaseMs} * interval '1 millisecond',
          claimed_by = ${claimant.worker},
          deployment = ${claimant.deployment}, timeline = ${claimant.timeline}
      from moment
      where r.id = moment.id
      returning r.*
    ),
    begun as (
      insert into run_attempts (run_id, attempt, started_at, claimed_by, deployment)
      select c.id, c.attempt, m.at, c.claimed_by, c.deployment
      from claimed c join moment m on m.id = c.id
      order by c.id
    )`;
}

/** A run and the attempt that a process holds of it. */
export interface Holding {
  id: string;
  attempt: number;
}

/** Renews the leases of what a process holds; what does not come back was taken away from it. */
export async function renewLeases(
  sql: Sql,
  clock: Clock,
  holdings: Holding[],
  leaseMs: number,
): Promise<Holding[]> {
  return await sql<Holding[]>`
    with mine as (
      select r.id
      from job_runs r
      join unnest(
        ${holdings.map(({ id }) => id)}::uuid[],
        ${holdings.map(({ attempt }) => attempt)}::int[]
      ) as h(id, attempt) on h.id = r.id and h.attempt = r.attempt
      where r.status = 'running'
      order by r.id
      for no key update of r
    )
    update job_runs r
    set lease_expires_at = ${clock.now(sql)} + ${leaseMs} * interval '1 millisecond'
    from mine
    where r.id = mine.id
    returning r.id, r.attempt`;
}

/** How an attempt ended, and what becomes of its run. */
export interface Settlement {
  /** `pending`: it is tried again, or handed back. */
  status: Exclude<RunStatus, "running" | "cancelled">;
  reason: string | null;
  outcome: "success" | "failed" | "timeout" | "interrupted" | "skipped";
  error: string | null;
  result: Json | null;
  /** Whether the attempt uses up one of the job's retries. */
  isFailure: boolean;
  /** For `pending`: how long it waits. */
  delayMs: number;
  /** A success that took longer, all attempts together, gets the reason `slow`; null: however long. */
  slowAfterMs: number | null;
  /** Its process is gone: it ended with its lease, if that is over. */
  isGone?: boolean;
}

/** Ends an attempt; undefined when the run was taken away before. */
export async function settleRun(
  sql: Sql,
  clock: Clock,
  { id, attempt }: Holding,
  settlement: Settlement,
  alerting: boolean,
): Promise<RunRow | undefined> {
  const now = clock.now(sql);
  const { status, reason, outcome, error, result, isFailure, delayMs, slowAfterMs, isGone } =
    settlement;
  const [settled] = await sql<RunRow[]>`
    with held as (
      select id, lease_expires_at from job_runs
      where id = ${id} and attempt = ${attempt} and status = 'running'
      for update
    ),
    ended as (
      update run_attempts a
      set finished_at = ${isGone ? endOfGone(sql, clock, sql`held.lease_expires_at`) : now},
          outcome = ${outcome}, error = ${error}
      from held
      where a.run_id = held.id and a.attempt = ${attempt}
      returning a.run_id, ${elapsedMs(sql)} as elapsed_ms
    ),
    settled as (
      update job_runs r
      set status = ${status}, error_message = ${error},
          reason = case when ${slowAfterMs}::bigint < coalesce(r.duration_ms, 0) + ended.elapsed_ms
            then 'slow' else ${reason} end,
          result_json = ${result === null ? null : sql.json(result)},
          failures = r.failures + ${isFailure ? 1 : 0},
          duration_ms = coalesce(r.duration_ms, 0) + ended.elapsed_ms,
          available_at = case when ${status} = 'pending'
            then ${now} + ${delayMs} * interval '1 millisecond' else r.available_at end,
          finished_at = case when ${status} = 'pending' then null else ${now} end,
          lease_expires_at = null, lane = null
      from ended
      where r.id = ended.run_id
      returning r.*
    ),
    counted as (${countSettled(sql, "settled")}),
    alerted as (${alertSettled(sql, clock, "settled", alerting, slowAfterMs)})
    select * from settled`;
  return settled && toRun(settled);
}

/**
 * Takes back the runs whose lease ran out; a row that its handler's transaction holds is passed by.
 *
 * A lost attempt ended with its lease: while nobody was there to take the run back, nobody worked on it either.
 */
export async function recoverLostRuns(
  sql: Sql,
  clock: Clock,
  alerting: boolean,
): Promise<RunRow[]> {
  const now = clock.now(sql);
  const recovered = await sql<RunRow[]>`
    with lost as (
      select id, attempt, lease_expires_at, losses + 1 >= ${MAX_LOSSES} as fails
      from job_runs
      where status = 'running' and lease_expires_at < ${now}
      order by id
      limit 1000
      for update skip locked
    ),
    ended as (
      update run_attempts a
      set finished_at = ${endOfGone(sql, clock, sql`lost.lease_expires_at`)}, outcome = 'lost'
      from lost
      where a.run_id = lost.id and a.attempt = lost.attempt
      returning a.run_id, lost.fails, ${elapsedMs(sql)} as elapsed_ms
    ),
    settled as (
      update job_runs r
      set status = case when ended.fails then 'failed' else 'pending' end,
          reason = 'lost', losses = r.losses + 1,
          error_message = case when ended.fails
            then 'lost ' || r.losses + 1 || ' times: its process ended or froze each time'
            else r.error_message end,
          duration_ms = coalesce(r.duration_ms, 0) + ended.elapsed_ms,
          available_at = case when ended.fails then r.available_at else ${now} end,
          finished_at = case when ended.fails then ${now} end,
          lease_expires_at = null, lane = null
      from ended
      where r.id = ended.run_id
      returning r.*
    ),
    counted as (${countSettled(sql, "settled")}),
    alerted as (${alertSettled(sql, clock, "settled", alerting)})
    select * from settled`;
  return recovered.map(toRun);
}

/**
 * Ends every lease at once: for the start of a program that has its database to itself, since whoever held
 * one is gone. One that is over keeps its end, which is all that tells when. The next pass takes the runs back.
 */
export async function expireLeases(sql: Sql, clock: Clock): Promise<void> {
  await sql`
    update job_runs
    set lease_expires_at = least(lease_expires_at, ${clock.now(sql)} - interval '1 millisecond')
    where status = 'running'`;
}

/** Cancels a run that is not settled; undefined when it is. */
export async function cancelRun(sql: Sql, clock: Clock, id: string): Promise<RunRow | undefined> {
  const now = clock.now(sql);
  const [cancelled] = await sql<RunRow[]>`
    with held as (
      select id, attempt, status, claimed_by, lease_expires_at from job_runs
      where id = ${id} and status in ('pending', 'running')
      for update
    ),
    -- The attempt is there. Where a claim that this waited for has begun it, an update would not see it.
    ended as (
      insert into run_attempts as a (run_id, attempt, started_at, finished_at, outcome, claimed_by)
      select id, attempt, ${now}, least(${now}, lease_expires_at), 'cancelled', claimed_by
      from held
      where status = 'running'
      on conflict (run_id, attempt) do update
      set finished_at = ${endOfGone(sql, clock, sql`excluded.finished_at`)},
          outcome = excluded.outcome
      returning a.run_id, ${elapsedMs(sql)} as elapsed_ms
    ),
    settled as (
      update job_runs r
      set status = 'cancelled', reason = 'requested',
          duration_ms = case when ended.run_id is null then r.duration_ms
            else coalesce(r.duration_ms, 0) + ended.elapsed_ms end,
          finished_at = ${now}, lease_expires_at = null, lane = null
      from held left join ended on ended.run_id = held.id
      where r.id = held.id
      returning r.*
    ),
    counted as (${countSettled(sql, "settled")})
    select * from settled`;
  return cancelled && toRun(cancelled);
}

/**
 * Settles what waited ten minutes for a revision that knows its job, while nobody worked on any run of it.
 *
 * Work is a run that is being performed, that ended in that time, or that waits for its next attempt. A skip or
 * a cancellation in the first bucket of durations is none: most of them need nobody who knows the job.
 */
export async function skipUnknownRuns(
  sql: Sql,
  clock: Clock,
  known: string[],
): Promise<RunRow[]> {
  const since = sql`${clock.now(sql)} - interval '10 minutes'`;
  const skipped = await sql<RunRow[]>`
    with worked_on as (
      select job_type from job_runs where status = 'running'
      union
      select job_type from job_runs where status = 'pending' and attempt > 0 and available_at >= ${since}
      union
      select job_type from job_stats
      where day >= ((${since}) at time zone 'UTC')::date
        and last_finished_at >= ${since}
        and (status in ('success', 'failed') or bucket > 0)
    ),
    -- By itself, or the planner would look for them in the order of ids, through the whole history.
    abandoned as materialized (
      select id from job_runs
      where status = 'pending'
        and not job_type = any(${known})
        and greatest(available_at, created_at) < ${since}
        -- Hashed, and only once some run has come so far: on most passes none has.
        and job_type not in (select job_type from worked_on)
    ),
    held as (
      select id from job_runs
      where id in (select id from abandoned order by id limit 1000)
        and status = 'pending'
      order by id
      for update skip locked
    ),
    settled as (
      update job_runs r
      set status = 'skipped', reason = 'unknown_job_type', finished_at = ${clock.now(sql)}
      from held
      where r.id = held.id
      returning r.*
    ),
    counted as (${countSettled(sql, "settled")})
    select * from settled`;
  return skipped.map(toRun);
}

/** When the attempt `a`, whose process may be gone, ended: with its lease, so that absence is no work. */
function endOfGone(sql: Sql, clock: Clock, lease: Fragment): Fragment {
  return sql`least(${clock.now(sql)}, greatest(a.started_at, ${lease}))`;
}

/** Milliseconds of the attempt `a` that just got its `finished_at`; a clock set back counts as none. */
function elapsedMs(sql: Sql) {
  return sql`greatest(0, round(extract(epoch from a.finished_at - a.started_at) * 1000))::bigint`;
}

/** Postgres.js hands a bigint over as text. */
export function toRun(row: RunRow): RunRow {
  return { ...row, duration_ms: row.duration_ms === null ? null : Number(row.duration_ms) };
}
