/** Profiles and memories that are valid as they are, so that a test says only what it is about. */
import type { Sql } from "../../lib/db/sql.ts";

/** What a test says of an attribute. */
export interface AttributeFields {
  category?: string;
  confidence?: number;
  source?: string;
  updatedAt?: string;
}

/** Adds an attribute to an entity, `type:id`, whose profile is made if there is none; gives its id. */
export async function addAttribute(
  sql: Sql,
  entity: string,
  key: string,
  value: string,
  { category = "fact", confidence = 0.5, source = "conversation", updatedAt }: AttributeFields = {},
): Promise<string> {
  const at = updatedAt ?? "2026-07-01T00:00:00Z";
  const [{ id }] = await sql<{ id: string }[]>`
    insert into entity_profile_attributes (
      profile_id, category, key, value, confidence, source, created_at, updated_at
    )
    values (
      ${await profileOf(sql, entity)}, ${category}, ${key}, ${value}, ${confidence}, ${source},
      ${at}, ${at}
    )
    returning id`;
  return id;
}

async function profileOf(sql: Sql, entity: string): Promise<string> {
  const [type, id] = entity.split(":");
  await sql`
    insert into entity_profiles (entity_type, entity_id)
    values (${type}, ${id})
    on conflict do nothing`;
  const [profile] = await sql<{ id: string }[]>`
    select id from entity_profiles where entity_type = ${type} and entity_id = ${id}`;
  return profile.id;
}

/** An entity's attributes, as `category key = value`, in order. */
export async function attributesOf(sql: Sql, entity: string): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select category || ' ' || key || ' = ' || value as line
    from entity_profile_attributes
    join entity_profiles profile on profile.id = profile_id
    where entity_type || ':' || entity_id = ${entity}
    order by category, key, value`;
  return rows.map(({ line }) => line);
}

/** Everything of an entity's attributes but when they were written, to see that nothing has changed. */
export async function rowsOf(sql: Sql, entity: string) {
  return [
    ...await sql`
      select attribute.*
      from entity_profile_attributes attribute
      join entity_profiles profile on profile.id = profile_id
      where entity_type || ':' || entity_id = ${entity}
      order by attribute.id`,
  ];
}

/** Nick of seed 004: says some things twice, moved, and greeted somebody. */
export async function addNick(sql: Sql, entity = "user:nick"): Promise<void> {
  const add = (category: string, key: string, value: string, day: string) =>
    addAttribute(sql, entity, key, value, { category, updatedAt: `2026-07-${day}T10:00:00Z` });
  await add("fact", "name", "Nick", "01");
  await add("fact", "home_location", "Ohio", "02");
  await add("fact", "home_location", "Oregon", "10");
  await add("preference", "editor_theme", "dark mode", "03");
  await add("preference", "theme", "Dark mode!", "05");
  await add("misc", "greeting", "good morning", "06");
  await add("misc", "pet", "a cat called Mia", "07");
}

/** What the model of rules makes of {@link addNick}. */
export const TIDY_NICK = [
  "fact home_location = Oregon",
  "fact name = Nick",
  "misc pet = a cat called Mia",
  "preference theme = Dark mode!",
];

/** What a test says of a memory. */
export interface MemoryFields {
  importance?: number;
  createdAt?: string;
  lastAccessedAt?: string;
  accessCount?: number;
}

/** Adds a memory of an entity, `type:id`; gives its id. */
export async function addMemory(
  sql: Sql,
  entity: string,
  content: string,
  { importance = 0.5, createdAt, lastAccessedAt, accessCount = 0 }: MemoryFields = {},
): Promise<string> {
  const [type, id] = entity.split(":");
  const [memory] = await sql<{ id: string }[]>`
    insert into memories (
      entity_type, entity_id, content, importance, access_count, last_accessed_at, created_at
    )
    values (
      ${type}, ${id}, ${content}, ${importance}, ${accessCount}, ${lastAccessedAt ?? null},
      ${createdAt ?? "2026-07-01T00:00:00Z"}
    )
    returning id`;
  return memory.id;
}
