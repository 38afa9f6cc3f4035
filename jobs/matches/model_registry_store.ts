import { databaseClock } from "../../lib/clock.ts";
import type { AnySql, Fragment, Json, Tx } from "../../lib/db/sql.ts";
import { toStorableJson } from "../../lib/storable.ts";
import type { ModelCard } from "./model_card.ts";

export type ModelChange = "new" | "changed" | "removed";

/** The source that a model is known from; undefined: it is not known. */
export async function readModelSource(sql: AnySql, modelId: string): Promise<string | undefined> {
  const [model] = await sql<{ source: string }[]>`
    select source
    from model_registry
    where model_id = ${modelId}`;
  return model?.source;
}

/** Writes a model as its card has it and records what that changed; null: the card is as it was. */
export async function writeModel(
  tx: Tx,
  source: string,
  { modelId, elo, trainedAt, card }: ModelCard,
): Promise<"new" | "changed" | null> {
  const now = databaseClock.now(tx);
  const [noted] = await tx<{ change: "new" | "changed" }[]>`
    with given as (
      select ${modelId}::text as model_id, ${tx.json(toStorableJson(card))}::jsonb as card
    ),
    known as (
      select model_id, card
      from model_registry
      where model_id = ${modelId}
    ),
    written as (
      insert into model_registry as model
        (model_id, source, elo, trained_at, card, first_seen_at, changed_at)
      select
        model_id, ${source}, ${elo}, ${trainedAt.toISOString()}::timestamptz, card, ${now}, ${now}
      from given
      on conflict (model_id) do update
      set
        source = excluded.source,
        elo = excluded.elo,
        trained_at = excluded.trained_at,
        card = excluded.card,
        changed_at = case
          when model.card = excluded.card then model.changed_at
          else excluded.changed_at
        end
    )
    insert into model_registry_changes (model_id, change, source, card, previous, at)
    select
      given.model_id,
      case when known.model_id is null then 'new' else 'changed' end,
      ${source}, given.card, known.card, ${now}
    from given
    left join known using (model_id)
    where known.card is distinct from given.card
    returning change`;
  return noted?.change ?? null;
}

/** Removes the other models that this source gave before; gives their ids. */
export async function removeOtherModels(
  tx: Tx,
  source: string,
  modelId: string,
): Promise<string[]> {
  return await removeModels(tx, tx`source = ${source} and model_id <> ${modelId}`);
}

/** Removes the models whose source is none of these any more; gives their ids. */
export async function removeUnlistedModels(tx: Tx, sources: readonly string[]): Promise<string[]> {
  return await removeModels(tx, tx`source <> all (${[...sources]}::text[])`);
}

async function removeModels(tx: Tx, condition: Fragment): Promise<string[]> {
  const removed = await tx<{ model_id: string }[]>`
    with removed as (
      delete from model_registry
      where ${condition}
      returning model_id, source, card
    )
    insert into model_registry_changes (model_id, change, source, card, previous, at)
    select model_id, 'removed', source, null, card, ${databaseClock.now(tx)}
    from removed
    order by model_id
    returning model_id`;
  return removed.map(({ model_id }) => model_id);
}

/** The number of models. */
export async function countModels(sql: AnySql): Promise<number> {
  const [row] = await sql<{ models: number }[]>`
    select count(*)::int as models from model_registry`;
  return row.models;
}

/** A model, as `GET /matches/models` shows it. */
export interface RegisteredModel {
  model_id: string;
  elo: string;
  trained_at: Date;
  /** Whether it is the newest of its elo group. */
  current: boolean;
  source: string;
  first_seen_at: Date;
  changed_at: Date;
  card: Json;
}

/** Every model, the newest of each elo group first. */
export async function listModels(sql: AnySql): Promise<RegisteredModel[]> {
  return await sql<RegisteredModel[]>`
    select
      model_id, elo, trained_at,
      row_number() over (partition by elo order by trained_at desc, model_id desc) = 1 as current,
      source, first_seen_at, changed_at, card
    from model_registry
    order by elo, trained_at desc, model_id desc`;
}

/** Something that happened to the registry. */
export interface RegistryChange {
  model_id: string;
  change: ModelChange;
  source: string;
  at: Date;
}

/** The last changes, the newest first, at most `limit`. */
export async function listModelChanges(sql: AnySql, limit: number): Promise<RegistryChange[]> {
  return await sql<RegistryChange[]>`
    select model_id, change, source, at
    from model_registry_changes
    order by change_id desc
    limit ${limit}`;
}
