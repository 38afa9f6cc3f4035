import type { AnySql, Json, Tx } from "../../lib/db/sql.ts";
import type { SweptBatch } from "../sweep.ts";

/** How many logs are older than an instant. */
export async function countErrorLogsBefore(sql: AnySql, before: Date): Promise<number> {
  const [row] = await sql<{ logs: number }[]>`
    select count(*)::int as logs
    from error_logs
    where occurred_at < ${before.toISOString()}::timestamptz`;
  return row.logs;
}

/** Deletes at most `limit` of the logs older than an instant, the oldest after the cursor first. */
export async function deleteErrorLogsBefore(
  tx: Tx,
  before: Date,
  after: Json | null,
  limit: number,
): Promise<SweptBatch> {
  const cursor = (after ?? { occurred_at: "-infinity", id: "0" }) as LogCursor;
  const [row] = await tx<{ deleted: number; last: LogCursor | null }[]>`
    with old as (
      select id, occurred_at
      from error_logs
      where occurred_at < ${before.toISOString()}::timestamptz
        and (occurred_at, id) > (${cursor.occurred_at}::text::timestamptz, ${cursor.id}::bigint)
      order by occurred_at, id
      limit ${limit}
    ),
    gone as (
      delete from error_logs log
      using old
      where log.id = old.id
      returning log.id
    )
    select
      (select count(*)::int from gone) as deleted,
      (select jsonb_build_object('occurred_at', occurred_at, 'id', id::text)
       from old
       order by old.occurred_at desc, old.id desc
       limit 1) as last`;
  return { deleted: row.deleted, after: row.last };
}

type LogCursor = { occurred_at: string; id: string };
