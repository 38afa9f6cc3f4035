import type { Sql } from "../../lib/db/sql.ts";
import type { ItemSource } from "../../lib/job.ts";
import { countUsers, readKnownUsers, readUsersAfter } from "./users_store.ts";

/** Every user by id, or one user alone; an id that nobody has gives no item. */
export function userSource(sql: Sql, userId: string | undefined): ItemSource<string> {
  const wanted = userId === undefined ? null : [userId];
  return {
    read: (after, limit) => {
      if (wanted === null) return readUsersAfter(sql, after as string | null, limit);
      return after === null ? readKnownUsers(sql, wanted) : Promise.resolve([]);
    },
    cursor: (user) => user,
    key: (user) => user,
    only: (users) => readKnownUsers(sql, users),
    count: async () =>
      wanted === null ? await countUsers(sql) : (await readKnownUsers(sql, wanted)).length,
  };
}
