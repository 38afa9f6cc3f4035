/** The SQL that reads what is known of entities and what the jobs made of it. */
import type { AnySql } from "../../lib/db/sql.ts";
import type { Category } from "./attribute.ts";
import type { WrittenAttribute } from "./maintenance_store.ts";

/** The id of an entity's profile; undefined where nothing is known of it. */
export async function readProfileId(
  sql: AnySql,
  entityType: string,
  entityId: string,
): Promise<string | undefined> {
  const [profile] = await sql<{ id: string }[]>`
    select id
    from entity_profiles
    where entity_type = ${entityType}
      and entity_id = ${entityId}`;
  return profile?.id;
}

/** An entity of which something is known or remembered. */
export interface ListedProfile {
  entity_type: string;
  entity_id: string;
  attributes: number;
  memories: number;
  last_maintenance_at: Date | null;
}

/** At most `limit` entities whose id holds a text, after one (null: from the first), by type and id. */
export async function listProfiles(
  sql: AnySql,
  text: string,
  after: [type: string, id: string] | null,
  limit: number,
): Promise<ListedProfile[]> {
  const [type, id] = after ?? ["", ""];
  const isWanted = sql`
    (entity_type, entity_id) > (${type}, ${id})
    and position(lower(${text}) in lower(entity_id)) > 0`;
  return [
    ...await sql<ListedProfile[]>`
      with profiled as (
        select entity_type, entity_id
        from entity_profiles
        where ${isWanted}
        order by entity_type, entity_id
        limit ${limit}
      ),
      remembered as (
        select entity_type, entity_id
        from memories
        where archived_at is null
          and ${isWanted}
        group by entity_type, entity_id
        order by entity_type, entity_id
        limit ${limit}
      ),
      entity as (
        select entity_type, entity_id from profiled
        union
        select entity_type, entity_id from remembered
        order by entity_type, entity_id
        limit ${limit}
      )
      select
        entity_type, entity_id,
        (
          select count(*)::int
          from entity_profile_attributes
          where profile_id = profile.id
        ) as attributes,
        (
          select count(*)::int
          from memories
          where memories.entity_type = entity.entity_type
            and memories.entity_id = entity.entity_id
            and archived_at is null
        ) as memories,
        (
          select at
          from profile_maintenances
          where profile_id = profile.id
          order by id desc
          limit 1
        ) as last_maintenance_at
      from entity
      left join entity_profiles profile using (entity_type, entity_id)
      order by entity_type, entity_id`,
  ];
}

/** How many entities' ids hold a text; counting stops at `most`. */
export async function countProfiles(sql: AnySql, text: string, most: number): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from (
      (
        select entity_type, entity_id
        from entity_profiles
        where position(lower(${text}) in lower(entity_id)) > 0
      )
      union
      (
        select entity_type, entity_id
        from memories
        where archived_at is null
          and position(lower(${text}) in lower(entity_id)) > 0
      )
      limit ${most}
    ) entity`;
  return count;
}

/** An attribute, as the addresses show it. */
export interface ShownAttribute extends WrittenAttribute {
  id: string;
  confidence: number;
  source: string;
  created_at: Date;
  updated_at: Date;
}

/** What is known of an entity, category by category. */
export async function listAttributes(
  sql: AnySql,
  profileId: string | null,
): Promise<ShownAttribute[]> {
  return [
    ...await sql<ShownAttribute[]>`
      select id, category, key, value, confidence, source, created_at, updated_at
      from entity_profile_attributes
      where profile_id = ${profileId}
      order by category, key, id`,
  ];
}

/** What a run of profile_maintenance came to for an entity. */
export interface ShownMaintenance {
  id: string;
  run_id: string;
  model: string;
  at: Date;
  attributes_before: number;
  attributes_after: number;
  categories_updated: Category[];
  withheld: number;
  prompt_tokens: number;
  completion_tokens: number;
  error: string | null;
  restored_at: Date | null;
  restored_by: string | null;
  replaced: WrittenAttribute[];
  written: WrittenAttribute[];
}

/** At most `limit` maintenances of an entity from before one (null: from the last), newest first. */
export async function listMaintenances(
  sql: AnySql,
  profileId: string | null,
  before: string | null,
  limit: number,
): Promise<ShownMaintenance[]> {
  return [
    ...await sql<ShownMaintenance[]>`
      select
        id, run_id, model, at, attributes_before, attributes_after, categories_updated, withheld,
        prompt_tokens, completion_tokens, error, restored_at, restored_by, written,
        (
          select coalesce(
            jsonb_agg(
              jsonb_build_object('category', category, 'key', key, 'value', value)
              order by attribute_id
            ),
            '[]'
          )
          from profile_attribute_history
          where maintenance_id = maintenance.id
        ) as replaced
      from profile_maintenances maintenance
      where profile_id = ${profileId}
        and (${before}::bigint is null or id < ${before}::bigint)
      order by id desc
      limit ${limit}`,
  ];
}

export async function countMaintenances(sql: AnySql, profileId: string | null): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from profile_maintenances
    where profile_id = ${profileId}`;
  return count;
}

