import type { Sql, Tx } from "../../../lib/db/sql.ts";
import { COURSES, lessonsOf, SCHOOLS } from "./curriculum.ts";
import type { SampleStudent } from "./students_sample.ts";

/** Adds the sample's schools and courses; those that are there stay as they are. */
export async function insertCurriculum(sql: Sql): Promise<void> {
  const lessons = COURSES.flatMap(lessonsOf);
  await sql`
    insert into schools (school_id, name, time_zone)
    select *
    from unnest(
      ${SCHOOLS.map(({ schoolId }) => schoolId)}::text[],
      ${SCHOOLS.map(({ name }) => name)}::text[],
      ${SCHOOLS.map(({ timeZone }) => timeZone)}::text[]
    )
    on conflict do nothing`;
  await sql`
    insert into courses (course_id, title)
    select *
    from unnest(
      ${COURSES.map(({ courseId }) => courseId)}::text[],
      ${COURSES.map(({ title }) => title)}::text[]
    )
    on conflict do nothing`;
  await sql`
    insert into lessons (lesson_id, course_id, position, title, topic, planned_day)
    select *
    from unnest(
      ${lessons.map(({ lessonId }) => lessonId)}::text[],
      ${lessons.map(({ courseId }) => courseId)}::text[],
      ${lessons.map(({ position }) => position)}::int[],
      ${lessons.map(({ title }) => title)}::text[],
      ${lessons.map(({ topic }) => topic)}::text[],
      ${lessons.map(({ plannedDay }) => plannedDay)}::int[]
    )
    on conflict do nothing`;
}

/** Adds those students who are not known yet, without what they did; gives their ids. */
export async function insertStudents(tx: Tx, students: SampleStudent[]): Promise<string[]> {
  const added = await tx<{ user_id: string }[]>`
    insert into students (user_id, school_id, time_zone, is_active, created_at)
    select user_id, school_id, time_zone, is_active, joined_at at time zone clock_zone
    from unnest(
      ${students.map(({ userId }) => userId)}::text[],
      ${students.map(({ schoolId }) => schoolId)}::text[],
      ${students.map(({ timeZone }) => timeZone)}::text[],
      ${students.map(({ isActive }) => String(isActive))}::text[]::boolean[],
      ${students.map(({ joinedAt }) => joinedAt)}::text[]::timestamp[],
      ${students.map(({ clockZone }) => clockZone)}::text[]
    ) as sample (user_id, school_id, time_zone, is_active, joined_at, clock_zone)
    order by user_id
    on conflict do nothing
    returning user_id`;
  return added.map(({ user_id }) => user_id);
}

/** Adds what these students followed and did before an instant; gives the number of sittings. */
export async function insertWork(
  tx: Tx,
  students: SampleStudent[],
  before: Date,
): Promise<number> {
  const enrollments = rowsOf(students, ({ enrollments }) => enrollments);
  await tx`
    insert into enrollments (user_id, course_id, starts_on)
    select *
    from unnest(
      ${enrollments.map(({ student }) => student.userId)}::text[],
      ${enrollments.map(({ row }) => row.courseId)}::text[],
      ${enrollments.map(({ row }) => row.startsOn)}::text[]::date[]
    )`;
  const quizzes = rowsOf(students, ({ quizzes }) => quizzes);
  await tx`
    insert into quiz_results (user_id, topic, score, taken_at)
    select user_id, topic, score, taken_at at time zone clock_zone
    from unnest(
      ${quizzes.map(({ student }) => student.userId)}::text[],
      ${quizzes.map(({ student }) => student.clockZone)}::text[],
      ${quizzes.map(({ row }) => row.topic)}::text[],
      ${quizzes.map(({ row }) => row.score)}::float8[],
      ${quizzes.map(({ row }) => row.takenAt)}::text[]::timestamp[]
    ) as quiz (user_id, clock_zone, topic, score, taken_at)
    where taken_at at time zone clock_zone < ${before.toISOString()}::timestamptz`;
  const sittings = rowsOf(students, ({ sittings }) => sittings);
  const inserted = await tx`
    insert into lesson_progress (user_id, lesson_id, studied_at, minutes, completed_at)
    select user_id, lesson_id, ended_at, minutes, case when completed then ended_at end
    from (
      select user_id, lesson_id, minutes, completed, local_time at time zone clock_zone as ended_at
      from unnest(
        ${sittings.map(({ student }) => student.userId)}::text[],
        ${sittings.map(({ student }) => student.clockZone)}::text[],
        ${sittings.map(({ row }) => row.lessonId)}::text[],
        ${sittings.map(({ row }) => row.endedAt)}::text[]::timestamp[],
        ${sittings.map(({ row }) => row.minutes)}::int[],
        ${sittings.map(({ row }) => String(row.completed))}::text[]::boolean[]
      ) as sitting (user_id, clock_zone, lesson_id, local_time, minutes, completed)
    ) told
    where ended_at < ${before.toISOString()}::timestamptz`;
  return inserted.count;
}

/** The rows of a kind of all students, each with its student. */
function rowsOf<Row>(students: SampleStudent[], kind: (student: SampleStudent) => Row[]) {
  return students.flatMap((student) => kind(student).map((row) => ({ student, row })));
}
