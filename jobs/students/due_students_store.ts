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

/** Students that are looked at for one page: a few at first, more where few of them are due. */
const FIRST_WINDOW = 100;
const LAST_WINDOW = 10_000;

/** Ids of at most `limit` due students after a given one, in order; null: from the first. */
export async function readDueStudents(
  sql: AnySql,
  rule: SnapshotRule,
  group: DueGroup,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const due: string[] = [];
  let from = after ?? "";
  for (let size = FIRST_WINDOW; due.length < limit; size = Math.min(4 * size, LAST_WINDOW)) {
    const window = await readWindow(sql, rule, group, from, size);
    due.push(...window.due);
    if (window.last === null) break;
    from = window.last;
  }
  return due.slice(0, limit);
}

/**
 * The due ones of the next so many students, and the last of them all; null at the end.
 *
 * One query with a LIMIT would be shorter, and go through everybody for every page as soon as the planner
 * takes a sort for cheaper than the order of the index.
 */
async function readWindow(
  sql: AnySql,
  rule: SnapshotRule,
  group: DueGroup,
  after: string,
  size: number,
): Promise<{ due: string[]; last: string | null }> {
  const next = sql`
    (
      select *
      from students
      where user_id > ${after}
        and is_active
        and (${rule.userId}::text is null or user_id = ${rule.userId})
        and ${mayBeOf(sql, group)}
      order by user_id
      limit ${size}
    ) students`;
  const [window] = await sql<[{ due: string[]; last: string | null }]>`
    with ${failedRuns(sql, rule)}
    select
      coalesce(
        jsonb_agg(user_id order by user_id) filter (
          where ${isDue(sql, rule)}
            and ${failedBefore(sql)} = ${group === "failed_before"}
        ),
        '[]'
      ) as due,
      max(user_id) as last
    from ${studentsWithLastDay(sql, rule, next)}`;
  return window;
}

/** Who is worth a look: everybody, or those alone who are among what failed. */
function mayBeOf(sql: AnySql, group: DueGroup): Fragment {
  if (group === "new") return sql`true`;
  return sql`
    user_id in (
      select item
      from failed_run
      join run_items on run_items.run_id = failed_run.id
      where status = 'failed'
    )`;
}

/** The number of due students whose day no run failed at yet. */
export async function countDueStudents(sql: AnySql, rule: SnapshotRule): Promise<number> {
  const [row] = await sql<{ students: number }[]>`
    with ${failedRuns(sql, rule)}
    select count(*)::int as students
    from ${studentsWithLastDay(sql, rule)}
    where is_active
      and (${rule.userId}::text is null or user_id = ${rule.userId})
      and ${isDue(sql, rule)}
      and ${failedBefore(sql)} = false`;
  return row.students;
}

/** Those of the ids that belong to a due student, in order. */
export async function readDueAmong(
  sql: AnySql,
  rule: SnapshotRule,
  userIds: string[],
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select user_id
    from ${studentsWithLastDay(sql, rule)}
    where user_id = any(${userIds}::text[])
      and is_active
      and ${isDue(sql, rule)}
    order by user_id`;
  return rows.map((row) => row.user_id);
}

/**
 * Whether there is lesson progress by the end of the day (seed 002), and the day has no snapshot.
 *
 * Both are asked for as values and not with EXISTS: then they are looked up by index, whatever size the
 * planner believes a table to have that has just begun to grow.
 */
function isDue(sql: AnySql, { retake }: SnapshotRule): Fragment {
  return sql`
    (${retake} or (
      select true
      from performance_snapshots taken
      where taken.user_id = students.user_id
        and taken.day = last.day
    ) is null)
    and (
      select true
      from lesson_progress
      where lesson_progress.user_id = students.user_id
        and studied_at < last.ends_at
      limit 1
    ) is not null`;
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
    ((
      select true
      from failed_run
      join run_items on run_items.run_id = failed_run.id
      where run_items.item = students.user_id
        and run_items.status = 'failed'
        and failed_run.about >= last.ends_at
      limit 1
    ) is not null)`;
}
