import { databaseClock } from "../../lib/clock.ts";
import type { AnySql, Tx } from "../../lib/db/sql.ts";
import type { Category } from "./attribute.ts";
import { fingerprint } from "./profiles_store.ts";

/** What was asked about a profile, and what for. */
export interface Asked {
  profileId: string;
  runId: string;
  model: string;
  attributesBefore: number;
  withheld: number;
  promptTokens: number;
  completionTokens: number;
}

/** An attribute as a reply has it. */
export interface WrittenAttribute {
  category: Category;
  key: string;
  value: string;
}

/** What a maintenance changes: the attributes that go, and those that come in their place. */
export interface Replacement {
  categories: Category[];
  replaced: string[];
  written: WrittenAttribute[];
}

/** Seed 004: what a model has consolidated is held for likely, and is of this source. */
const CONFIDENCE = 0.9;
const SOURCE = "maintenance";

/**
 * Holds a profile and its attributes until the transaction ends, for they are about to be replaced; gives
 * the state's fingerprint. Who adds an attribute meanwhile waits.
 */
export async function holdProfile(tx: Tx, profileId: string): Promise<string | null> {
  await tx`
    select id
    from entity_profiles
    where id = ${profileId}
    for update`;
  await tx`
    select id
    from entity_profile_attributes
    where profile_id = ${profileId}
    order by id
    for update`;
  const [state] = await tx<{ fingerprint: string | null }[]>`
    select ${fingerprint(tx, tx`${profileId}::bigint`)} as fingerprint`;
  return state.fingerprint;
}

/** Replaces attributes, keeps the replaced ones as history, and notes the profile as tidied up. */
export async function writeMaintenance(
  tx: Tx,
  asked: Asked,
  { categories, replaced, written }: Replacement,
): Promise<void> {
  const attributesAfter = asked.attributesBefore - replaced.length + written.length;
  const maintenanceId = await noteMaintenance(tx, asked, {
    attributesAfter,
    categories,
    written,
    error: null,
  });
  await tx`
    with gone as (
      delete from entity_profile_attributes
      where profile_id = ${asked.profileId}
        and id = any(${replaced}::bigint[])
      returning *
    )
    insert into profile_attribute_history (
      maintenance_id, attribute_id, category, key, value, confidence, source, written_by,
      created_at, updated_at
    )
    select
      ${maintenanceId}, id, category, key, value, confidence, source, maintenance_id,
      created_at, updated_at
    from gone`;
  await tx`
    insert into entity_profile_attributes (
      profile_id, category, key, value, confidence, source, maintenance_id, created_at, updated_at
    )
    select
      ${asked.profileId}, category, key, value, ${CONFIDENCE}, ${SOURCE}, ${maintenanceId},
      ${databaseClock.now(tx)}, ${databaseClock.now(tx)}
    from jsonb_to_recordset(${tx.json(written as never)})
      as written (category text, key text, value text)`;
  await markTidied(tx, asked.profileId);
}

/** Notes why a profile was left as it is. */
export async function writeFailure(tx: Tx, asked: Asked, error: string): Promise<void> {
  await noteMaintenance(tx, asked, {
    attributesAfter: asked.attributesBefore,
    categories: [],
    written: [],
    error,
  });
}

/** A later attempt of the run may come to the same profile again: what it came to last holds. */
async function noteMaintenance(
  tx: Tx,
  asked: Asked,
  { attributesAfter, categories, written, error }: {
    attributesAfter: number;
    categories: Category[];
    written: WrittenAttribute[];
    error: string | null;
  },
): Promise<string> {
  const [{ id }] = await tx<{ id: string }[]>`
    insert into profile_maintenances as maintenance (
      profile_id, run_id, model, at, attributes_before, attributes_after, categories_updated,
      written, withheld, prompt_tokens, completion_tokens, error
    )
    values (
      ${asked.profileId}, ${asked.runId}, ${asked.model}, ${databaseClock.now(tx)},
      ${asked.attributesBefore}, ${attributesAfter}, ${categories}::text[],
      ${tx.json(written as never)}, ${asked.withheld}, ${asked.promptTokens},
      ${asked.completionTokens}, ${error}
    )
    on conflict (run_id, profile_id) do update
    set
      at = excluded.at,
      attributes_before = excluded.attributes_before,
      attributes_after = excluded.attributes_after,
      categories_updated = excluded.categories_updated,
      written = excluded.written,
      withheld = excluded.withheld,
      prompt_tokens = maintenance.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = maintenance.completion_tokens + excluded.completion_tokens,
      error = excluded.error
    returning id`;
  return id;
}

