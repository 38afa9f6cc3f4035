import type { Sql } from "../../lib/db/sql.ts";
import type { ItemSource } from "../../lib/job.ts";
import {
  countUsersToRetrain,
  readKnownUsersToRetrain,
  readUsersToRetrain,
  type RetrainingRule,
} from "./retraining_store.ts";

/** The users who are to be retrained, by id; who was retrained by this run is past the cursor. */
export function retrainingSource(sql: Sql, rule: RetrainingRule): ItemSource<string> {
  return {
    read: (after, limit) => readUsersToRetrain(sql, rule, after as string | null, limit),
    cursor: (user) => user,
    key: (user) => user,
    only: (users) => readKnownUsersToRetrain(sql, rule, users),
    count: () => countUsersToRetrain(sql, rule),
  };
}
