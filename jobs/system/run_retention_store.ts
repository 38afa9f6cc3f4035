import type { AnySql, Json, Tx } from "../../lib/db/sql.ts";
import type { SweptBatch } from "../sweep.ts";

/** How many runs ended before an instant; a few of them stay, see `deleteRunsBefore`. */
export async function countRunsBefore(sql: AnySql, before: Date): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select count(*)::int as rows
    from job_runs
    where created_at < ${before.toISOString()}::timestamptz
      and finished_at < ${before.toISOString()}::timestamptz`;
  return row.rows;
}

/**
 * Deletes those of the next `limit` runs that ended before an instant and are not to stay.
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
    with batch as (
      select id, job_id, job_type, created_at
      from job_runs
      where created_at < ${before.toISOString()}::timestamptz
        and finished_at < ${before.toISOString()}::timestamptz
        and (created_at, id) > (${cursor.created_at}::text::timestamptz, ${cursor.id}::uuid)
      order by created_at, id
      limit ${limit}
    ),
    kept as (
      select newest.id
      from (select distinct job_id from batch) schedule
      cross join lateral (
        select id
        from job_runs
        where job_id = schedule.job_id
        order by created_at desc, id desc
        limit 1
      ) newest
      union all
      select newest.id
      from (select distinct job_id from batch) schedule
      cross join lateral (
        select id
        from job_runs
        where job_id = schedule.job_id
          and status in ('success', 'failed')
          and not dry_run
        order by created_at desc, id desc
        limit 1
      ) newest
      union all
      select newest.id
      from (select distinct job_type from batch) job
      cross join lateral (
        select id
        from job_runs
        where job_type = job.job_type
        order by created_at desc, id desc
        limit 1
      ) newest
      union all
      select run_id
      from alert_outbox
      where run_id in (select id from batch)
        and sent_at is null
        and gave_up_at is null
    ),
    gone as (
      delete from job_runs run
      using batch
      where run.id = batch.id
        and not exists (select from kept where kept.id = batch.id)
      returning run.id
    )
    select
      (select count(*)::int from gone) as deleted,
      (select jsonb_build_object('created_at', created_at, 'id', id)
       from batch
       order by batch.created_at desc, batch.id desc
       limit 1) as last`;
  return { deleted: row.deleted, after: row.last };
}

type RunCursor = { created_at: string; id: string };

const FIRST_RUN: RunCursor = {
  created_at: "-infinity",
  id: "00000000-0000-0000-0000-000000000000",
};