async function markTidied(tx: Tx, profileId: string): Promise<void> {
  await tx`
    update entity_profiles
    set tidied = ${fingerprint(tx, tx`${profileId}::bigint`)}
    where id = ${profileId}`;
}

/** The last maintenance that changed a profile and was not undone. */
export async function readUndoable(
  tx: Tx,
  profileId: string,
): Promise<{ id: string; categories_updated: Category[] } | undefined> {
  const [maintenance] = await tx<{ id: string; categories_updated: Category[] }[]>`
    select id, categories_updated
    from profile_maintenances
    where profile_id = ${profileId}
      and categories_updated <> '{}'
      and restored_at is null
    order by id desc
    limit 1`;
  return maintenance;
}

/**
 * Puts back what a maintenance replaced, and takes away what it wrote; gives the rows of both. What was
 * changed since then is somebody else's word and stays.
 *
 * The profile counts as tidied up: else the next run would do again what was just undone.
 */
export async function undoMaintenance(
  tx: Tx,
  profileId: string,
  maintenanceId: string,
  by: string,
): Promise<{ restored: number; removed: number }> {
  const removed = await tx`
    delete from entity_profile_attributes attribute
    using profile_maintenances maintenance
    where maintenance.id = ${maintenanceId}
      and attribute.profile_id = ${profileId}
      and attribute.maintenance_id = maintenance.id
      and maintenance.written @> jsonb_build_array(jsonb_build_object(
        'category', attribute.category, 'key', attribute.key, 'value', attribute.value
      ))`;
  const restored = await tx`
    insert into entity_profile_attributes (
      id, profile_id, category, key, value, confidence, source, maintenance_id, created_at, updated_at
    )
    overriding system value
    select
      attribute_id, ${profileId}, category, key, value, confidence, source, written_by,
      created_at, updated_at
    from profile_attribute_history
    where maintenance_id = ${maintenanceId}`;
  await tx`
    update profile_maintenances
    set restored_at = ${databaseClock.now(tx)}, restored_by = ${by}
    where id = ${maintenanceId}`;
  await markTidied(tx, profileId);
  return { restored: restored.count, removed: removed.count };
}

/** What a run came to for an entity, with the fields of seed 004's result. */
export interface MaintenanceResult {
  entity_type: string;
  entity_id: string;
  attributes_before: number;
  attributes_after: number;
  categories_updated: Category[];
  error: string | null;
}

/** What a run came to, entity by entity, at most `limit`. */
export async function listResults(
  sql: AnySql,
  runId: string,
  limit: number,
): Promise<MaintenanceResult[]> {
  return [
    ...await sql<MaintenanceResult[]>`
      select
        entity_type, entity_id, attributes_before, attributes_after, categories_updated, error
      from profile_maintenances maintenance
      join entity_profiles profile on profile.id = maintenance.profile_id
      where run_id = ${runId}
      order by maintenance.id
      limit ${limit}`,
  ];
}

/** Sums over what a run came to. */
export interface MaintenanceSums {
  attributes_before: number;
  attributes_after: number;
  withheld: number;
  prompt_tokens: number;
  completion_tokens: number;
}

/** The sums over all entities of a run. */
export async function sumUpRun(sql: AnySql, runId: string): Promise<MaintenanceSums> {
  const [sums] = await sql<MaintenanceSums[]>`
    select
      coalesce(sum(attributes_before), 0)::float8 as attributes_before,
      coalesce(sum(attributes_after), 0)::float8 as attributes_after,
      coalesce(sum(withheld), 0)::float8 as withheld,
      coalesce(sum(prompt_tokens), 0)::float8 as prompt_tokens,
      coalesce(sum(completion_tokens), 0)::float8 as completion_tokens
    from profile_maintenances
    where run_id = ${runId}`;
  return sums;
}

/** Forgets maintenances from before an instant, with the history they hold, but each profile's last one. */
export async function forgetOldMaintenances(tx: Tx, before: Date): Promise<number> {
  const forgotten = await tx`
    delete from profile_maintenances old
    where at < ${before.toISOString()}::timestamptz
      and exists (
        select from profile_maintenances later
        where later.profile_id = old.profile_id
          and later.id > old.id
      )`;
  return forgotten.count;
}
