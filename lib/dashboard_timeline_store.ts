/** The SQL behind the dashboard's timeline: what ran, and what did not, in a stretch of time. */
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./plan.ts";
import type { RunStatus } from "./run.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** Bars that one lane has at most; the newest of them. */
export const BARS_A_LANE = 300;

/** A bar of the timeline. */
export interface TimelineRun {
  id: string;
  job_type: string;
  status: RunStatus;
  reason: string | null;
  /** When it began; while it has not, when it was made. */
  began_at: Date;
  /** Null while it goes on. */
  finished_at: Date | null;
  scheduled_for: Date | null;
}

/** The newest runs of each job that were made since an instant; what ran then already is not looked for. */
export function listTimelineRuns(
  sql: Sql,
  jobTypes: string[],
  since: Date,
): Promise<TimelineRun[]> {
  return sql<TimelineRun[]>`
    select bar.*
    from unnest(${jobTypes}::text[]) as wanted (job_type)
    cross join lateral (
      select id, job_type, status, reason, coalesce(started_at, created_at) as began_at,
             finished_at, scheduled_for
      from job_runs
      where job_type = wanted.job_type
        and created_at >= ${since}
      order by created_at desc, id desc
      limit ${BARS_A_LANE}
    ) bar`;
}

/** Stretches without a run that touch the time since an instant. */
export function listTimelineGaps(
  sql: Sql,
  jobTypes: string[],
  since: Date,
): Promise<
  { job_id: string; job_type: string; reason: GapReason; first_slot: Date; last_slot: Date }[]
> {
  return sql<
    { job_id: string; job_type: string; reason: GapReason; first_slot: Date; last_slot: Date }[]
  >`
    select g.job_id, s.job_type, g.reason, g.first_slot, g.last_slot
    from scheduled_jobs s
    join schedule_gaps g on g.job_id = s.id
    where s.job_type = any(${jobTypes})
      and s.deleted_at is null
      and g.last_slot >= ${since}
    order by g.first_slot desc
    limit 2000`;
}

/** The live rows of some jobs, the first to fire first. */
export function listLiveRows(sql: Sql, jobTypes: string[], limit: number): Promise<ScheduleRow[]> {
  return sql<ScheduleRow[]>`
    select *
    from scheduled_jobs
    where job_type = any(${jobTypes})
      and deleted_at is null
      and retired_at is null
    order by (id = job_type) desc, next_run_at nulls last, id
    limit ${limit}`;
}
