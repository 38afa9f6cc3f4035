import type { AnySql, Fragment } from "../../lib/db/sql.ts";
import { type DayClock, studentsWithLastDay } from "./last_day_store.ts";

/** Whose day is to be snapshotted, and as of when. */
export interface SnapshotRule extends DayClock {
  /** Null: everybody's. */
  userId: string | null;
  /** Whether a day that has its snapshot is due again. */
  retake: boolean;
  /** The run that asks: its own failures are not earlier ones. */
  runId: string;
}

/** Students whose day no run failed at yet, or those of whom an earlier run could not write it. */
export type DueGroup = "new" | "failed_before";

/** Ids of at most `limit` due students after a given one, in order; null: from the first. */
export async function readDueStudents(
  sql: AnySql,
  rule: SnapshotRule,
  group: DueGroup,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    with ${failedRuns(sql, rule)}
    select students.user_id
    from ${studentsWithLastDay(sql, rule)}
    where students.user_id > ${after ?? ""}
      and ${isDue(sql, rule)}
      and ${failedBefore(sql)} = ${group === "failed_before"}
    order by students.user_id
    limit ${limit}`;
  return rows.map((row) => row.user_id);
}

/** The number of due students of a group. */
export async function countDueStudents(
  sql: AnySql,
  rule: SnapshotRule,
  group: DueGroup,
): Promise<number> {
  const [row] = await sql<{ students: number }[]>`
    with ${failedRuns(sql, rule)}
    select count(*)::int as students
    from ${studentsWithLastDay(sql, rule)}
    where ${isDue(sql, rule)}
      and ${failedBefore(sql)} = ${group === "failed_before"}`;
  return row.students;
}

/** Those of the ids that belong to a due student, in order. */
export async function readDueAmong(
  sql: AnySql,
  rule: SnapshotRule,
  userIds: string[],
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select students.user_id
    from ${studentsWithLastDay(sql, rule)}
    where students.user_id = any(${userIds}::text[])
      and ${isDue(sql, rule)}
    order by students.user_id`;
  return rows.map((row) => row.user_id);
}

/**
 * Active, with lesson progress by the end of the day (seed 002), and the day without a snapshot.
 *
 * What exists is compared with a truth value instead of negated, so that the planner looks it up row by
 * row: it would hash a table that it still believes to be empty, once for every page.
 */
function isDue(sql: AnySql, { userId, retake }: SnapshotRule): Fragment {
  return sql`
    students.is_active
    and (${userId}::text is null or students.user_id = ${userId})
    and (${retake} or false = exists (
      select from performance_snapshots taken
      where taken.user_id = students.user_id
        and taken.day = last.day
    ))
    and true = exists (
      select from lesson_progress
      where lesson_progress.user_id = students.user_id
        and studied_at < bounds.ends_at
    )`;
}

/** The other runs of this job about the last 26 hours that had failures: a day has 25 at most. */
function failedRuns(sql: AnySql, { asOf, runId }: SnapshotRule): Fragment {
  const now = asOf.toISOString();
  return sql`
    failed_run as materialized (
      select id, coalesce(scheduled_for, as_of) as about
      from job_runs
      where job_type = 'create_daily_snapshots'
        and created_at > ${now}::timestamptz - interval '26 hours'
        and coalesce(scheduled_for, as_of)
          between ${now}::timestamptz - interval '26 hours' and ${now}::timestamptz
        and items_failed > 0
        and not dry_run
        and id <> ${runId}
    )`;
}

/** Whether one of these runs failed at this student's day, and not at the day before. */
function failedBefore(sql: AnySql): Fragment {
  return sql`
    exists (
      select from failed_run
      join run_items on run_items.run_id = failed_run.id
      where run_items.item = students.user_id
        and run_items.status = 'failed'
        and failed_run.about >= bounds.ends_at
    )`;
}
