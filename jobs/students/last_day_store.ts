import type { AnySql, Fragment } from "../../lib/db/sql.ts";

/** The clocks by which a student's days are told. */
export interface DayClock {
  /** The present. */
  asOf: Date;
  /** IANA name, for students who have no zone of their own and no school. */
  defaultTimeZone: string;
}

/**
 * The FROM of a query over students, each with the last local day that had fully ended: `clock.time_zone`,
 * `last.day`, and `bounds.starts_at` and `bounds.ends_at`, which are 23 or 25 hours apart where clocks change.
 *
 * The zone is the one that the student has now, also for days before it was changed.
 */
export function studentsWithLastDay(sql: AnySql, { asOf, defaultTimeZone }: DayClock): Fragment {
  return sql`
    students
    left join schools using (school_id)
    cross join lateral (
      select coalesce(students.time_zone, schools.time_zone, ${defaultTimeZone}) as time_zone
    ) clock
    cross join lateral (
      select (${asOf.toISOString()}::timestamptz at time zone clock.time_zone)::date - 1 as day
    ) last
    cross join lateral (
      select
        start_of_day(last.day, clock.time_zone) as starts_at,
        start_of_day(last.day + 1, clock.time_zone) as ends_at
    ) bounds`;
}
