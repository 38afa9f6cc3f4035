/** The SQL of `scheduled_jobs` outside of dispatch: the code's rows, and what a person changes. */
import type { Clock } from "./clock.ts";
import type { AnySql, Json, Sql } from "./db/sql.ts";
import type { PolicyColumns } from "./policy_columns.ts";
import type { GapPlan } from "./slot_account.ts";
import type { ScheduleColumns, ScheduleRow } from "./schedule_row.ts";

/** When a job's row fires next; null when it does not (`infinity`, by hand, is never), is gone, or is another job's. */
export async function readNextRunAt(
  sql: Sql,
  id: string,
  jobType: string,
): Promise<Date | null> {
  const [row] = await sql<{ next_run_at: Date | null }[]>`
    select nullif(next_run_at, 'infinity') as next_run_at
    from scheduled_jobs
    where id = ${id} and job_type = ${jobType} and enabled and deleted_at is null`;
  return row?.next_run_at ?? null;
}

/** The clock's instant. */
export async function readNow(sql: Sql, clock: Clock): Promise<Date> {
  const [{ now }] = await sql<{ now: Date }[]>`select ${clock.now(sql)} as now`;
  return now;
}

/** One row, deleted ones included. */
export async function readRow(sql: Sql, id: string): Promise<SeenRow | undefined> {
  const [row] = await sql<SeenRow[]>`
    select *, xmin::text as version from scheduled_jobs where id = ${id}`;
  return row;
}

/** The rows that come from code, with the clock's instant. */
export async function readCodeRows(
  sql: Sql,
  clock: Clock,
): Promise<{ now: Date; rows: SeenRow[] }> {
  const now = await readNow(sql, clock);
  const rows = await sql<SeenRow[]>`
    select *, xmin::text as version from scheduled_jobs where source = 'code' order by id`;
  return { now, rows };
}

/** Columns that the code decides until a person changes them. */
export type CodeColumns = ScheduleColumns & PolicyColumns;

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
      created_at: row.anchor_at,
      updated_at: row.anchor_at,
      source: "code",
      disabled_at: row.enabled ? null : row.anchor_at,
      declared: sql.json(row.declared as never),
    })
  }
    on conflict (id) do nothing
    returning id`;
  return inserted.length > 0;
}

/** What a change of a row writes; a column that is absent stays as it is. */
export interface RowChange {
  columns?: Partial<
    & PolicyColumns
    & Pick<ScheduleRow, "bot_id" | "enabled" | "enabled_at" | "disabled_at">
  >;
  schedule?: ScheduleColumns;
  anchor_at?: Date;
  next_run_at?: Date | null;
  planned_at?: Date | null;
  /** Slots that the change passes over. */
  gaps?: GapPlan[];
  /** The row's parameters. */
  params?: Json;
  /** What the code says, when it is the code that changes the row. */
  declared?: Json;
}

/** A row with what tells whether anybody changed it since it was read: dispatch, a person, or psql. */
export type SeenRow = ScheduleRow & { version: string };

/** Changes a row if it is as it was read; returns whether it did. */
export async function changeRow(
  sql: Sql,
  clock: Clock,
  seen: SeenRow,
  { columns, schedule, gaps = [], params, declared, ...instants }: RowChange,
): Promise<boolean> {
  const values = {
    ...columns,
    ...schedule,
    ...instants,
    ...(params !== undefined && { config_json: sql.json(params as never) }),
    ...(declared !== undefined && { declared: sql.json(declared as never) }),
  };
  if (Object.keys(values).length === 0) return true;
  const changed = await sql`
    with changed as (
      update scheduled_jobs
      set ${sql(values)},
          updated_at = ${clock.now(sql)}
      where ${isAsSeen(sql, seen)}
      returning id
    ),
    gaps as (${insertGaps(sql, clock, "changed", gaps)})
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
  const values = {
    ...row,
    created_at: row.anchor_at,
    updated_at: row.anchor_at,
    source: "api",
    config_json: sql.json(row.config_json as never),
  };
  const [inserted] = await sql<ScheduleRow[]>`
    insert into scheduled_jobs ${sql(values)}
    on conflict (id) do nothing
    returning *`;
  return inserted;
}

/** Marks a row as deleted if it is as it was read: it never fires again and its history stays. Returns whether it did. */
export async function markDeleted(
  sql: Sql,
  clock: Clock,
  seen: SeenRow,
  gaps: GapPlan[],
): Promise<boolean> {
  const deleted = await sql`
    with deleted as (
      update scheduled_jobs
      set deleted_at = ${clock.now(sql)}, enabled = false, updated_at = ${clock.now(sql)}
      where ${isAsSeen(sql, seen)}
      returning id
    ),
    gaps as (${insertGaps(sql, clock, "deleted", gaps)})
    select id from deleted`;
  return deleted.length > 0;
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

/**
 * Notes what a plain UPDATE of `enabled` left out, so that the slots of that time are told as disabled: since when
 * a row is, which one without a slot due may be forgotten.
 *
 * Between two passes nobody sees it; what is due then runs late, or is missed.
 */
export async function noteDisabledRows(sql: AnySql, clock: Clock): Promise<void> {
  const now = clock.now(sql);
  await sql`
    with held as (
      select id from scheduled_jobs
      where deleted_at is null
        and planned_at is not null
        -- As the index \`rows_switched_by_sql\` has it, so that no other rows are read.
        and (not enabled and (disabled_at is null or enabled_at is not null)
             or enabled and disabled_at is not null and enabled_at is null)
        and (not enabled or planned_at > ${now})
      order by id
      for update skip locked
    )
    update scheduled_jobs s
    set disabled_at = case when not enabled then coalesce(disabled_at, least(planned_at, ${now})) end,
        enabled_at = null
    from held
    where s.id = held.id`;
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

function isAsSeen(sql: Sql, { id, version }: SeenRow) {
  return sql`id = ${id} and xmin::text = ${version} and deleted_at is null`;
}

/** An INSERT of gaps for the row of a CTE, if it has one. */
function insertGaps(sql: Sql, clock: Clock, changed: string, gaps: GapPlan[]) {
  return sql`
    insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots, detail, created_at)
    select c.id, g.reason, g.first_slot, g.last_slot, g.slots, g.detail, ${clock.now(sql)}
    from ${sql(changed)} c,
         unnest(
           ${gaps.map(({ reason }) => reason)}::text[],
           ${gaps.map(({ firstSlot }) => firstSlot.toISOString())}::timestamptz[],
           ${gaps.map(({ lastSlot }) => lastSlot.toISOString())}::timestamptz[],
           ${gaps.map(({ slots }) => slots)}::int[],
           ${gaps.map(({ detail }) => detail)}::text[]
         ) as g(reason, first_slot, last_slot, slots, detail)
    order by g.first_slot
    on conflict do nothing`;
}
