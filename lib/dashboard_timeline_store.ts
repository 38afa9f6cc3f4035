/** The SQL behind the dashboard's timeline: what ran, and what did not, in a stretch of time. */
import { partsOf, statusOf, toMs } from "./dashboard_text.ts";
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./plan.ts";
import type { RunStatus } from "./run.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** A run that the timeline leads to. */
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

/** A run as far as a bar shows it; instants in milliseconds since 1970. */
export interface RunSpan {
  status: RunStatus;
  createdMs: number;
  beganMs: number;
  /** Null while it goes on. */
  finishedMs: number | null;
}

/** The spans of the newest runs since an instant, by job, at most `limit` over all. */
export async function readRunSpans(
  sql: Sql,
  since: Date,
  limit: number,
): Promise<Map<string, RunSpan[]>> {
  const rows = await sql<{ job_type: string; spans: string }[]>`
    select job_type,
           string_agg(
             left(status, 2) || date_part('epoch', created_at)
               || ':' || coalesce(date_part('epoch', finished_at)::text, '')
               || case when started_at > created_at then ':' || date_part('epoch', started_at) else '' end,
             ','
           ) as spans
    from (
      select job_type, status, created_at, started_at, finished_at
      from job_runs
      where created_at >= ${since}
      order by created_at desc, id desc
      limit ${limit}
    ) newest
    group by job_type`;
  return new Map(rows.map(({ job_type, spans }) => [job_type, partsOf(spans).map(toSpan)]));
}

/**
 * Runs since an instant that are worth a bar of their own: each job's newest, at most `perJob`, and what did
 * not succeed, the newest over all jobs, at most `limit`.
 */
export async function listTimelineRuns(
  sql: Sql,
  jobTypes: string[],
  since: Date,
  perJob: number,
  limit: number,
): Promise<TimelineRun[]> {
  const columns = sql`
    id, job_type, status, reason, coalesce(started_at, created_at) as began_at, finished_at`;
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
      where created_at >= ${since}
        and status <> 'success'
      order by created_at desc, id desc
      limit ${limit}`,
  ]);
  const byId = new Map([...newest, ...unsuccessful].map((run) => [run.id, run]));
  return [...byId.values()];
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

function toSpan(text: string): RunSpan {
  const [created, finished, began] = text.slice(2).split(":");
  const createdMs = toMs(created);
  return {
    status: statusOf(text),
    createdMs,
    beganMs: began ? toMs(began) : createdMs,
    finishedMs: finished ? toMs(finished) : null,
  };
}
