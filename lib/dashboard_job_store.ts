/** The SQL behind the dashboard's page of one job: its durations, its errors, its schedules. */
import type { Sql } from "./db/sql.ts";
import type { RunStatus } from "./run.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** How many runs the chart of durations shows. */
export const CHARTED_RUNS = 60;

/** How many of a job's newest runs are looked at for errors. */
const RUNS_LOOKED_AT = 1_000;

const GROUPS_SHOWN = 10;

/** A bar of the chart. */
export interface ChartedRun {
  id: string;
  status: RunStatus;
  started_at: Date;
  /** Null while it runs. */
  duration_ms: number | null;
  dry_run: boolean;
}

/** Failed runs whose errors read alike: numbers and ids do not count. */
export interface ErrorGroup {
  message: string;
  runs: number;
  first_at: Date;
  last_at: Date;
  last_run_id: string;
}

/** The newest runs of a job that were performed, newest first. */
export function listChartedRuns(sql: Sql, jobType: string): Promise<ChartedRun[]> {
  return sql<ChartedRun[]>`
    select id, status, started_at, duration_ms::float8 as duration_ms, dry_run
    from (
      select *
      from job_runs
      where job_type = ${jobType}
      order by created_at desc, id desc
      limit ${RUNS_LOOKED_AT}
    ) newest
    where started_at is not null
    order by created_at desc, id desc
    limit ${CHARTED_RUNS}`;
}

/** The errors of a job's newest runs, what failed most often first. */
export function listErrorGroups(sql: Sql, jobType: string): Promise<ErrorGroup[]> {
  return sql<ErrorGroup[]>`
    select (array_agg(message order by at desc))[1] as message,
           count(*)::int as runs,
           min(at) as first_at,
           max(at) as last_at,
           (array_agg(id order by at desc))[1] as last_run_id
    from (
      select id, left(error_message, 500) as message, finished_at as at, status
      from job_runs
      where job_type = ${jobType}
      order by created_at desc, job_runs.id desc
      limit ${RUNS_LOOKED_AT}
    ) newest
    where status = 'failed'
    group by regexp_replace(
      coalesce(message, ''),
      '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+', '#', 'g'
    )
    order by count(*) desc, max(at) desc
    limit ${GROUPS_SHOWN}`;
}

/** The rows that schedule a job, its own first; deleted ones left out. */
export function listSchedulesOf(
  sql: Sql,
  jobType: string,
  limit: number,
): Promise<ScheduleRow[]> {
  return sql<ScheduleRow[]>`
    select *
    from scheduled_jobs
    where job_type = ${jobType}
      and deleted_at is null
    order by (id = ${jobType}) desc, next_run_at nulls last, id
    limit ${limit}`;
}
