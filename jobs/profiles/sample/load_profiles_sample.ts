import type { Sql } from "../../../lib/db/sql.ts";
import type { SampleLoader } from "../../sample_loader.ts";
import { generateEntities, type SampleEntity } from "./profiles_sample.ts";
import { insertAttributes, insertMemories, insertProfiles } from "./sample_store.ts";

/** The seed of every sample. */
const SAMPLE_SEED = 1;

const ENTITIES_PER_BATCH = 500;

const DAY_MS = 86_400_000;

/** What to load: whole weeks that end with the UTC day before `until`. */
export interface ProfilesSampleRequest {
  users: number;
  weeks: number;
  until: Date;
  /** Told after each batch, in entities. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Fills in bots and users of whom things are known and remembered, each batch in one transaction.
 *
 * Who is known already stays as found: loading again adds what is missing and nothing twice.
 */
export async function loadProfilesSample(
  sql: Sql,
  { users, weeks, until, onProgress = () => {} }: ProfilesSampleRequest,
): Promise<{ profilesAdded: number; attributesAdded: number; memoriesAdded: number }> {
  const today = new Date(Math.floor(until.getTime() / DAY_MS) * DAY_MS);
  const entities = [...generateEntities({ users, days: weeks * 7, seed: SAMPLE_SEED })];
  const loaded = { profilesAdded: 0, attributesAdded: 0, memoriesAdded: 0 };
  for (let from = 0; from < entities.length; from += ENTITIES_PER_BATCH) {
    const batch = entities.slice(from, from + ENTITIES_PER_BATCH);
    await sql.begin(async (tx) => {
      const ids = await insertProfiles(tx, batch);
      const added = batch.flatMap((entity) => {
        const profileId = ids.get(nameOf(entity));
        return profileId === undefined ? [] : [{ profileId, entity }];
      });
      loaded.profilesAdded += added.length;
      loaded.attributesAdded += await insertAttributes(tx, added, today);
      loaded.memoriesAdded += await insertMemories(tx, added.map(({ entity }) => entity), today);
    });
    onProgress(Math.min(from + ENTITIES_PER_BATCH, entities.length), entities.length);
  }
  return loaded;
}

function nameOf({ entityType, entityId }: SampleEntity): string {
  return `${entityType}:${entityId}`;
}

/** Each profile is a question to a model, which may cost money: one user in ten has one. */
const USERS_PER_PROFILE = 10;

/** The part of `deno task sample`. */
export const sample: SampleLoader = async (sql, { users, weeks, until, onProgress }) => {
  const { profilesAdded, attributesAdded, memoriesAdded } = await loadProfilesSample(sql, {
    users: Math.ceil(users / USERS_PER_PROFILE),
    weeks,
    until,
    onProgress: (done, total) => onProgress({ what: "profiles", done, total }),
  });
  return {
    profiles_added: profilesAdded,
    attributes_added: attributesAdded,
    memories_added: memoriesAdded,
  };
};
