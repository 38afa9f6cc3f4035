/** The SQL behind the dashboard's timeline: what ran, and what did not, in a stretch of time. */
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./plan.ts";
import type { RunStatus } from "./run.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** Runs of one job that are looked at; the newest of them. */
const RUNS_LOOKED_AT = 1_000;

/** A bar of the timeline that leads to its run. */
export interface TimelineRun {
  id: string;
  job_type: string;
  status: RunStatus;
  reason: string | null;
  /** When it began; while it has not, when it was made. */
  began_at: Date;
  /** Null while it goes on. */
  finished_at: Date | null;
}

/** The runs of each job since an instant that matter most, at most `perJob`: what did not succeed, then the newest. */
export function listTimelineRuns(
  sql: Sql,
  jobTypes: string[],
  since: Date,
  perJob: number,
): Promise<TimelineRun[]> {
  return sql<TimelineRun[]>`
    select bar.*
    from unnest(${jobTypes}::text[]) as wanted (job_type)
    cross join lateral (
      select newest.id, newest.job_type, newest.status, newest.reason, newest.began_at,
             newest.finished_at
      from (
        select id, job_type, status, reason, coalesce(started_at, created_at) as began_at,
               finished_at, created_at
        from job_runs
        where job_type = wanted.job_type
          and created_at >= ${since}
        order by created_at desc, id desc
        limit ${RUNS_LOOKED_AT}
      ) newest
      order by newest.status = 'success', newest.created_at desc
      limit ${perJob}
    ) bar`;
}

/** Where each job had successes since an instant: the numbers of the stretches of `stepMs` in which any began. */
export async function readSuccessSteps(
  sql: Sql,
  jobTypes: string[],
  since: Date,
  stepMs: number,
): Promise<Map<string, number[]>> {
  const rows = await sql<{ job_type: string; steps: number[] | null }[]>`
    select wanted.job_type, found.steps
    from unnest(${jobTypes}::text[]) as wanted (job_type)
    cross join lateral (
      select array_agg(distinct
               floor(date_part('epoch', newest.began_at - ${since}::timestamptz) * 1000 / ${stepMs}::float8)::int
             ) as steps
      from (
        select status, coalesce(started_at, created_at) as began_at
        from job_runs
        where job_type = wanted.job_type
          and created_at >= ${since}
        order by created_at desc, id desc
        limit ${RUNS_LOOKED_AT}
      ) newest
      where newest.status = 'success'
    ) found`;
  return new Map(rows.map(({ job_type, steps }) => [job_type, steps ?? []]));
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
