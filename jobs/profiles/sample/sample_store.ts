import type { Tx } from "../../../lib/db/sql.ts";
import type { SampleEntity } from "./profiles_sample.ts";

/** Adds the profiles of those entities that are not known yet, empty; gives their ids by `type:id`. */
export async function insertProfiles(
  tx: Tx,
  entities: SampleEntity[],
): Promise<Map<string, string>> {
  const added = await tx<{ name: string; id: string }[]>`
    insert into entity_profiles (entity_type, entity_id)
    select *
    from unnest(
      ${entities.map(({ entityType }) => entityType)}::text[],
      ${entities.map(({ entityId }) => entityId)}::text[]
    )
    on conflict do nothing
    returning entity_type || ':' || entity_id as name, id`;
  return new Map(added.map(({ name, id }) => [name, id]));
}

/** Adds what is known of entities, each with the id of its profile, in days before an instant. */
export async function insertAttributes(
  tx: Tx,
  entities: { profileId: string; entity: SampleEntity }[],
  until: Date,
): Promise<number> {
  const rows = entities.flatMap(({ profileId, entity }) =>
    entity.attributes.map(({ daysAgo, ...attribute }) => ({
      profile_id: profileId,
      ...attribute,
      at: before(until, daysAgo),
    }))
  );
  const inserted = await tx`
    insert into entity_profile_attributes (
      profile_id, category, key, value, confidence, created_at, updated_at
    )
    select profile_id, category, key, value, confidence, at, at
    from jsonb_to_recordset(${tx.json(rows as never)}) as sample (
      profile_id bigint, category text, key text, value text, confidence float8, at timestamptz
    )`;
  return inserted.count;
}

/** Adds what entities are remembered for, in days before an instant. */
export async function insertMemories(
  tx: Tx,
  entities: SampleEntity[],
  until: Date,
): Promise<number> {
  const rows = entities.flatMap(({ entityType, entityId, memories }) =>
    memories.map(({ content, importance, daysAgo, accessedDaysAgo }) => ({
      entity_type: entityType,
      entity_id: entityId,
      content,
      importance,
      created_at: before(until, daysAgo),
      accessed_at: accessedDaysAgo === null ? null : before(until, accessedDaysAgo),
    }))
  );
  const inserted = await tx`
    insert into memories (
      entity_type, entity_id, content, importance, access_count, last_accessed_at, created_at
    )
    select
      entity_type, entity_id, content, importance, (accessed_at is not null)::int, accessed_at,
      created_at
    from jsonb_to_recordset(${tx.json(rows as never)}) as sample (
      entity_type text, entity_id text, content text, importance float8, created_at timestamptz,
      accessed_at timestamptz
    )`;
  return inserted.count;
}

const DAY_MS = 86_400_000;

function before(until: Date, days: number): string {
  return new Date(Math.floor(until.getTime() - days * DAY_MS)).toISOString();
}
