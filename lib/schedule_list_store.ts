/** The SQL behind lists of schedules. */
import type { Sql } from "./db/sql.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** Which rows are wanted; what is absent does not narrow the choice. */
export interface ScheduleFilter {
  jobTypes?: string[];
  enabled?: boolean;
  source?: ScheduleRow["source"];
}

/** At most `limit` rows after an id, by id; deleted ones are left out. */
export function listSchedules(
  sql: Sql,
  { jobTypes, enabled, source }: ScheduleFilter,
  limit: number,
  afterId: string | null,
): Promise<ScheduleRow[]> {
  return sql<ScheduleRow[]>`
    select *
    from scheduled_jobs
    where deleted_at is null
      and ${jobTypes ? sql`job_type = any(${jobTypes})` : sql`true`}
      and ${enabled === undefined ? sql`true` : sql`enabled = ${enabled}`}
      and ${source ? sql`source = ${source}` : sql`true`}
      and ${afterId === null ? sql`true` : sql`id > ${afterId}`}
    order by id
    limit ${limit}`;
}

/**
 * Whether a job ever had a row, deleted and retired ones included.
 *
 * Rows are never taken out of the table, and every run refers to one: no row, no history.
 */
export async function hasEverBeenScheduled(sql: Sql, jobType: string): Promise<boolean> {
  const [{ has }] = await sql<{ has: boolean }[]>`
    select exists (select from scheduled_jobs where job_type = ${jobType}) as has`;
  return has;
}
