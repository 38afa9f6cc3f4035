/** The SQL of `scheduled_jobs` outside of dispatch: the code's rows, and what a person changes. */
import type { Clock } from "./clock.ts";
import type { Json, Sql } from "./db/sql.ts";
import type { GapPlan } from "./plan.ts";
import type { ScheduleRow } from "./schedule_row.ts";

/** When the row fires next; null when it does not, or is gone. */
export async function readNextRunAt(sql: Sql, id: string): Promise<Date | null> {
  const [row] = await sql<{ next_run_at: Date | null }[]>`
    select next_run_at from scheduled_jobs where id = ${id} and enabled and deleted_at is null`;
  return row?.next_run_at ?? null;
}

/** The rows that come from code, with the database's instant. */
export async function readCodeRows(
  sql: Sql,
  clock: Clock,
): Promise<{ now: Date; rows: ScheduleRow[] }> {
  const [{ now }] = await sql<{ now: Date }[]>`select ${clock.now(sql)} as now`;
  const rows = await sql<ScheduleRow[]>`
    select * from scheduled_jobs where source = 'code' order by id`;
  return { now, rows };
}

/** Columns that the code decides until a person changes them. */
export type CodeColumns = Pick<
  ScheduleRow,
  | "cron"
  | "interval_minutes"
  | "run_at"
  | "time_zone"
  | "grace_seconds"
  | "coalesce"
  | "overlap"
  | "max_running"
  | "jitter_seconds"
>;

/** Inserts a code row where there is none; returns whether it did. */
export async function insertCodeRow(
  sql: Sql,
  row: CodeColumns & {
    id: string;
    enabled: boolean;
    anchor_at: Date;
    next_run_at: Date | null;
    declared: Json;
  },
): Promise<boolean> {
  const inserted = await sql`
    insert into scheduled_jobs ${
    sql({
      ...row,
      job_type: row.id,
      planned_at: row.next_run_at,
      source: "code",
      disabled_at: row.enabled ? null : row.anchor_at,
      declared: sql.json(row.declared as never),
    })
  }
    on conflict (id) do nothing
    returning id`;
  return inserted.length > 0;
}

/** What a change of a row's schedule or policies writes; the gap is for slots that the change passes over. */
export interface RowChange {
  columns: Partial<CodeColumns>;
  anchor_at: Date;
  next_run_at: Date | null;
  planned_at: Date | null;
  gap: GapPlan | null;
}

/** Changes a row if it still fires when it did as it was read; returns whether it did. */
export async function changeRow(
  sql: Sql,
  clock: Clock,
  seen: Pick<ScheduleRow, "id" | "next_run_at" | "planned_at">,
  change: RowChange,
  declared: Json | null = null,
): Promise<boolean> {
  const { columns, gap } = change;
  const changed = await sql`
    with changed as (
      update scheduled_jobs
      set ${
    sql({
      ...columns,
      anchor_at: change.anchor_at,
      next_run_at: change.next_run_at,
      planned_at: change.planned_at,
    })
  },
          declared = coalesce(${declared === null ? null : sql.json(declared)}::jsonb, declared),
          retired_at = case when ${declared !== null} then null else retired_at end,
          updated_at = ${clock.now(sql)}
      where id = ${seen.id}
        and next_run_at is not distinct from ${seen.next_run_at}
        and planned_at is not distinct from ${seen.planned_at}
      returning id
    ),
    gap as (
      insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots, created_at)
      select id, ${gap?.reason ?? ""}, ${gap?.firstSlot ?? null}::timestamptz,
             ${gap?.lastSlot ?? null}::timestamptz, ${gap?.slots ?? null}::int, ${clock.now(sql)}
      from changed
      where ${gap !== null}
      on conflict do nothing
    )
    select id from changed`;
  return changed.length > 0;
}

/** Retires the rows of jobs that the code no longer has, and brings back those that it has again. */
export async function retireUnknownRows(
  sql: Sql,
  clock: Clock,
  known: string[],
): Promise<{ id: string; retired: boolean }[]> {
  return await sql<{ id: string; retired: boolean }[]>`
    update scheduled_jobs
    set retired_at = case when job_type = any(${known}) then null else ${clock.now(sql)} end,
        updated_at = ${clock.now(sql)}
    where deleted_at is null
      and (retired_at is null) <> (job_type = any(${known}))
    returning id, retired_at is not null as retired`;
}

/** The row that a manual run of a job belongs to: the bot's own where there is one, else the code's. */
export async function findRowFor(
  sql: Sql,
  jobType: string,
  botId: string | null,
): Promise<ScheduleRow | undefined> {
  const [row] = await sql<ScheduleRow[]>`
    select * from scheduled_jobs
    where job_type = ${jobType}
      and deleted_at is null
      and (id = ${jobType} or bot_id = ${botId})
    order by (bot_id = ${botId}) desc nulls last, id = ${jobType} desc, id
    limit 1`;
  return row;
}
