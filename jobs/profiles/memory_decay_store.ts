import type { AnySql, Fragment, Tx } from "../../lib/db/sql.ts";
import { isOfBot } from "./memories_store.ts";

/** How memories fade. */
export interface DecayRule {
  asOf: Date;
  botId: string;
  /** Days in which importance halves. */
  halfLifeDays: number;
  /** Importance below which a memory is archived. */
  archiveBelow: number;
}

/** Ids of at most `limit` memories that have not faded up to the instant yet, after one (null: from the first). */
export async function readFadingMemories(
  sql: AnySql,
  rule: DecayRule,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id
    from memories
    where id > ${after ?? "0"}
      and ${isFading(sql, rule)}
    order by id
    limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Those of the ids that belong to a memory which has not faded up to the instant yet. */
export async function readFadingAmong(
  sql: AnySql,
  rule: DecayRule,
  ids: string[],
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id
    from memories
    where id = any(${ids}::bigint[])
      and ${isFading(sql, rule)}
    order by id`;
  return rows.map(({ id }) => id);
}

/** The number of memories that have not faded up to the instant yet. */
export async function countFadingMemories(sql: AnySql, rule: DecayRule): Promise<number> {
  const [row] = await sql<{ memories: number }[]>`
    select count(*)::int as memories
    from memories
    where ${isFading(sql, rule)}`;
  return row.memories;
}

function isFading(sql: AnySql, { asOf, botId }: DecayRule): Fragment {
  return sql`
    archived_at is null
    and ${lastWeighed(sql)} < ${asOf.toISOString()}::timestamptz
    and ${isOfBot(sql, botId)}`;
}

/** From when on a memory fades: since it was weighed last, or since it was accessed after that. */
function lastWeighed(sql: AnySql): Fragment {
  return sql`greatest(coalesce(weighed_at, created_at), last_accessed_at)`;
}

/**
 * Lets these memories fade up to the instant; gives how many did, and how many of them were archived.
 *
 * importance × ½^(days ÷ half-life). One that was accessed within the last half-life is in use, and is not
 * archived however little it weighs.
 */
export async function fadeMemories(
  tx: Tx,
  ids: readonly string[],
  rule: DecayRule,
): Promise<{ faded: number; archived: number }> {
  const asOf = tx`${rule.asOf.toISOString()}::timestamptz`;
  const halfLife = tx`(${rule.halfLifeDays}::float8 * interval '1 day')`;
  const [row] = await tx<{ faded: number; archived: number }[]>`
    with held as (
      select
        id,
        importance * power(
          0.5::float8,
          (extract(epoch from ${asOf} - ${
    lastWeighed(tx)
  }) / extract(epoch from ${halfLife}))::float8
        ) as importance,
        coalesce(last_accessed_at > ${asOf} - ${halfLife}, false) as is_in_use
      from memories
      where id = any(${[...ids]}::bigint[])
        and ${isFading(tx, rule)}
      order by id
      for update
    ),
    faded as (
      update memories
      set
        importance = held.importance,
        weighed_at = ${asOf},
        archived_at = case when ${isForgotten(tx, rule)} then ${asOf} end,
        archive_reason = case when ${isForgotten(tx, rule)} then 'faded' end
      from held
      where memories.id = held.id
      returning archived_at
    )
    select count(*)::int as faded, count(archived_at)::int as archived from faded`;
  return row;
}

function isForgotten(sql: AnySql, { archiveBelow }: DecayRule): Fragment {
  return sql`held.importance < ${archiveBelow}::float8 and not held.is_in_use`;
}
