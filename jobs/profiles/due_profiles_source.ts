import type { Sql } from "../../lib/db/sql.ts";
import type { ItemSource } from "../../lib/job.ts";
import {
  countDueProfiles,
  type ProfileRef,
  type ProfileScope,
  readDueAmong,
  readDueProfiles,
} from "./profiles_store.ts";

/** The profiles of a scope that are to be tidied up, by type and id. */
export function dueProfiles(sql: Sql, scope: ProfileScope): ItemSource<ProfileRef> {
  return {
    read: (after, limit) => readDueProfiles(sql, scope, after as [string, string] | null, limit),
    cursor: ({ entity_type, entity_id }) => [entity_type, entity_id],
    key: nameOf,
    only: (names) => readDueAmong(sql, scope, names),
    count: () => countDueProfiles(sql, scope),
  };
}

/** An entity's name among a run's items, such as `user:nick`. */
export function nameOf({ entity_type, entity_id }: ProfileRef): string {
  return `${entity_type}:${entity_id}`;
}
