/** The SQL behind the dashboard's list of schedules. */
import type { Sql } from "./db/sql.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** Which schedules are wanted; what is absent does not narrow the choice. */
export interface ScheduleFilter {
  jobType?: string;
  /** A part of the id or of the bot's. */
  text?: string;
}

/** Schedules that are not deleted, after an id, by id. */
export function listSchedules(
  sql: Sql,
  { jobType, text }: ScheduleFilter,
  afterId: string,
  limit: number,
): Promise<ScheduleRow[]> {
  return sql<ScheduleRow[]>`
    select *
    from scheduled_jobs
    where deleted_at is null
      and id > ${afterId}
      and ${jobType ? sql`job_type = ${jobType}` : sql`true`}
      and ${text ? sql`position(lower(${text}) in lower(id || ' ' || bot_id)) > 0` : sql`true`}
    order by id
    limit ${limit}`;
}
