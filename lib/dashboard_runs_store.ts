/** The SQL behind the dashboard's lists of runs beyond what `history_store.ts` reads. */
import type { Sql } from "./db/sql.ts";
import { runConditions, type RunFilter } from "./history_store.ts";
import type { RunStatus } from "./run.ts";

/** The runs that ran another one again, oldest first. */
export function listRetriesOf(
  sql: Sql,
  runId: string,
): Promise<{ id: string; created_at: Date }[]> {
  return sql<{ id: string; created_at: Date }[]>`
    select id, created_at
    from job_runs
    where retry_of = ${runId}
    order by created_at, id
    limit 20`;
}

/** A run that an act on many would touch. */
export interface TouchedRun {
  id: string;
  job_type: string;
  status: RunStatus;
  created_at: Date;
}

/**
 * The runs that fit a filter and have one of some states, newest first, at most `limit`.
 *
 * Without those that were run again: what came of that is told by the newer run, and a form that is sent twice must
 * not do its act twice.
 */
export function listTouchedRuns(
  sql: Sql,
  filter: RunFilter,
  statuses: RunStatus[],
  limit: number,
): Promise<TouchedRun[]> {
  return sql<TouchedRun[]>`
    select id, job_type, status, created_at
    from job_runs
    where ${runConditions(sql, filter)}
      and status = any(${statuses})
      and not exists (select from job_runs retry where retry.retry_of = job_runs.id)
    order by created_at desc, id desc
    limit ${limit}`;
}

/** How many runs fit a filter; counting stops at `most`. */
export async function countRuns(sql: Sql, filter: RunFilter, most: number): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from (
      select
      from job_runs
      where ${runConditions(sql, filter)}
      limit ${most}
    ) found`;
  return count;
}
