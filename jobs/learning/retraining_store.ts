import type { AnySql, Fragment } from "../../lib/db/sql.ts";

/** Which users are to be retrained. */
export interface RetrainingRule {
  asOf: Date;
  /** Pairs made for the first time since the last retraining. */
  minNewPairs: number;
  /** The last retraining, if any, lies before this instant; null: it does not matter. */
  lastBefore: Date | null;
  /** One user alone; null: every user. */
  userId: string | null;
}

/** Ids of at most `limit` users after a given one who fit the rule, in order; null: from the first. */
export async function readUsersToRetrain(
  sql: AnySql,
  rule: RetrainingRule,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select users.user_id
    from ${usersWithLastRetraining(sql)}
    where users.user_id > ${after ?? ""}
      and ${isToRetrain(sql, rule)}
    order by users.user_id
    limit ${limit}`;
  return rows.map((row) => row.user_id);
}

/** Those of the ids whose users fit the rule, in order. */
export async function readKnownUsersToRetrain(
  sql: AnySql,
  rule: RetrainingRule,
  userIds: string[],
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select users.user_id
    from ${usersWithLastRetraining(sql)}
    where users.user_id = any(${userIds}::text[])
      and ${isToRetrain(sql, rule)}
    order by users.user_id`;
  return rows.map((row) => row.user_id);
}

/** How many users fit the rule. */
export async function countUsersToRetrain(sql: AnySql, rule: RetrainingRule): Promise<number> {
  const [row] = await sql<{ users: number }[]>`
    select count(*)::int as users
    from ${usersWithLastRetraining(sql)}
    where ${isToRetrain(sql, rule)}`;
  return row.users;
}

function usersWithLastRetraining(sql: AnySql): Fragment {
  return sql`
    users
    cross join lateral (
      select max(trained_at) as trained_at
      from correction_adapters
      where user_id = users.user_id
    ) last`;
}

/** Counts no further than it must: the index gives the first pairs and the rest is not read. */
function isToRetrain(sql: AnySql, rule: RetrainingRule): Fragment {
  const { asOf, minNewPairs, lastBefore, userId } = rule;
  return sql`
    (${userId}::text is null or users.user_id = ${userId})
    and (
      ${lastBefore === null}
      or last.trained_at is null
      or last.trained_at < ${lastBefore?.toISOString() ?? null}::timestamptz
    )
    and ${minNewPairs} <= (
      select count(*)
      from (
        select
        from user_error_patterns
        where user_id = users.user_id
          and first_seen <= ${asOf.toISOString()}::timestamptz
          and (
            ${lastBefore === null}
            or last.trained_at is null
            or first_seen > last.trained_at
          )
        limit ${minNewPairs}
      ) new_pair
    )`;
}
