import type { AnySql } from "../../lib/db/sql.ts";

/** Ids of at most `limit` users after a given one, in order; null: from the first. */
export async function readUsersAfter(
  sql: AnySql,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select user_id
    from users
    where user_id > ${after ?? ""}
    order by user_id
    limit ${limit}`;
  return rows.map((row) => row.user_id);
}

/** Those of the ids that belong to a user, in order. */
export async function readKnownUsers(sql: AnySql, userIds: string[]): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select user_id
    from users
    where user_id = any(${userIds}::text[])
    order by user_id`;
  return rows.map((row) => row.user_id);
}

/** The number of users. */
export async function countUsers(sql: AnySql): Promise<number> {
  const [row] = await sql<{ users: number }[]>`select count(*)::int as users from users`;
  return row.users;
}
