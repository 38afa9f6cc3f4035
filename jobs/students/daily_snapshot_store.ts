import type { Tx } from "../../lib/db/sql.ts";
import { type DayClock, studentsWithLastDay } from "./last_day_store.ts";

/**
 * Writes the snapshot of each of these students' last local day, over one that is there; gives their number.
 *
 * Source of the columns: seed 002, "What it captures".
 * - `pace_score`: lessons of the student's plans completed by the end of the day, divided by those that
 *   the plans have up to and with that day, to two decimals. It is the schedule performance index of
 *   earned value management (PMBOK Guide, earned over planned value), a lesson being the unit: 0 or more,
 *   1 on plan, below behind, above ahead. Null without a plan, and before a plan's first lesson is due.
 * - `quiz_average`: mean of all scores by the end of the day, in percent; null before the first quiz.
 * - `lessons_completed_count`, `time_spent_minutes`: lessons completed and minutes of sittings that ended
 *   on the day itself, in any course.
 */
export async function writeDailySnapshots(
  tx: Tx,
  userIds: string[],
  clock: DayClock,
): Promise<number> {
  const now = clock.asOf.toISOString();
  const written = await tx`
    insert into performance_snapshots (
      user_id, day, time_zone, snapshot_date, pace_score, quiz_average, lessons_completed_count,
      time_spent_minutes, plan_completed_count, plan_due_count, created_at, updated_at
    )
    select
      students.user_id, last.day, last.time_zone,
      (${now}::timestamptz at time zone 'UTC')::date,
      round(plan.completed::numeric / nullif(plan.due, 0), 2), quizzes.average,
      done.lessons, done.minutes, plan.completed, plan.due,
      ${now}::timestamptz, ${now}::timestamptz
    from ${studentsWithLastDay(tx, clock)}
    cross join lateral (
      select
        count(*) filter (where starts_on + planned_day - 1 <= last.day)::int as due,
        count(completed_at)::int as completed
      from enrollments
      join lessons using (course_id)
      left join lesson_progress
        on lesson_progress.user_id = enrollments.user_id
        and lesson_progress.lesson_id = lessons.lesson_id
        and completed_at < last.ends_at
      where enrollments.user_id = students.user_id
    ) plan
    cross join lateral (
      select round(avg(score), 2) as average
      from quiz_results
      where quiz_results.user_id = students.user_id
        and taken_at < last.ends_at
    ) quizzes
    cross join lateral (
      select
        count(*) filter (
          where completed_at >= last.starts_at
            and completed_at < last.ends_at
        )::int as lessons,
        coalesce(sum(minutes) filter (where studied_at < last.ends_at), 0)::int as minutes
      from lesson_progress
      where lesson_progress.user_id = students.user_id
        and studied_at >= last.starts_at
    ) done
    where students.user_id = any(${userIds}::text[])
      and students.is_active
    order by students.user_id
    on conflict (user_id, day) do update
    set
      time_zone = excluded.time_zone,
      snapshot_date = excluded.snapshot_date,
      pace_score = excluded.pace_score,
      quiz_average = excluded.quiz_average,
      lessons_completed_count = excluded.lessons_completed_count,
      time_spent_minutes = excluded.time_spent_minutes,
      plan_completed_count = excluded.plan_completed_count,
      plan_due_count = excluded.plan_due_count,
      updated_at = excluded.updated_at`;
  return written.count;
}
