/** The SQL behind the dashboard's overview: what each job's newest runs and slots came to. */
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./plan.ts";
import type { RunStatus } from "./run.ts";

/** How many of a job's newest runs its figures are taken over. */
export const RUNS_JUDGED = 50;

/** How many slots a strip shows. */
export const STRIP_SLOTS = 60;

/** A run as the figures need it. */
export interface JudgedRun {
  status: RunStatus;
  /** When it ended, or was made while it has not. */
  at: Date;
  durationMs: number | null;
}

/** The newest runs of a job, dry runs left out; `last` is the newest that was performed. */
export interface RecentRuns {
  jobType: string;
  /** Newest first, at most `RUNS_JUDGED`. */
  runs: JudgedRun[];
  last: { id: string; status: RunStatus; startedAt: Date } | null;
  /** The newest run that is running. */
  runningId: string | null;
}

/** A slot that became a run. */
export interface SlotRun {
  slot: Date;
  status: RunStatus;
}

/** A stretch of slots that became none. */
export interface SlotGap {
  job_id: string;
  reason: GapReason;
  first_slot: Date;
  last_slot: Date;
}

/**
 * The newest runs of some jobs, jobs without any included.
 *
 * Each job's come as one text: ten thousand rows would take longer to read than to find.
 */
export async function readRecentRuns(sql: Sql, jobTypes: string[]): Promise<RecentRuns[]> {
  const rows = await sql<
    {
      job_type: string;
      runs: string | null;
      last_id: string | null;
      last_status: RunStatus;
      last_started_at: Date;
      running_id: string | null;
    }[]
  >`
    select wanted.job_type, judged.runs, last.*, running.id as running_id
    from unnest(${jobTypes}::text[]) as wanted (job_type)
    cross join lateral (
      -- The rows come in the order of the index, and one aggregate without a sort keeps it.
      select string_agg(
               left(status, 2) || (date_part('epoch', coalesce(finished_at, created_at)) * 1000)::int8
                 || ':' || coalesce(duration_ms::text, ''),
               ','
             ) as runs
      from (
        select status, created_at, finished_at, duration_ms, dry_run
        from job_runs
        where job_type = wanted.job_type
        order by created_at desc, id desc
        limit ${RUNS_JUDGED}
      ) newest
      where not dry_run
    ) judged
    left join lateral (
      select newest.id as last_id, newest.status as last_status, newest.started_at as last_started_at
      from (
        select id, status, started_at, dry_run, created_at
        from job_runs
        where job_type = wanted.job_type
        order by created_at desc, id desc
        limit ${RUNS_JUDGED}
      ) newest
      where newest.started_at is not null
        and not newest.dry_run
      order by newest.created_at desc, newest.id desc
      limit 1
    ) last on true
    left join lateral (
      select id
      from job_runs
      where job_type = wanted.job_type
        and status = 'running'
      order by created_at desc, id desc
      limit 1
    ) running on true`;
  return rows.map(({ job_type, runs, last_id, last_status, last_started_at, running_id }) => ({
    jobType: job_type,
    runs: (runs?.split(",") ?? []).map(toJudgedRun),
    last: last_id === null
      ? null
      : { id: last_id, status: last_status, startedAt: last_started_at },
    runningId: running_id,
  }));
}

/** The newest slots that became runs, of each of some rows, newest first. */
export async function readSlotRuns(sql: Sql, rowIds: string[]): Promise<Map<string, SlotRun[]>> {
  const rows = await sql<{ row_id: string; slots: string | null }[]>`
    select wanted.row_id, recent.slots
    from unnest(${rowIds}::text[]) as wanted (row_id)
    cross join lateral (
      select string_agg(
               left(status, 2) || (date_part('epoch', scheduled_for) * 1000)::int8,
               ','
             ) as slots
      from (
        select status, scheduled_for
        from job_runs
        where job_id = wanted.row_id
          and scheduled_for is not null
        order by scheduled_for desc
        limit ${STRIP_SLOTS}
      ) newest
    ) recent`;
  return new Map(
    rows.map(({ row_id, slots }) => [row_id, (slots?.split(",") ?? []).map(toSlotRun)]),
  );
}

/** The newest stretches without a run, of each of some rows, newest first. */
export function listSlotGaps(sql: Sql, rowIds: string[]): Promise<SlotGap[]> {
  return sql<SlotGap[]>`
    select gap.*
    from unnest(${rowIds}::text[]) as wanted (row_id)
    cross join lateral (
      select job_id, reason, first_slot, last_slot
      from schedule_gaps
      where job_id = wanted.row_id
      order by first_slot desc
      limit ${STRIP_SLOTS}
    ) gap`;
}

const STATUS_BY_CODE: Record<string, RunStatus> = {
  pe: "pending",
  ru: "running",
  su: "success",
  fa: "failed",
  sk: "skipped",
  ca: "cancelled",
};

function toJudgedRun(text: string): JudgedRun {
  const [at, duration] = text.slice(2).split(":");
  return {
    status: STATUS_BY_CODE[text.slice(0, 2)],
    at: new Date(Number(at)),
    durationMs: duration ? Number(duration) : null,
  };
}

function toSlotRun(text: string): SlotRun {
  return { status: STATUS_BY_CODE[text.slice(0, 2)], slot: new Date(Number(text.slice(2))) };
}
