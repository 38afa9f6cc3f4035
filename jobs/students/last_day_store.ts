import type { AnySql, Fragment } from "../../lib/db/sql.ts";

/** The clocks by which a student's days are told. */
export interface DayClock {
  /** The present. */
  asOf: Date;
  /** IANA name, for students who have no zone of their own and no school. */
  defaultTimeZone: string;
}

/**
 * The FROM of a query over students, each with the last local day that had fully ended: `last.time_zone`,
 * `last.day`, and `last.starts_at` and `last.ends_at`, which are 23 or 25 hours apart where clocks change.
 *
 * `students` is that table, or a subquery of the same name over it. The zone is the one that the student has
 * now, also for days before it was changed.
 */
export function studentsWithLastDay(
  sql: AnySql,
  { asOf, defaultTimeZone }: DayClock,
  students: Fragment = sql`students`,
): Fragment {
  // "offset 0" keeps the bounds from being worked out anew for each row that they are compared with.
  return sql`
    ${students}
    left join schools using (school_id)
    cross join lateral (
      select coalesce(students.time_zone, schools.time_zone, ${defaultTimeZone}) as time_zone
    ) clock
    cross join lateral (
      select (${asOf.toISOString()}::timestamptz at time zone clock.time_zone)::date - 1 as day
    ) ended
    cross join lateral (
      select
        clock.time_zone,
        ended.day,
        start_of_day(ended.day, clock.time_zone) as starts_at,
        start_of_day(ended.day + 1, clock.time_zone) as ends_at
      offset 0
    ) last`;
}
