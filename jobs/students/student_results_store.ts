import type { AnySql, Json } from "../../lib/db/sql.ts";

/** A student, as far as the addresses show one. */
export interface Student {
  user_id: string;
  is_active: boolean;
  /** Null: no recommendations were made yet. */
  recommended_at: Date | null;
}

/** One student; null for an id that nobody has. */
export async function readStudent(sql: AnySql, userId: string): Promise<Student | null> {
  const [student] = await sql<Student[]>`
    select user_id, is_active, recommended_at
    from students
    where user_id = ${userId}`;
  return student ?? null;
}

/** A row of `performance_snapshots`; dates are `YYYY-MM-DD`. */
export interface DailySnapshot {
  day: string;
  time_zone: string;
  snapshot_date: string;
  pace_score: number | null;
  quiz_average: number | null;
  lessons_completed_count: number;
  time_spent_minutes: number;
  plan_completed_count: number;
  plan_due_count: number;
  updated_at: Date;
}

/** A student's snapshots of the days before a given one (null: of all), newest first. */
export async function listSnapshots(
  sql: AnySql,
  userId: string,
  before: string | null,
  limit: number,
): Promise<DailySnapshot[]> {
  return await sql<DailySnapshot[]>`
    select
      to_char(day, 'YYYY-MM-DD') as day, time_zone,
      to_char(snapshot_date, 'YYYY-MM-DD') as snapshot_date,
      pace_score::float8 as pace_score, quiz_average::float8 as quiz_average,
      lessons_completed_count, time_spent_minutes, plan_completed_count, plan_due_count, updated_at
    from performance_snapshots
    where user_id = ${userId}
      and (${before}::date is null or performance_snapshots.day < ${before}::date)
    order by performance_snapshots.day desc
    limit ${limit}`;
}

/** An active row of `adaptive_recommendations`. */
export interface ActiveRecommendation {
  recommendation_type: string;
  subject: string;
  title: string;
  reason: string;
  evidence: Json;
  created_at: Date;
}

/** What is advised to a student now, in the order in which it was written. */
export async function listRecommendations(
  sql: AnySql,
  userId: string,
): Promise<ActiveRecommendation[]> {
  return await sql<ActiveRecommendation[]>`
    select recommendation_type, subject, title, reason, evidence, created_at
    from adaptive_recommendations
    where user_id = ${userId}
      and is_active
    order by id`;
}
