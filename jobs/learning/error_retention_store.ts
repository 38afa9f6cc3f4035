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

/**
 * Deletes at most `limit` of the logs older than an instant, the oldest after the cursor first.
 *
 * That a word was once corrected is not forgotten with its log: `corrected_words` has it where no pattern does.
 */
export async function deleteErrorLogsBefore(
  tx: Tx,
  before: Date,
  after: Json | null,
  limit: number,
): Promise<SweptBatch> {
  const cursor = (after ?? { occurred_at: "-infinity", id: "0" }) as LogCursor;
  const [row] = await tx<{ deleted: number; last: LogCursor | null }[]>`
    with batch as (
      select occurred_at, id
      from error_logs
      where occurred_at < ${before.toISOString()}::timestamptz
        and (occurred_at, id) > (${cursor.occurred_at}::text::timestamptz, ${cursor.id}::bigint)
      order by occurred_at, id
      limit ${limit}
    ),
    last as (
      select occurred_at, id
      from batch
      order by occurred_at desc, id desc
      limit 1
    ),
    gone as (
      delete from error_logs
      where (occurred_at, id) > (${cursor.occurred_at}::text::timestamptz, ${cursor.id}::bigint)
        and (occurred_at, id) <= (select occurred_at, id from last)
      returning user_id, word_folded, outcome
    ),
    remembered as (
      insert into corrected_words (user_id, word)
      select distinct user_id, word_folded
      from gone
      where outcome = 'corrected'
        and not exists (
          select from user_error_patterns pattern
          where pattern.user_id = gone.user_id and pattern.misspelling = gone.word_folded
        )
      order by user_id, word_folded
      on conflict do nothing
    )
    select
      (select count(*)::int from gone) as deleted,
      (select jsonb_build_object('occurred_at', occurred_at, 'id', id::text) from last) as last`;
  return { deleted: row.deleted, after: row.last };
}

type LogCursor = { occurred_at: string; id: string };
