/** The SQL behind the dashboard's page of a student's results. */
import type { Sql } from "./db/sql.ts";

/** At most `limit` students whose id holds a text, after one (null: from the first), by id. */
export function listStudents(
  sql: Sql,
  text: string,
  after: string | null,
  limit: number,
): Promise<{ user_id: string }[]> {
  return sql<{ user_id: string }[]>`
    select user_id
    from students
    where user_id > ${after ?? ""}
      and position(lower(${text}) in lower(user_id)) > 0
    order by user_id
    limit ${limit}`;
}

/** How many students' ids hold a text; counting stops at `most`. */
export async function countStudents(sql: Sql, text: string, most: number): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from (
      select
      from students
      where position(lower(${text}) in lower(user_id)) > 0
      limit ${most}
    ) found`;
  return count;
}

export async function hasStudent(sql: Sql, userId: string): Promise<boolean> {
  const [{ has }] = await sql<{ has: boolean }[]>`
    select exists (select from students where user_id = ${userId}) as has`;
  return has;
}

/** A day of a student's, YYYY-MM-DD. */
export interface StudentDay {
  day: string;
  pace: number | null;
  quizzes: number | null;
  lessons: number;
  minutes: number;
}

/** At most `limit` days of a student's from before one (null: from the newest), newest first. */
export function listStudentDays(
  sql: Sql,
  userId: string,
  before: string | null,
  limit: number,
): Promise<StudentDay[]> {
  return sql<StudentDay[]>`
    select to_char(p.day, 'YYYY-MM-DD') as day, p.pace_score::float8 as pace,
           p.quiz_average::float8 as quizzes, p.lessons_completed_count as lessons,
           p.time_spent_minutes::float8 as minutes
    from performance_snapshots p
    where p.user_id = ${userId}
      and (${before}::date is null or p.day < ${before}::date)
    order by p.day desc
    limit ${limit}`;
}

export async function countStudentDays(sql: Sql, userId: string): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from performance_snapshots
    where user_id = ${userId}`;
  return count;
}

/** What is advised to a student now. */
export function listAdvice(
  sql: Sql,
  userId: string,
): Promise<{ title: string; reason: string; created_at: Date }[]> {
  return sql<{ title: string; reason: string; created_at: Date }[]>`
    select title, reason, created_at
    from adaptive_recommendations
    where user_id = ${userId}
      and is_active
    order by created_at desc, title`;
}