/** A memory, as the addresses show it. */
export interface ShownMemory {
  id: string;
  content: string;
  importance: number;
  occurrences: number;
  access_count: number;
  last_accessed_at: Date | null;
  created_at: Date;
  archived_at: Date | null;
  archive_reason: "merged" | "faded" | null;
  merged_into: string | null;
  /** Ids of those that were merged into it. */
  merged_from: string[];
}

/** At most `limit` memories of an entity from before one (null: from the last), newest first. */
export async function listMemories(
  sql: AnySql,
  entity: { type: string; id: string },
  { archived, before, limit }: {
    archived: boolean;
    before: { createdAt: Date; id: string } | null;
    limit: number;
  },
): Promise<ShownMemory[]> {
  return [
    ...await sql<ShownMemory[]>`
      select
        id, content, importance, occurrences, access_count, last_accessed_at, created_at,
        archived_at, archive_reason, merged_into,
        array(
          select merged.id::text
          from memories merged
          where merged.merged_into = memory.id
          order by merged.id
        ) as merged_from
      from memories memory
      where entity_type = ${entity.type}
        and entity_id = ${entity.id}
        and ${archived ? sql`archived_at is not null` : sql`archived_at is null`}
        and ${
      before
        ? sql`(created_at, id) < (${before.createdAt.toISOString()}::timestamptz, ${before.id}::bigint)`
        : sql`true`
    }
      order by created_at desc, id desc
      limit ${limit}`,
  ];
}

export async function countMemories(
  sql: AnySql,
  entity: { type: string; id: string },
  archived: boolean,
): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from memories
    where entity_type = ${entity.type}
      and entity_id = ${entity.id}
      and ${archived ? sql`archived_at is not null` : sql`archived_at is null`}`;
  return count;
}

/**
 * The id of an entity's profile, null where it is only remembered for something; undefined where it is
 * not known at all.
 */
export async function findEntity(
  sql: AnySql,
  entity: { type: string; id: string },
): Promise<string | null | undefined> {
  const id = await readProfileId(sql, entity.type, entity.id);
  return id ?? (await isRemembered(sql, entity) ? null : undefined);
}

/** Whether anything is remembered of an entity, be it archived. */
async function isRemembered(
  sql: AnySql,
  entity: { type: string; id: string },
): Promise<boolean> {
  const [row] = await sql<{ is_remembered: boolean }[]>`
    select exists (
      select from memories
      where entity_type = ${entity.type}
        and entity_id = ${entity.id}
        and archived_at is null
    ) or exists (
      select from memories
      where entity_type = ${entity.type}
        and entity_id = ${entity.id}
        and archived_at is not null
    ) as is_remembered`;
  return row.is_remembered;
}
