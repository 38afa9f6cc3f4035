/** The SQL behind the dashboard's overview: what each job's newest runs and slots came to. */
import { partsOf, statusOf, toMs } from "./dashboard_text.ts";
import type { Sql } from "./db/sql.ts";
import type { GapReason } from "./slot_account.ts";
import type { RunStatus } from "./run.ts";

/** How many of a job's newest runs its figures are taken over. */
export const RUNS_JUDGED = 50;

/** How many slots a strip shows. */
export const STRIP_SLOTS = 60;

/** A run as the figures need it. */
export interface JudgedRun {
  status: RunStatus;
  /** When it ended, or was made while it has not; milliseconds since 1970. */
  atMs: number;
  /** Of the attempts that ended; null while none has. */
  durationMs: number | null;
  /** Of a run that failed and is not settled: it is, or will be, tried again. */
  retry: { failedAtMs: number; againAtMs: number } | null;
}

/** The newest runs of a job, dry runs left out; `last` is the newest that was performed. */
export interface RecentRuns {
  jobType: string;
  /** Newest first, at most `RUNS_JUDGED`. */
  runs: JudgedRun[];
  last: { id: string; startedAt: Date } | null;
  /** The newest run that is running. */
  runningId: string | null;
}

/** A slot that became a run. */
export interface SlotRun {
  /** Milliseconds since 1970. */
  slotMs: number;
  status: RunStatus;
}

/** A stretch of slots that became none. */
export interface SlotGap {
  reason: GapReason;
  firstSlot: Date;
  lastSlot: Date;
}

/**
 * The newest runs of some jobs, jobs without any included.
 *
 * The parts of a job's text come in the order of the index, which an aggregate without a sort keeps.
 */
export async function readRecentRuns(sql: Sql, jobTypes: string[]): Promise<RecentRuns[]> {
  const rows = await sql<
    {
      job_type: string;
      runs: string | null;
      last_id: string | null;
      last_started_at: Date;
      running_id: string | null;
    }[]
  >`
    select wanted.job_type, recent.*, running.id as running_id
    from unnest(${jobTypes}::text[]) as wanted (job_type)
    cross join lateral (
      select string_agg(
               left(status, 2) || date_part('epoch', coalesce(finished_at, created_at))
                 || ':' || coalesce(duration_ms::text, '')
                 -- Few runs are open, and fewer of them failed: only those look for their attempts.
                 || case when finished_at is null and failures > 0
                      then ':' || date_part('epoch', coalesce(
                             (
                               select min(a.finished_at)
                               from run_attempts a
                               where a.run_id = newest.id
                                 and a.outcome in ('failed', 'timeout')
                             ),
                             created_at
                           )) || ':' || date_part('epoch', available_at)
                      else ''
                    end,
               ','
             ) as runs,
             (array_agg(id) filter (where started_at is not null))[1] as last_id,
             (array_agg(started_at) filter (where started_at is not null))[1] as last_started_at
      from (
        select id, status, created_at, available_at, started_at, finished_at, duration_ms, failures,
               dry_run
        from job_runs
        where job_type = wanted.job_type
        order by created_at desc, id desc
        limit ${RUNS_JUDGED}
      ) newest
      where not dry_run
    ) recent
    left join lateral (
      select id
      from job_runs
      where job_type = wanted.job_type
        and status = 'running'
      order by created_at desc, id desc
      limit 1
    ) running on true`;
  return rows.map(({ job_type, runs, last_id, last_started_at, running_id }) => ({
    jobType: job_type,
    runs: partsOf(runs).map(toJudgedRun),
    last: last_id === null ? null : { id: last_id, startedAt: last_started_at },
    runningId: running_id,
  }));
}

/** What a job's newest failure said. */
export interface LastError {
  runId: string;
  /** Its first line, at most 200 letters. */
  text: string;
}

/** The newest failure of each of some jobs; a job without one is left out. */
export async function readLastErrors(
  sql: Sql,
  jobTypes: string[],
): Promise<Map<string, LastError>> {
  const rows = await sql<(LastError & { job_type: string })[]>`
    select wanted.job_type, failed.id as "runId", failed.text
    from unnest(${jobTypes}::text[]) as wanted (job_type)
    cross join lateral (
      select id, left(split_part(error_message, E'\\n', 1), 200) as text
      from job_runs
      where job_type = wanted.job_type
        and error_message is not null
        and not dry_run
      order by created_at desc, id desc
      limit 1
    ) failed`;
  return new Map(rows.map(({ job_type, ...error }) => [job_type, error]));
}

/** The newest slots that became runs, of each of some rows, newest first. */
export async function readSlotRuns(sql: Sql, rowIds: string[]): Promise<Map<string, SlotRun[]>> {
  const rows = await sql<{ row_id: string; slots: string | null }[]>`
    select wanted.row_id, recent.slots
    from unnest(${rowIds}::text[]) as wanted (row_id)
    cross join lateral (
      select string_agg(left(status, 2) || date_part('epoch', scheduled_for), ',') as slots
      from (
        select status, scheduled_for
        from job_runs
        where job_id = wanted.row_id
          and scheduled_for is not null
        order by scheduled_for desc
        limit ${STRIP_SLOTS}
      ) newest
    ) recent`;
  return new Map(rows.map(({ row_id, slots }) => [row_id, partsOf(slots).map(toSlotRun)]));
}

/** The newest stretches without a run, of each of some rows, newest first. */
export async function readSlotGaps(sql: Sql, rowIds: string[]): Promise<Map<string, SlotGap[]>> {
  const rows = await sql<{ row_id: string; gaps: string | null }[]>`
    select wanted.row_id, recent.gaps
    from unnest(${rowIds}::text[]) as wanted (row_id)
    cross join lateral (
      select string_agg(
               reason || ':' || date_part('epoch', first_slot) || ':' || date_part('epoch', last_slot),
               ','
             ) as gaps
      from (
        select reason, first_slot, last_slot
        from schedule_gaps
        where job_id = wanted.row_id
        order by first_slot desc
        limit ${STRIP_SLOTS}
      ) newest
    ) recent`;
  return new Map(rows.map(({ row_id, gaps }) => [row_id, partsOf(gaps).map(toSlotGap)]));
}

function toJudgedRun(text: string): JudgedRun {
  const [at, duration, failedAt, againAt] = text.slice(2).split(":");
  return {
    status: statusOf(text),
    atMs: toMs(at),
    durationMs: duration ? Number(duration) : null,
    retry: failedAt ? { failedAtMs: toMs(failedAt), againAtMs: toMs(againAt) } : null,
  };
}

function toSlotRun(text: string): SlotRun {
  return { status: statusOf(text), slotMs: toMs(text.slice(2)) };
}

function toSlotGap(text: string): SlotGap {
  const [reason, first, last] = text.split(":");
  return {
    reason: reason as GapReason,
    firstSlot: new Date(toMs(first)),
    lastSlot: new Date(toMs(last)),
  };
}
