/** The SQL behind the dashboard's timeline: what ran, and what did not, in a stretch of time. */
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./slot_account.ts";
import type { RunStatus } from "./run.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** A run that the timeline leads to. */
export interface TimelineRun {
  id: string;
  job_type: string;
  status: RunStatus;
  reason: string | null;
  created_at: Date;
  /** When it began; while it has not, when it was made. */
  began_at: Date;
  /** Null while it goes on. */
  finished_at: Date | null;
}

/** The runs of a job that were made in one stretch of time and are in one state. */
export interface RunStretch {
  job_type: string;
  status: RunStatus;
  /** Stretches are counted from 1970. */
  stretch: number;
  runs: number;
  /** In which of the stretch's `STEPS` parts runs were made, a bit each, the first part the lowest. */
  steps: number;
}

/** Parts that a stretch has; as many bits a JavaScript number holds exactly. */
export const STEPS = 48;

/** The runs since an instant, gathered by job, state and stretches of `stretchMs`. */
export function listRunStretches(
  sql: Sql,
  jobTypes: string[],
  since: Date,
  stretchMs: number,
): Promise<RunStretch[]> {
  const stepSeconds = stretchMs / STEPS / 1_000;
  return sql<RunStretch[]>`
    select job_type, status, step / ${STEPS} as stretch, count(*)::int as runs,
           bit_or(1::int8 << (step % ${STEPS}))::float8 as steps
    from (
      select job_type, status,
             floor(date_part('epoch', created_at) / ${stepSeconds}::float8)::int as step
      from job_runs
      where created_at >= ${since}
    ) run
    where job_type = any(${jobTypes})
    group by job_type, status, stretch`;
}

/**
 * Runs since an instant that are worth a bar of their own: each job's newest, at most `perJob`, and what did
 * not succeed, the newest over these jobs, at most `limit`.
 */
export async function listTimelineRuns(
  sql: Sql,
  jobTypes: string[],
  since: Date,
  perJob: number,
  limit: number,
): Promise<TimelineRun[]> {
  const columns = sql`
    id, job_type, status, reason, created_at, coalesce(started_at, created_at) as began_at, finished_at`;
  const [newest, unsuccessful] = await Promise.all([
    sql<TimelineRun[]>`
      select run.*
      from unnest(${jobTypes}::text[]) as wanted (job_type)
      cross join lateral (
        select ${columns}
        from job_runs
        where job_type = wanted.job_type
          and created_at >= ${since}
        order by created_at desc, id desc
        limit ${perJob}
      ) run`,
    sql<TimelineRun[]>`
      select ${columns}
      from job_runs
      where job_type = any(${jobTypes})
        and created_at >= ${since}
        and status <> 'success'
      order by created_at desc, id desc
      limit ${limit}`,
  ]);
  const byId = new Map([...newest, ...unsuccessful].map((run) => [run.id, run]));
  return [...byId.values()];
}

/** A stretch of slots that became no run. */
export interface TimelineGap {
  job_type: string;
  reason: GapReason;
  first_slot: Date;
  last_slot: Date;
}

/** Stretches without a run that touch the time since an instant. */
export function listTimelineGaps(
  sql: Sql,
  jobTypes: string[],
  since: Date,
): Promise<TimelineGap[]> {
  return sql<TimelineGap[]>`
    select s.job_type, g.reason, g.first_slot, g.last_slot
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
