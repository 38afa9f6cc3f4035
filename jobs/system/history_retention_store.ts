import type { AnySql, Json, Tx } from "../../lib/db/sql.ts";
import type { SweptBatch } from "../sweep.ts";

/** How many gaps `deleteGapsBefore` would take. */
export async function countGapsBefore(sql: AnySql, before: Date): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select count(*)::int as rows
    from schedule_gaps
    where last_slot < ${before.toISOString()}::timestamptz`;
  return row.rows;
}

/** Deletes at most `limit` gaps after the cursor that ended before an instant. */
export async function deleteGapsBefore(
  tx: Tx,
  before: Date,
  after: Json | null,
  limit: number,
): Promise<SweptBatch> {
  const [row] = await tx<{ deleted: number; last: string | null }[]>`
    with old as (
      select id
      from schedule_gaps
      where last_slot < ${before.toISOString()}::timestamptz
        and id > ${(after as string | null) ?? "0"}::bigint
      order by id
      limit ${limit}
    ),
    gone as (
      delete from schedule_gaps gap
      using old
      where gap.id = old.id
      returning gap.id
    )
    select
      (select count(*)::int from gone) as deleted,
      (select max(id)::text from old) as last`;
  return { deleted: row.deleted, after: row.last };
}

/** How many alerts `deleteAlertsBefore` would take, those of old runs among them. */
export async function countAlertsBefore(sql: AnySql, before: Date): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select count(*)::int as rows
    from alert_outbox
    where coalesce(sent_at, gave_up_at) < ${before.toISOString()}::timestamptz`;
  return row.rows;
}

/** Deletes at most `limit` alerts after the cursor that were sent or given up before an instant. */
export async function deleteAlertsBefore(
  tx: Tx,
  before: Date,
  after: Json | null,
  limit: number,
): Promise<SweptBatch> {
  const [row] = await tx<{ deleted: number; last: string | null }[]>`
    with old as (
      select id
      from alert_outbox
      where coalesce(sent_at, gave_up_at) < ${before.toISOString()}::timestamptz
        and id > ${(after as string | null) ?? "0"}::bigint
      order by id
      limit ${limit}
    ),
    gone as (
      delete from alert_outbox alert
      using old
      where alert.id = old.id
      returning alert.id
    )
    select
      (select count(*)::int from gone) as deleted,
      (select max(id)::text from old) as last`;
  return { deleted: row.deleted, after: row.last };
}
