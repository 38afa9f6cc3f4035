import type { AnySql } from "../../lib/db/sql.ts";
import { type DayClock, studentsWithLastDay } from "./last_day_store.ts";
import type { StudentFigures } from "./rules/rule.ts";

/** Scores that speak for a topic, by our choice: older ones are what the student has learnt from since. */
const NEWEST_SCORES = 3;

/** Lessons that a recommendation names. */
const LESSONS_NAMED = 3;

/** What the rules look at, for each of these students as of an instant; ids that nobody has are left out. */
export async function readStudentFigures(
  sql: AnySql,
  userIds: string[],
  clock: DayClock,
): Promise<StudentFigures[]> {
  const now = clock.asOf.toISOString();
  return await sql<StudentFigures[]>`
    select
      students.user_id as "userId",
      students.is_active as "isActive",
      students.created_at as "joinedAt",
      activity.last_at as "lastActiveAt",
      greatest(0, floor(extract(
        epoch from ${now}::timestamptz - coalesce(activity.last_at, students.created_at)
      ) / 86400))::int as "idleDays",
      plan.figures as plan,
      quizzes.topics
    from ${studentsWithLastDay(sql, clock)}
    cross join lateral (
      select greatest(
        (
          select max(studied_at)
          from lesson_progress
          where lesson_progress.user_id = students.user_id
            and studied_at <= ${now}::timestamptz
        ),
        (
          select max(taken_at)
          from quiz_results
          where quiz_results.user_id = students.user_id
            and taken_at <= ${now}::timestamptz
        )
      ) as last_at
    ) activity
    cross join lateral (
      select case when count(*) > 0 then jsonb_build_object(
        'lessons', count(*),
        'due', count(*) filter (where due_on <= last.day),
        'completed', count(completed_at),
        'next', coalesce(
          jsonb_agg(
            jsonb_build_object('lesson_id', lesson_id, 'title', title, 'due_on', due_on)
            order by place
          ) filter (where completed_at is null and place <= ${LESSONS_NAMED}),
          '[]'
        )
      ) end as figures
      from (
        select
          lessons.lesson_id, title, starts_on + planned_day - 1 as due_on, completed_at,
          row_number() over (
            partition by completed_at is null
            order by starts_on + planned_day, course_id, position
          ) as place
        from enrollments
        join lessons using (course_id)
        left join lesson_progress
          on lesson_progress.user_id = enrollments.user_id
          and lesson_progress.lesson_id = lessons.lesson_id
          and completed_at <= ${now}::timestamptz
        where enrollments.user_id = students.user_id
      ) planned
    ) plan
    cross join lateral (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'topic', topic, 'quizzes', scores, 'average', average,
            'lessons', coalesce(completed.lessons, '[]')
          )
          order by topic
        ),
        '[]'
      ) as topics
      from (
        select topic, count(*) as scores, round(avg(score), 1) as average
        from (
          select
            topic, score,
            row_number() over (partition by topic order by taken_at desc, id desc) as place
          from quiz_results
          where quiz_results.user_id = students.user_id
            and taken_at <= ${now}::timestamptz
        ) ranked
        where place <= ${NEWEST_SCORES}
        group by topic
      ) scored
      left join (
        select topic, jsonb_agg(lesson_id order by place) as lessons
        from (
          select
            topic, lesson_id,
            row_number() over (partition by topic order by completed_at desc, lesson_id) as place
          from lesson_progress
          join lessons using (lesson_id)
          where lesson_progress.user_id = students.user_id
            and completed_at <= ${now}::timestamptz
        ) ranked
        where place <= ${LESSONS_NAMED}
        group by topic
      ) completed using (topic)
    ) quizzes
    where students.user_id = any(${userIds}::text[])
    order by students.user_id`;
}
