/** The SQL of `scheduled_jobs` outside of dispatch: the code's rows, and what a person changes. */
import type { Clock } from "./clock.ts";
import type { Json, Sql } from "./db/sql.ts";
import type { GapPlan } from "./plan.ts";
import type { ScheduleColumns, ScheduleRow } from "./schedule_row.ts";

/** When the row fires next; null when it does not, or is gone. */
export async function readNextRunAt(sql: Sql, id: string): Promise<Date | null> {
  const [row] = await sql<{ next_run_at: Date | null }[]>`
    select next_run_at from scheduled_jobs where id = ${id} and enabled and deleted_at is null`;
  return row?.next_run_at ?? null;
}

/** The clock's instant. */
export async function readNow(sql: Sql, clock: Clock): Promise<Date> {
  const [{ now }] = await sql<{ now: Date }[]>`select ${clock.now(sql)} as now`;
  return now;
}

/** One row, deleted ones included. */
export async function readRow(sql: Sql, id: string): Promise<ScheduleRow | undefined> {
  const [row] = await sql<ScheduleRow[]>`select * from scheduled_jobs where id = ${id}`;
  return row;
}

/** The rows that come from code, with the clock's instant. */
export async function readCodeRows(
  sql: Sql,
  clock: Clock,
): Promise<{ now: Date; rows: ScheduleRow[] }> {
  const now = await readNow(sql, clock);
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
      declared: jsonOrNull(sql, row.declared),
    })
  }
    on conflict (id) do nothing
    returning id`;
  return inserted.length > 0;
}

/** Columns that a change writes beside the schedule; what is absent stays. */
export type ChangedColumns = Partial<
  & Omit<CodeColumns, keyof ScheduleColumns>
  & Pick<ScheduleRow, "bot_id" | "enabled" | "enabled_at" | "disabled_at">
>;

/** What a change of a row writes; the gap is for slots that the change passes over. */
export interface RowChange {
  columns: ChangedColumns;
  schedule: ScheduleColumns;
  anchor_at: Date;
  next_run_at: Date | null;
  planned_at: Date | null;
  gap: GapPlan | null;
  /** The row's parameters; absent: as they are. */
  params?: Json;
  /** What the code says, when it is the code that changes the row. */
  declared?: Json;
}

/** Changes a row if it still fires when it did as it was read; returns whether it did. */
export async function changeRow(
  sql: Sql,
  clock: Clock,
  seen: Pick<ScheduleRow, "id" | "next_run_at" | "planned_at">,
  change: RowChange,
): Promise<boolean> {
  const { columns, schedule, anchor_at, next_run_at, planned_at, gap, params, declared } = change;
  const changed = await sql`
    with changed as (
      update scheduled_jobs
      set ${sql({ ...columns, ...schedule, anchor_at, next_run_at, planned_at })},
          config_json = coalesce(${jsonOrNull(sql, params)}::jsonb, config_json),
          declared = coalesce(${jsonOrNull(sql, declared)}::jsonb, declared),
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

/** Inserts a row that a person made; undefined when its id is taken. */
export async function insertApiRow(
  sql: Sql,
  row:
    & CodeColumns
    & Pick<
      ScheduleRow,
      | "id"
      | "job_type"
      | "bot_id"
      | "enabled"
      | "anchor_at"
      | "next_run_at"
      | "planned_at"
      | "config_json"
      | "disabled_at"
    >,
): Promise<ScheduleRow | undefined> {
  const values = { ...row, source: "api", config_json: jsonOrNull(sql, row.config_json) };
  const [inserted] = await sql<ScheduleRow[]>`
    insert into scheduled_jobs ${sql(values)}
    on conflict (id) do nothing
    returning *`;
  return inserted;
}

/** Marks a row as deleted; it never fires again and its history stays. */
export async function markDeleted(sql: Sql, clock: Clock, id: string): Promise<void> {
  await sql`
    update scheduled_jobs
    set deleted_at = ${clock.now(sql)}, enabled = false, updated_at = ${clock.now(sql)}
    where id = ${id} and deleted_at is null`;
}

/**
 * Pauses rows. The pause begins now, or where it began before when its slots are not told yet: a row that is
 * paused already, or whose last pause no pass has seen the end of.
 */
export async function pauseRows(
  sql: Sql,
  clock: Clock,
  scope: { id: string } | { jobType: string },
  { until, reason, by }: { until: Date | null; reason: string | null; by: string },
): Promise<ScheduleRow[]> {
  const now = clock.now(sql);
  return await sql<ScheduleRow[]>`
    update scheduled_jobs
    set paused_at = case
          when paused_at is not null
            and (paused_until is null or paused_until > ${now} or next_run_at < paused_until)
          then paused_at else ${now} end,
        paused_until = ${until}, paused_by = ${by}, pause_reason = ${reason},
        updated_at = ${now}
    where ${inScope(sql, scope)} and deleted_at is null
    returning *`;
}

/** Ends the pause of rows now; rows that are not paused are returned as they are. */
export async function resumeRows(
  sql: Sql,
  clock: Clock,
  scope: { id: string } | { jobType: string },
): Promise<ScheduleRow[]> {
  const now = clock.now(sql);
  return await sql<ScheduleRow[]>`
    update scheduled_jobs
    set paused_until = case
          when paused_at is not null and (paused_until is null or paused_until > ${now})
          then ${now} else paused_until end,
        updated_at = ${now}
    where ${inScope(sql, scope)} and deleted_at is null
    returning *`;
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

function inScope(sql: Sql, scope: { id: string } | { jobType: string }) {
  return "id" in scope ? sql`id = ${scope.id}` : sql`job_type = ${scope.jobType}`;
}

function jsonOrNull(sql: Sql, value: Json | undefined) {
  return value === undefined ? null : sql.json(value as never);
}
