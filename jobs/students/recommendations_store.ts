import type { AnySql, Tx } from "../../lib/db/sql.ts";
import type { Recommendation } from "./rules/rule.ts";

/** Ids of at most `limit` students to refresh after a given one, in order; null: from the first. */
export async function readStudentsToRefresh(
  sql: AnySql,
  asOf: Date,
  userId: string | null,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select user_id
    from students
    where user_id > ${after ?? ""}
      and (${userId}::text is null or user_id = ${userId})
      and ${isToRefresh(sql, asOf)}
    order by user_id
    limit ${limit}`;
  return rows.map((row) => row.user_id);
}

/** The number of students to refresh. */
export async function countStudentsToRefresh(
  sql: AnySql,
  asOf: Date,
  userId: string | null,
): Promise<number> {
  const [row] = await sql<{ students: number }[]>`
    select count(*)::int as students
    from students
    where (${userId}::text is null or user_id = ${userId})
      and ${isToRefresh(sql, asOf)}`;
  return row.students;
}

/** Those of the ids that belong to a student to refresh, in order. */
export async function readToRefreshAmong(
  sql: AnySql,
  asOf: Date,
  userIds: string[],
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select user_id
    from students
    where user_id = any(${userIds}::text[])
      and ${isToRefresh(sql, asOf)}
    order by user_id`;
  return rows.map((row) => row.user_id);
}

/**
 * Active students, and those who ceased to be and still have a set; a set that is about a later instant
 * than the one asked for stands.
 */
function isToRefresh(sql: AnySql, asOf: Date) {
  return sql`
    (recommended_at is null or recommended_at <= ${asOf.toISOString()}::timestamptz)
    and (is_active or true = exists (
      select from adaptive_recommendations active
      where active.user_id = students.user_id
        and active.is_active
    ))`;
}

/** One student's new set. */
export interface RecommendationSet {
  userId: string;
  recommendations: Recommendation[];
}

/**
 * Deactivates the active sets of these students and writes the new ones; gives what changed, in rows.
 *
 * Students are locked in the order of their ids; one who got a later set meanwhile keeps it. Sets that
 * were deactivated before `keepSince` are deleted.
 */
export async function replaceRecommendations(
  tx: Tx,
  sets: RecommendationSet[],
  { asOf, keepSince }: { asOf: Date; keepSince: Date },
): Promise<{ recommendations: number; deactivated: number }> {
  const { userIds, deactivated } = await deactivateRecommendations(
    tx,
    sets.map(({ userId }) => userId),
    asOf,
    keepSince,
  );
  const owned = new Set(userIds);
  const rows = sets
    .filter(({ userId }) => owned.has(userId))
    .flatMap(({ userId, recommendations }) =>
      recommendations.map((recommendation) => ({ user_id: userId, ...recommendation }))
    );
  if (rows.length === 0) return { recommendations: 0, deactivated };
  const inserted = await tx`
    insert into adaptive_recommendations (
      user_id, recommendation_type, subject, title, reason, evidence, created_at
    )
    select
      user_id, recommendation_type, subject, title, reason, evidence,
      ${asOf.toISOString()}::timestamptz
    from jsonb_to_recordset(${tx.json(rows as never)}) as recommended (
      user_id text, recommendation_type text, subject text, title text, reason text, evidence jsonb
    )`;
  return { recommendations: inserted.count, deactivated };
}

/**
 * The first half of a refresh: nothing is active any more; gives the students of whom that is true.
 *
 * The ids are named again in each part, or the planner may read all of a table for each batch.
 */
async function deactivateRecommendations(
  tx: Tx,
  userIds: string[],
  asOf: Date,
  keepSince: Date,
): Promise<{ userIds: string[]; deactivated: number }> {
  const now = asOf.toISOString();
  const [row] = await tx<{ userIds: string[]; deactivated: number }[]>`
    with held as (
      select user_id
      from students
      where user_id = any(${userIds}::text[])
        and (recommended_at is null or recommended_at <= ${now}::timestamptz)
      order by user_id
      for no key update
    ),
    marked as (
      update students
      set recommended_at = ${now}::timestamptz
      from held
      where students.user_id = any(${userIds}::text[])
        and students.user_id = held.user_id
      returning students.user_id
    ),
    deactivated as (
      update adaptive_recommendations
      set is_active = false, deactivated_at = ${now}::timestamptz
      from held
      where adaptive_recommendations.user_id = any(${userIds}::text[])
        and adaptive_recommendations.user_id = held.user_id
        and is_active
      returning id
    ),
    deleted as (
      delete from adaptive_recommendations
      using held
      where adaptive_recommendations.user_id = any(${userIds}::text[])
        and adaptive_recommendations.user_id = held.user_id
        and not is_active
        and deactivated_at < ${keepSince.toISOString()}::timestamptz
    )
    select
      (select coalesce(jsonb_agg(user_id), '[]') from marked) as "userIds",
      (select count(*)::int from deactivated) as deactivated`;
  return row;
}
