import type { AnySql, Fragment } from "../../lib/db/sql.ts";
import type { Attribute } from "./attribute.ts";

/** A profile that is to be tidied up. */
export interface ProfileRef {
  id: string;
  entity_type: "user" | "bot";
  entity_id: string;
}

/** Which profiles a run looks at. */
export interface ProfileScope {
  /** The run's bot: `*` stands for everybody but the bots that have an enabled schedule of their own. */
  botId: string;
  /** This entity alone, whatever the bot. */
  entity: { type: string; id: string } | null;
  /** Also those that have not changed since they were tidied up. */
  again: boolean;
}

/** At most `limit` profiles to tidy up after one (null: from the first), by type and id. */
export async function readDueProfiles(
  sql: AnySql,
  scope: ProfileScope,
  after: [type: string, id: string] | null,
  limit: number,
): Promise<ProfileRef[]> {
  const [type, id] = after ?? ["", ""];
  return [
    ...await sql<ProfileRef[]>`
      select id, entity_type, entity_id
      from entity_profiles profile
      where (entity_type, entity_id) > (${type}, ${id})
        and ${isDue(sql, scope)}
      order by entity_type, entity_id
      limit ${limit}`,
  ];
}

/** The number of profiles to tidy up. */
export async function countDueProfiles(sql: AnySql, scope: ProfileScope): Promise<number> {
  const [row] = await sql<{ profiles: number }[]>`
    select count(*)::int as profiles
    from entity_profiles profile
    where ${isDue(sql, scope)}`;
  return row.profiles;
}

/** Those of the entities, each `type:id`, that are to be tidied up. */
export async function readDueAmong(
  sql: AnySql,
  scope: ProfileScope,
  names: string[],
): Promise<ProfileRef[]> {
  return [
    ...await sql<ProfileRef[]>`
      select id, entity_type, entity_id
      from entity_profiles profile
      where entity_type || ':' || entity_id = any(${names}::text[])
        and ${isDue(sql, scope)}
      order by entity_type, entity_id`,
  ];
}

/** Whoever has attributes, is in the scope, and was not left in this very state by the last maintenance. */
function isDue(sql: AnySql, { botId, entity, again }: ProfileScope): Fragment {
  return sql`
    ${isInScope(sql, botId, entity)}
    and exists (select from entity_profile_attributes where profile_id = profile.id)
    and (${again} or tidied is distinct from ${fingerprint(sql, sql`profile.id`)})`;
}

function isInScope(sql: AnySql, botId: string, entity: ProfileScope["entity"]): Fragment {
  if (entity) return sql`entity_type = ${entity.type} and entity_id = ${entity.id}`;
  if (botId !== "*") return sql`entity_type = 'bot' and entity_id = ${botId}`;
  return sql`
    (entity_type <> 'bot' or not exists (
      select from scheduled_jobs own
      where own.job_type = 'profile_maintenance'
        and own.bot_id = profile.entity_id
        and own.enabled
        and own.retired_at is null
        and own.deleted_at is null
    ))`;
}

/** What tells one state of a profile's attributes from another; null: it has none. */
export function fingerprint(sql: AnySql, profileId: Fragment): Fragment {
  return sql`(
    select md5(string_agg(jsonb_build_array(id, category, key, value)::text, ',' order by id))
    from entity_profile_attributes
    where profile_id = ${profileId}
  )`;
}

/** A profile's attributes at one instant. */
export interface ProfileState {
  /** How many there are in all. */
  total: number;
  fingerprint: string | null;
  /** What was noted last, the newest first, at most as many as were asked for. */
  attributes: Attribute[];
}

/** Reads a profile's state in one statement, so that its parts belong together. */
export async function readProfileState(
  sql: AnySql,
  profileId: string,
  limit: number,
): Promise<ProfileState> {
  const [state] = await sql<
    (Omit<ProfileState, "attributes"> & { attributes: StoredAttribute[] })[]
  >`
    select
      (
        select count(*)::int
        from entity_profile_attributes
        where profile_id = ${profileId}
      ) as total,
      ${fingerprint(sql, sql`${profileId}::bigint`)} as fingerprint,
      (
        select coalesce(jsonb_agg(to_jsonb(newest) order by updated_at desc, id desc), '[]')
        from (
          select id, category, key, value, confidence, source, updated_at
          from entity_profile_attributes
          where profile_id = ${profileId}
          order by updated_at desc, id desc
          limit ${limit}
        ) newest
      ) as attributes`;
  return { ...state, attributes: state.attributes.map(toAttribute) };
}

type StoredAttribute = Omit<Attribute, "id" | "updated_at"> & { id: number; updated_at: string };

function toAttribute(stored: StoredAttribute): Attribute {
  return { ...stored, id: String(stored.id), updated_at: new Date(stored.updated_at) };
}
