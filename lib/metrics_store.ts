/** The SQL behind `/metrics`: counters that outlive retention, and what stands now. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";

/** Runs that ended, by job, status and bucket of `DURATION_BOUNDS_MS`. */
export interface RunCount {
  job_type: string;
  status: string;
  bucket: number;
  runs: number;
  duration_ms_sum: number;
  last_finished_at: Date;
}

/** Runs of a job that are not settled; `oldest_due_seconds` is null when none of them waits past its time. */
export interface ActiveCount {
  job_type: string;
  pending: number;
  running: number;
  oldest_due_seconds: number | null;
}

/** Live rows of a job and how many of them are paused. */
export interface PauseCount {
  job_type: string;
  schedules: number;
  paused: number;
}

/** All runs that ever ended; dry runs are not counted. */
export async function readRunCounts(sql: Sql): Promise<RunCount[]> {
  return await sql<RunCount[]>`
    select job_type, status, bucket,
           sum(runs)::float8 as runs,
           sum(duration_ms_sum)::float8 as duration_ms_sum,
           max(last_finished_at) as last_finished_at
    from job_stats
    group by job_type, status, bucket
    order by job_type, status, bucket`;
}

/** What waits and what runs. */
export async function readActiveCounts(sql: Sql, clock: Clock): Promise<ActiveCount[]> {
  return await sql<ActiveCount[]>`
    select r.job_type,
           (count(*) filter (where r.status = 'pending'))::int as pending,
           (count(*) filter (where r.status = 'running'))::int as running,
           extract(epoch from max(t.now - r.available_at)
             filter (where r.status = 'pending' and r.available_at <= t.now))::float8
             as oldest_due_seconds
    from job_runs r, (select ${clock.now(sql)} as now) t
    where r.status in ('pending', 'running')
    group by r.job_type
    order by r.job_type`;
}

/** Rows of jobs, and the paused ones among them. */
export async function readPauseCounts(sql: Sql, clock: Clock): Promise<PauseCount[]> {
  return await sql<PauseCount[]>`
    select s.job_type,
           count(*)::int as schedules,
           (count(*) filter (
             where s.paused_at is not null and (s.paused_until is null or s.paused_until > t.now)
           ))::int as paused
    from scheduled_jobs s, (select ${clock.now(sql)} as now) t
    where s.retired_at is null and s.deleted_at is null
    group by s.job_type
    order by s.job_type`;
}
