import type { AnySql, Fragment, Json, Tx } from "../../lib/db/sql.ts";
import type { SweptBatch } from "../sweep.ts";

/** How many runs `deleteRunsBefore` would take. */
export async function countRunsBefore(sql: AnySql, before: Date): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select count(*)::int as rows
    from job_runs run
    where ${isOldRun(sql, before)}`;
  return row.rows;
}

/**
 * Deletes at most `limit` runs that ended before an instant, the oldest after the cursor first.
 *
 * Attempts, logs, items and alerts go with a run. Of each row of the schedule and of each job the
 * newest run stays, so does the newest that tells whether the row works (the next success is told
 * as a recovery by it), and so does a run whose alert waits to be sent.
 */
export async function deleteRunsBefore(
  tx: Tx,
  before: Date,
  after: Json | null,
  limit: number,
): Promise<SweptBatch> {
  const cursor = (after ?? FIRST_RUN) as RunCursor;
  const [row] = await tx<{ deleted: number; last: RunCursor | null }[]>`
    with old as (
      select id, created_at
      from job_runs run
      where ${isOldRun(tx, before)}
        and (created_at, id) > (${cursor.created_at}::text::timestamptz, ${cursor.id}::uuid)
      order by created_at, id
      limit ${limit}
    ),
    gone as (
      delete from job_runs run
      using old
      where run.id = old.id
      returning run.id
    )
    select
      (select count(*)::int from gone) as deleted,
      (select jsonb_build_object('created_at', created_at, 'id', id)
       from old
       order by old.created_at desc, old.id desc
       limit 1) as last`;
  return { deleted: row.deleted, after: row.last };
}

function isOldRun(sql: AnySql, before: Date): Fragment {
  const instant = before.toISOString();
  return sql`
    run.created_at < ${instant}::timestamptz
    and run.finished_at < ${instant}::timestamptz
    and exists (
      select from job_runs newer
      where newer.job_id = run.job_id
        and (newer.created_at, newer.id) > (run.created_at, run.id)
    )
    and exists (
      select from job_runs newer
      where newer.job_type = run.job_type
        and (newer.created_at, newer.id) > (run.created_at, run.id)
    )
    and (
      run.status not in ('success', 'failed')
      or run.dry_run
      or exists (
        select from job_runs newer
        where newer.job_id = run.job_id
          and (newer.created_at, newer.id) > (run.created_at, run.id)
          and newer.status in ('success', 'failed')
          and not newer.dry_run
      )
    )
    and not exists (
      select from alert_outbox alert
      where alert.run_id = run.id
        and alert.sent_at is null
        and alert.gave_up_at is null
    )`;
}

type RunCursor = { created_at: string; id: string };

const FIRST_RUN: RunCursor = {
  created_at: "-infinity",
  id: "00000000-0000-0000-0000-000000000000",
};
