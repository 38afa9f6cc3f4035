import type { AnySql, Json, Tx } from "../../lib/db/sql.ts";
import type { SweptBatch } from "../sweep.ts";

/** How many sessions that somebody ended would be over by themselves at an instant. */
export async function countEndedSessions(sql: AnySql, at: Date): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select count(*)::int as rows
    from ended_sessions
    where expires_at <= ${at.toISOString()}::timestamptz`;
  return row.rows;
}

/** Forgets at most `limit` such sessions after the cursor: their cookies are refused by their time. */
export async function deleteEndedSessions(
  tx: Tx,
  at: Date,
  after: Json | null,
  limit: number,
): Promise<SweptBatch> {
  const [row] = await tx<{ deleted: number; last: string | null }[]>`
    with past as (
      select id
      from ended_sessions
      where expires_at <= ${at.toISOString()}::timestamptz
        and id > ${(after as string | null) ?? ""}
      order by id
      limit ${limit}
    ),
    gone as (
      delete from ended_sessions session
      using past
      where session.id = past.id
      returning session.id
    )
    select
      (select count(*)::int from gone) as deleted,
      (select max(id) from past) as last`;
  return { deleted: row.deleted, after: row.last };
}
