/** The SQL that reads what ran: runs, a page at a time, and the attempts of one. */
import type { Fragment, Sql } from "./db/sql.ts";
import type { RunRow, RunStatus, RunTrigger } from "./run.ts";

/** Which runs are wanted; what is absent does not narrow the choice. */
export interface RunFilter {
  jobTypes?: string[];
  statuses?: RunStatus[];
  reasons?: string[];
  triggers?: RunTrigger[];
  /** Whether an attempt was lost, though the run may have recovered since. */
  lost?: boolean;
  /** Created at this instant or later. */
  since?: Date;
  /** Created before this instant. */
  until?: Date;
  /** A part of the error's text, in whatever case. */
  errorText?: string;
}

/** Where a page of runs ended; ties of `createdAt` are told apart by the id. */
export interface RunPosition {
  createdAt: Date;
  id: string;
}

/** A run as lists have it: without what may be large. */
export type RunSummary = Omit<RunRow, "params" | "result_json" | "checkpoint">;

/** A row of `run_attempts`. */
export interface AttemptRow {
  attempt: number;
  started_at: Date;
  finished_at: Date | null;
  outcome: string | null;
  error: string | null;
  claimed_by: string;
  deployment: string | null;
}

/** The longest error message in a list; the run itself has all of it. */
export const LISTED_ERROR_LENGTH = 500;

/** At most `limit` runs after a position, newest first. */
export function listRuns(
  sql: Sql,
  filter: RunFilter,
  limit: number,
  after: RunPosition | null,
): Promise<RunSummary[]> {
  return sql<RunSummary[]>`
    select ${summaryColumns(sql)}
    from job_runs
    where ${runConditions(sql, filter)}
      and ${after ? positionBefore(sql, after) : sql`true`}
    order by created_at desc, id desc
    limit ${limit}`;
}

/** The newest run of each of some jobs; jobs that never ran are left out. */
export function listLatestRuns(sql: Sql, jobTypes: string[]): Promise<RunSummary[]> {
  return sql<RunSummary[]>`
    select latest.*
    from unnest(${jobTypes}::text[]) with ordinality as wanted (job_type, place)
    cross join lateral (
      select ${summaryColumns(sql)}
      from job_runs
      where job_type = wanted.job_type
      order by created_at desc, id desc
      limit 1
    ) latest
    order by wanted.place`;
}

/** One run with everything that was kept of it. */
export async function readRun(sql: Sql, runId: string): Promise<RunRow | undefined> {
  const [run] = await sql<RunRow[]>`
    select ${plainColumns(sql)}, error_message, params, result_json, checkpoint
    from job_runs
    where id = ${runId}`;
  return run;
}

/** What became of each attempt of a run, in order. */
export function listAttempts(sql: Sql, runId: string): Promise<AttemptRow[]> {
  return sql<AttemptRow[]>`
    select attempt, started_at, finished_at, outcome, error, claimed_by, deployment
    from run_attempts
    where run_id = ${runId}
    order by attempt`;
}

function summaryColumns(sql: Sql): Fragment {
  return sql`${plainColumns(sql)}, left(error_message, ${LISTED_ERROR_LENGTH}) as error_message`;
}

function plainColumns(sql: Sql): Fragment {
  return sql`
    id, job_id, job_type, bot_id, trigger, scheduled_for, as_of, retry_of, failed_items_only,
    status, reason, attempt, failures, losses, dry_run, created_at, available_at, started_at,
    finished_at, duration_ms::float8 as duration_ms, progress, items_done, items_failed, note,
    claimed_by, deployment, timeline, triggered_by`;
}

/** The conditions that a filter stands for, over `job_runs`. */
export function runConditions(sql: Sql, filter: RunFilter): Fragment {
  const { jobTypes, statuses, reasons, triggers, lost, since, until, errorText } = filter;
  return sql`
    ${jobTypes ? sql`job_type ${isOneOf(sql, jobTypes)}` : sql`true`}
    and ${statuses ? sql`status ${isOneOf(sql, statuses)}` : sql`true`}
    and ${reasons ? sql`reason ${isOneOf(sql, reasons)}` : sql`true`}
    and ${triggers ? sql`trigger ${isOneOf(sql, triggers)}` : sql`true`}
    and ${lost === undefined ? sql`true` : sql`(losses > 0) = ${lost}`}
    and ${since ? sql`created_at >= ${since}` : sql`true`}
    and ${until ? sql`created_at < ${until}` : sql`true`}
    and ${
    errorText
      ? sql`position(lower(${errorText}) in lower(coalesce(error_message, ''))) > 0`
      : sql`true`
  }`;
}

/** One value as an equation: up to Postgres 16 an index read for `any` gives up its order. */
function isOneOf(sql: Sql, values: string[]): Fragment {
  return values.length === 1 ? sql`= ${values[0]}` : sql`= any(${values})`;
}

function positionBefore(sql: Sql, { createdAt, id }: RunPosition): Fragment {
  return sql`(created_at, id) < (${createdAt}, ${id}::uuid)`;
}
