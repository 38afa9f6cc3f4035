/** The SQL behind the list of jobs: their rows of the schedule and what their runs add up to. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** What all live rows of a job (not retired, not deleted) say together. */
export interface JobSchedules {
  job_type: string;
  schedules: number;
  /** Whether any of them is enabled. */
  enabled: boolean;
  /** The earliest among the rows that are enabled and not paused; due now counts as now. */
  next_run_at: Date | null;
}

/**
 * What the runs of a job add up to; dry runs are left out of all figures but `running`.
 *
 * Counts and the times of the last success and error come from `job_stats` and outlive retention.
 */
export interface JobFigures {
  job_type: string;
  running: number;
  success_count: number;
  error_count: number;
  last_success_at: Date | null;
  last_error_at: Date | null;
  /** Null also when retention took the run. */
  last_error_message: string | null;
  /** When the newest run that was performed started. */
  last_run_at: Date | null;
  /** Over the newest successes, at most `DURATION_SAMPLE`; null when there are none. */
  p50_ms: number | null;
  p95_ms: number | null;
}

/** The scheduler's pulse; `age_seconds` null when there was no tick yet. */
export interface SchedulerPulse {
  now: Date;
  last_tick_at: Date | null;
  last_tick_source: string | null;
  age_seconds: number | null;
}

/** How many runs the percentiles of a job are taken over. */
export const DURATION_SAMPLE = 100;

/** How many of a job's newest runs are looked at for them, so that a million skipped ones cost nothing. */
const RUNS_LOOKED_AT = 1_000;

/** Rows in a bounded pause that are looked at for a job's next run. */
const PAUSED_ROWS_LOOKED_AT = 500;

/** The rows of the given jobs, added up per job; a job without a live row is left out. */
export function readJobSchedules(
  sql: Sql,
  clock: Clock,
  jobTypes: string[],
): Promise<JobSchedules[]> {
  return sql<JobSchedules[]>`
    select s.job_type,
           count(*)::int as schedules,
           bool_or(s.enabled) as enabled,
           min(coalesce(nullif(s.next_run_at, '-infinity'), t.now)) filter (
             where s.enabled
               and s.next_run_at is distinct from 'infinity'
               and (s.paused_at is null or s.paused_until <= t.now)
           ) as next_run_at
    from scheduled_jobs s, (select ${clock.now(sql)} as now) t
    where s.job_type = any(${jobTypes})
      and s.retired_at is null
      and s.deleted_at is null
    group by s.job_type`;
}

/** The code jobs' own rows, whatever their state. */
export function listCodeRows(sql: Sql, jobTypes: string[]): Promise<ScheduleRow[]> {
  return sql<ScheduleRow[]>`
    select *
    from scheduled_jobs
    where id = any(${jobTypes})`;
}

/** Live, enabled rows in a pause that has an end, the first to wake up first; at most 500. */
export function listPausedRows(sql: Sql, clock: Clock, jobTypes: string[]): Promise<ScheduleRow[]> {
  return sql<ScheduleRow[]>`
    select *
    from scheduled_jobs
    where job_type = any(${jobTypes})
      and enabled
      and retired_at is null
      and deleted_at is null
      and paused_until > ${clock.now(sql)}
      and paused_until < 'infinity'
    order by paused_until, id
    limit ${PAUSED_ROWS_LOOKED_AT}`;
}

/** The figures of the given jobs, in their order, whether they ever ran or not. */
export function readJobFigures(sql: Sql, jobTypes: string[]): Promise<JobFigures[]> {
  return sql<JobFigures[]>`
    with stats as (
      select job_type,
             coalesce(sum(runs) filter (where status = 'success'), 0)::float8 as success_count,
             coalesce(sum(runs) filter (where status = 'failed'), 0)::float8 as error_count,
             max(last_finished_at) filter (where status = 'success') as last_success_at,
             max(last_finished_at) filter (where status = 'failed') as last_error_at
      from job_stats
      where job_type = any(${jobTypes})
      group by job_type
    ),
    active as (
      select job_type, count(*)::int as running
      from job_runs
      where job_type = any(${jobTypes})
        and status = 'running'
      group by job_type
    )
    select wanted.job_type,
           coalesce(active.running, 0) as running,
           coalesce(stats.success_count, 0) as success_count,
           coalesce(stats.error_count, 0) as error_count,
           stats.last_success_at,
           stats.last_error_at,
           failure.error_message as last_error_message,
           coalesce(performed.started_at, greatest(stats.last_success_at, stats.last_error_at))
             as last_run_at,
           round(recent.p50)::float8 as p50_ms,
           round(recent.p95)::float8 as p95_ms
    from unnest(${jobTypes}::text[]) with ordinality as wanted (job_type, place)
    left join stats on stats.job_type = wanted.job_type
    left join active on active.job_type = wanted.job_type
    -- A failed run was created before it ended, mostly shortly before: the scan begins beside it.
    left join lateral (
      select r.error_message
      from job_runs r
      where r.job_type = wanted.job_type
        and r.created_at <= stats.last_error_at
        and r.status = 'failed'
        and not r.dry_run
      order by r.created_at desc, r.id desc
      limit 1
    ) failure on true
    left join lateral (
      select newest.started_at
      from (
        select r.started_at, r.dry_run, r.created_at, r.id
        from job_runs r
        where r.job_type = wanted.job_type
        order by r.created_at desc, r.id desc
        limit ${RUNS_LOOKED_AT}
      ) newest
      where newest.started_at is not null
        and not newest.dry_run
      order by newest.created_at desc, newest.id desc
      limit 1
    ) performed on true
    left join lateral (
      select percentile_cont(0.5) within group (order by sample.duration_ms) as p50,
             percentile_cont(0.95) within group (order by sample.duration_ms) as p95
      from (
        select newest.duration_ms
        from (
          select r.status, r.dry_run, r.duration_ms, r.created_at, r.id
          from job_runs r
          where r.job_type = wanted.job_type
          order by r.created_at desc, r.id desc
          limit ${RUNS_LOOKED_AT}
        ) newest
        where newest.status = 'success'
          and not newest.dry_run
        order by newest.created_at desc, newest.id desc
        limit ${DURATION_SAMPLE}
      ) sample
    ) recent on true
    order by wanted.place`;
}

/** When the last tick was, how long ago by the database's clock, and what brought it. */
export async function readPulse(sql: Sql, clock: Clock): Promise<SchedulerPulse> {
  const [pulse] = await sql<SchedulerPulse[]>`
    select t.now,
           e.last_tick_at,
           e.last_tick_source,
           extract(epoch from t.now - e.last_tick_at)::float8 as age_seconds
    from engine_state e, (select ${clock.now(sql)} as now) t`;
  return pulse;
}
