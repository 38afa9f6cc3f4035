import type { Sql } from "../../lib/db/sql.ts";

/** What a test says of a student; else one without school and zone, active, who joined in 2026. */
export interface StudentFields {
  schoolId?: string;
  timeZone?: string;
  isActive?: boolean;
  createdAt?: string;
}

/** The lesson of those who have no plan. */
const LOOSE_LESSON = "essay-1";

/** Adds a school on a zone's clock. */
export async function addSchool(sql: Sql, schoolId: string, timeZone: string): Promise<void> {
  await sql`
    insert into schools (school_id, name, time_zone)
    values (${schoolId}, ${schoolId}, ${timeZone})`;
}

/** Adds a student who has done nothing yet. */
export async function addStudent(
  sql: Sql,
  userId: string,
  { schoolId, timeZone, isActive = true, createdAt = "2026-01-01T00:00:00Z" }: StudentFields = {},
): Promise<void> {
  await sql`
    insert into students (user_id, school_id, time_zone, is_active, created_at)
    values (${userId}, ${schoolId ?? null}, ${timeZone ?? null}, ${isActive}, ${createdAt})`;
}

/** Adds a course whose lessons, `COURSE-1` and so on, are due on these days of its plan. */
export async function addCourse(
  sql: Sql,
  courseId: string,
  plannedDays: number[],
  topic = courseId,
): Promise<void> {
  await sql`
    insert into courses (course_id, title)
    values (${courseId}, ${courseId})`;
  await sql`
    insert into lessons (lesson_id, course_id, position, title, topic, planned_day)
    select ${courseId}::text || '-' || place, ${courseId}, place, 'Lesson ' || place, ${topic}, day
    from unnest(${plannedDays}::int[]) with ordinality as planned (day, place)`;
}

/** Lets a student follow a course's plan from a local day on. */
export async function enroll(
  sql: Sql,
  userId: string,
  courseId: string,
  startsOn: string,
): Promise<void> {
  await sql`
    insert into enrollments (user_id, course_id, starts_on)
    values (${userId}, ${courseId}, ${startsOn})`;
}

/** A sitting of half an hour that ended at an instant; it completed the lesson if one is named. */
export async function study(
  sql: Sql,
  userId: string,
  at: string,
  { completes, minutes = 30 }: { completes?: string; minutes?: number } = {},
): Promise<void> {
  if (!completes) await addLooseLesson(sql);
  await sql`
    insert into lesson_progress (user_id, lesson_id, studied_at, minutes, completed_at)
    values (
      ${userId}, ${completes ?? LOOSE_LESSON}, ${at}, ${minutes}, ${completes ? at : null}
    )`;
}

/** Completes the first so many lessons of a course, all at one instant. */
export async function completeLessons(
  sql: Sql,
  userId: string,
  courseId: string,
  lessons: number,
  at: string,
): Promise<void> {
  await sql`
    insert into lesson_progress (user_id, lesson_id, studied_at, minutes, completed_at)
    select ${userId}, lesson_id, ${at}, 10, ${at}
    from lessons
    where course_id = ${courseId}
      and position <= ${lessons}`;
}

/** The result of a quiz. */
export async function takeQuiz(
  sql: Sql,
  userId: string,
  at: string,
  score: number,
  topic = "algebra",
): Promise<void> {
  await sql`
    insert into quiz_results (user_id, topic, score, taken_at)
    values (${userId}, ${topic}, ${score}, ${at})`;
}

/** A lesson of a course that nobody follows: sittings at it count as time, and for no plan. */
async function addLooseLesson(sql: Sql): Promise<void> {
  await sql`
    insert into courses (course_id, title)
    values ('essay', 'Essay')
    on conflict do nothing`;
  await sql`
    insert into lessons (lesson_id, course_id, position, title, topic, planned_day)
    values (${LOOSE_LESSON}, 'essay', 1, 'Essay', 'writing', 1)
    on conflict do nothing`;
}
