import type { AnySql, Fragment, Tx } from "../../lib/db/sql.ts";
import type { Merge, TellingMemory } from "./near_duplicates.ts";

/** Someone who is remembered for something. */
export interface RememberedEntity {
  entity_type: "user" | "bot";
  entity_id: string;
}

/** At most `limit` entities with several memories, after one (null: from the first), by type and id. */
export async function readRememberedEntities(
  sql: AnySql,
  botId: string,
  after: [type: string, id: string] | null,
  limit: number,
): Promise<RememberedEntity[]> {
  const [type, id] = after ?? ["", ""];
  return [
    ...await sql<RememberedEntity[]>`
      select entity_type, entity_id
      from memories
      where archived_at is null
        and (entity_type, entity_id) > (${type}, ${id})
        and ${isOfBot(sql, botId)}
      group by entity_type, entity_id
      having count(*) > 1
      order by entity_type, entity_id
      limit ${limit}`,
  ];
}

/** The number of entities with several memories. */
export async function countRememberedEntities(sql: AnySql, botId: string): Promise<number> {
  const [row] = await sql<{ entities: number }[]>`
    select count(*)::int as entities
    from (
      select
      from memories
      where archived_at is null
        and ${isOfBot(sql, botId)}
      group by entity_type, entity_id
      having count(*) > 1
    ) remembered`;
  return row.entities;
}

/** Those of the entities, each `type:id`, that have several memories. */
export async function readRememberedAmong(
  sql: AnySql,
  botId: string,
  names: string[],
): Promise<RememberedEntity[]> {
  return [
    ...await sql<RememberedEntity[]>`
      select entity_type, entity_id
      from memories
      where archived_at is null
        and entity_type || ':' || entity_id = any(${names}::text[])
        and ${isOfBot(sql, botId)}
      group by entity_type, entity_id
      having count(*) > 1
      order by entity_type, entity_id`,
  ];
}

/** A schedule of `*` is everybody's, one of a bot that bot's alone. */
export function isOfBot(sql: AnySql, botId: string): Fragment {
  return botId === "*" ? sql`true` : sql`entity_type = 'bot' and entity_id = ${botId}`;
}

/** The memories of some entities as of an instant, of each the newest `limit` at most; one list an entity. */
export async function readMemories(
  sql: AnySql,
  entities: readonly RememberedEntity[],
  asOf: Date,
  limit: number,
): Promise<TellingMemory[][]> {
  const rows = await sql<(TellingMemory & { place: number })[]>`
    select place::int as place, id, content, importance, created_at
    from unnest(
      ${entities.map(({ entity_type }) => entity_type)}::text[],
      ${entities.map(({ entity_id }) => entity_id)}::text[]
    ) with ordinality as entity (entity_type, entity_id, place)
    cross join lateral (
      select id, content, importance, created_at
      from memories
      where entity_type = entity.entity_type
        and entity_id = entity.entity_id
        and archived_at is null
        and created_at <= ${asOf.toISOString()}::timestamptz
      order by created_at desc, id desc
      limit ${limit}
    ) newest
    order by place, id`;
  const byEntity: TellingMemory[][] = entities.map(() => []);
  for (const { place, ...memory } of rows) byEntity[place - 1].push(memory);
  return byEntity;
}

/**
 * Merges memories: what goes is archived and says into which it went; what stays has been told so much more
 * often, and each time closes the share `gain` of what its importance lacks of 1.
 *
 * It fades from the time on at which it was told last. Pairs of which one was archived meanwhile are left
 * out. Gives the number of those that went.
 */
export async function mergeMemories(
  tx: Tx,
  merges: readonly Merge[],
  { asOf, gain }: { asOf: Date; gain: number },
): Promise<number> {
  const kept = merges.map(({ kept }) => kept);
  const merged = merges.map(({ merged }) => merged);
  const [row] = await tx<{ merged: number }[]>`
    with held as (
      select id
      from memories
      where id = any(${[...kept, ...merged]}::bigint[])
        and archived_at is null
      order by id
      for update
    ),
    pair as (
      select kept, merged
      from unnest(${kept}::bigint[], ${merged}::bigint[]) as pair (kept, merged)
      where kept in (select id from held)
        and merged in (select id from held)
    ),
    archived as (
      update memories
      set
        archived_at = ${asOf.toISOString()}::timestamptz,
        archive_reason = 'merged',
        merged_into = pair.kept
      from pair
      where memories.id = pair.merged
      returning merged_into, importance, occurrences, access_count, last_accessed_at, created_at
    ),
    sum as (
      select
        merged_into,
        count(*)::int as memories,
        max(importance) as importance,
        sum(occurrences)::int as occurrences,
        sum(access_count)::int as access_count,
        max(last_accessed_at) as last_accessed_at,
        max(created_at) as told_at
      from archived
      group by merged_into
    ),
    raised as (
      update memories
      set
        importance =
          1 - (1 - greatest(memories.importance, sum.importance)) * power(1 - ${gain}::float8, sum.memories),
        occurrences = memories.occurrences + sum.occurrences,
        access_count = memories.access_count + sum.access_count,
        last_accessed_at = greatest(memories.last_accessed_at, sum.last_accessed_at),
        weighed_at = greatest(coalesce(memories.weighed_at, memories.created_at), sum.told_at)
      from sum
      where memories.id = sum.merged_into
    )
    select count(*)::int as merged from archived`;
  return row.merged;
}
