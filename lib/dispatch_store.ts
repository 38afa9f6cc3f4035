/** The SQL of dispatch: which rows are due, and the one statement that turns plans into runs. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";
import { isFree } from "./overlap_store.ts";
import { RowIds } from "./row_ids.ts";
import type { RowPlan } from "./slot_account.ts";
import { PLANNED_COLUMNS, type PlannedRow } from "./schedule_row.ts";
import { countSettled } from "./settled_store.ts";

/** Where a page of due rows ended: `dueAt` as the database writes it; `-infinity`, which no Date can say, among it. */
export interface DuePosition {
  dueAt: string | null;
  id: string;
}

/** Due rows that differ in nothing that a plan is made of, so that one of them can stand for all. */
export interface DueRows {
  ids: RowIds;
  /** The one with the first id. */
  row: PlannedRow;
}

/** What becomes of rows that share a plan. */
export interface SharedPlan {
  ids: RowIds;
  plan: RowPlan;
}

export interface DuePage {
  /** The database's instant at which the rows were due. */
  now: Date;
  /** In the order of their instants. */
  due: DueRows[];
  /** Where the next page begins; null when this is the last one. */
  end: DuePosition | null;
}

/** What a statement made of plans. */
export interface Applied {
  moved: number;
  runs: number;
  /** Slots that had their run before. */
  had: HadSlot[];
}

/** A slot of a plan that had its run before, as one that a person set may; `run` null: it was made just now. */
export interface HadSlot {
  row: string;
  jobType: string;
  slot: Date;
  run: string | null;
}

/** What `readDueRows` reads beside the columns of a row. */
interface Found extends PlannedRow {
  ids: string;
  count: number;
  read_at: Date;
  is_no_date: boolean;
  end_due_at: string | null;
  end_id: string;
}

const SHARED_COLUMNS = PLANNED_COLUMNS.filter((column) => column !== "id");

/** At most `limit` of the due rows after a position, those that are due at once first, then the oldest. */
export async function readDueRows(
  sql: Sql,
  clock: Clock,
  after: DuePosition | null,
  limit: number,
): Promise<DuePage> {
  const now = clock.now(sql);
  // What no plan of the row depends on would only keep it from sharing one: a cron schedule has no anchor.
  const columns = sql`
    ${sql(PLANNED_COLUMNS.filter((column) => column !== "anchor_at"))},
    case when s.interval_minutes is null then 'epoch' else s.anchor_at end as anchor_at`;
  const mayRun = sql`
    s.enabled
    and s.retired_at is null
    and s.deleted_at is null
    and (s.paused_at is null or s.paused_until <= ${now})`;
  const dueAtOnce = sql`
    select ${columns} from scheduled_jobs s
    where ${mayRun}
      and s.next_run_at is null
      ${after ? sql`and s.id > ${after.id}` : sql``}
    order by s.id
    limit ${limit}`;
  const isPastThose = after !== null && after.dueAt !== null;
  const due = sql`
    select ${columns} from scheduled_jobs s
    where ${mayRun}
      and s.next_run_at <= ${now}
      ${
    isPastThose
      ? sql`and (s.next_run_at, s.id) > (${after.dueAt}::text::timestamptz, ${after.id})`
      : sql``
  }
    order by s.next_run_at, s.id
    limit ${limit}`;
  const found = await sql<Found[]>`
    with page as materialized (${
    isPastThose ? due : sql`
      select * from ((${dueAtOnce}) union all (${due})) d
      order by next_run_at nulls first, id
      limit ${limit}`
  }),
    last as materialized (
      select next_run_at::text as due_at, id from page
      order by next_run_at desc nulls last, id desc
      limit 1
    )
    select ${sql(SHARED_COLUMNS)}, min(id) as id, array_agg(id)::text as ids,
           count(*)::int as count, ${now} as read_at,
           -- The driver's Date reads a year of two digits as another one, and none before them.
           coalesce(next_run_at < '0100-01-01', false) as is_no_date,
           (select due_at from last) as end_due_at, (select id from last) as end_id
    from page
    -- Jitter goes by the id.
    group by ${sql(SHARED_COLUMNS)}, case when jitter_seconds > 0 then id end
    order by next_run_at nulls first, min(id)`;
  for (const row of found) if (row.is_no_date) row.next_run_at = new Date(NaN);
  const isFull = found.reduce((sum, { count }) => sum + count, 0) === limit;
  return {
    now: found[0]?.read_at ?? new Date(0),
    due: found.map((row) => ({ ids: RowIds.read(row.ids, row.count), row })),
    end: isFull ? { dueAt: found[0].end_due_at, id: found[0].end_id } : null,
  };
}

/**
 * Carries out plans where the row still is as it was read; the others belong to another process.
 *
 * One autocommit statement: a process that freezes in the middle of a dispatch blocks nobody. A slot
 * whose row has an active run and does not queue becomes a skipped run.
 */
export async function applyPlans(
  sql: Sql,
  clock: Clock,
  shared: SharedPlan[],
): Promise<Applied> {
  const now = clock.now(sql);
  const plans = shared.map(({ plan }) => plan);
  const slots = plans.flatMap((plan, place) => plan.slots.map((slot) => ({ place, ...slot })));
  const gaps = plans.flatMap((plan, place) => plan.gaps.map((gap) => ({ place, ...gap })));
  type Counts = Pick<Applied, "moved" | "runs">;
  const [{ had, ...counts }] = await sql<(Counts & { had: FoundSlot[] | null })[]>`
    with plan as (
      select place - 1 as place, to_timestamp(seen) as seen, to_timestamp(planned) as planned,
             to_timestamp(next) as next
      from unnest(
        ${seconds(plans.map(({ seen }) => seen))}::float8[],
        ${seconds(plans.map(({ seenPlanned }) => seenPlanned))}::float8[],
        ${seconds(plans.map(({ next }) => next))}::float8[]
      ) with ordinality as p(seen, planned, next, place)
    ),
    held as (
      select s.id, s.job_type, s.bot_id, s.config_json, s.overlap, s.max_running,
             p.place, p.next, coalesce(p.next <= ${now}, false) as goes_on
      from unnest(
        ${RowIds.join(shared.map(({ ids }) => ids)).text}::text[],
        ${shared.flatMap(({ ids }, place) => new Array<number>(ids.count).fill(place))}::int[]
      ) as r(id, place)
      join plan p on p.place = r.place
      join scheduled_jobs s on s.id = r.id
      where s.next_run_at is not distinct from p.seen
        and s.planned_at is not distinct from p.planned
        and s.enabled
        and s.retired_at is null
        and s.deleted_at is null
        and (s.paused_at is null or s.paused_until <= ${now})
      order by s.id
      for update of s skip locked
    ),
    wanted as (
      select h.id, h.job_type, h.bot_id, h.config_json, h.overlap, h.max_running,
             to_timestamp(w.slot) as slot, w.trigger, to_timestamp(w.available_at) as available_at,
             w.note
      from unnest(
        ${slots.map(({ place }) => place)}::int[],
        ${seconds(slots.map(({ slot }) => slot))}::float8[],
        ${slots.map(({ trigger }) => trigger)}::text[],
        ${seconds(slots.map(({ availableAt }) => availableAt))}::float8[],
        ${slots.map(({ note }) => note)}::text[]
      ) as w(place, slot, trigger, available_at, note)
      join held h on h.place = w.place
    ),
    free as (
      select * from wanted where overlap <> 'skip'
      union all
      select * from wanted w where overlap = 'skip' and ${isFree(sql, sql`w.id`)}
    ),
    ran as (
      insert into job_runs (job_id, job_type, bot_id, trigger, scheduled_for, params, note,
                            created_at, available_at, exclusive, queue_key, limit_key, limit_size)
      select id, job_type, bot_id, trigger, slot, config_json, note,
             ${now}, greatest(available_at, ${now}), overlap = 'skip',
             case when overlap = 'queue' then id end,
             case when max_running is not null then job_type end, max_running
      from free
      order by id, slot
      on conflict do nothing
      returning job_id, scheduled_for
    ),
    skipped as (
      insert into job_runs (job_id, job_type, bot_id, trigger, scheduled_for, params, note,
                            status, reason, created_at, available_at, finished_at)
      select id, job_type, bot_id, trigger, slot, config_json, note,
             'skipped', 'overlap', ${now}, ${now}, ${now}
      from wanted
      -- Hashed, whatever the planner believes of a CTE's size: a join would compare each row with each.
      where (id, slot) not in (select job_id, scheduled_for from ran)
      order by id, slot
      on conflict do nothing
      returning *
    ),
    counted as (${countSettled(sql, "skipped")}),
    moved as (
      update scheduled_jobs s
      set next_run_at = h.next,
          planned_at = h.next,
          enabled = h.next is not null,
          last_run_at = case when h.id in (select job_id from ran) then ${now}
            else s.last_run_at end,
          -- A plan that stopped early has not told all slots of these stretches yet.
          paused_at = case when h.goes_on then s.paused_at end,
          paused_until = case when h.goes_on then s.paused_until end,
          paused_by = case when h.goes_on then s.paused_by end,
          pause_reason = case when h.goes_on then s.pause_reason end,
          disabled_at = case when h.goes_on then s.disabled_at end,
          enabled_at = case when h.goes_on then s.enabled_at end
      from held h
      where s.id = h.id
      returning s.id, h.place
    ),
    gaps as (
      insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots, detail, created_at)
      select m.id, g.reason, to_timestamp(g.first_slot), to_timestamp(g.last_slot), g.slots, g.detail, ${now}
      from unnest(
        ${gaps.map(({ place }) => place)}::int[],
        ${gaps.map(({ reason }) => reason)}::text[],
        ${seconds(gaps.map(({ firstSlot }) => firstSlot))}::float8[],
        ${seconds(gaps.map(({ lastSlot }) => lastSlot))}::float8[],
        ${gaps.map(({ slots }) => slots)}::int[],
        ${gaps.map(({ detail }) => detail)}::text[]
      ) as g(place, reason, first_slot, last_slot, slots, detail)
      join moved m on m.place = g.place
      order by m.id, g.first_slot
      on conflict do nothing
    )
    select (select count(*)::int from moved) as moved,
           (select count(*)::int from ran) as runs,
           -- Rare, so that it is looked for only when the counts tell that there are some.
           case when (select count(*) from wanted)
                     > (select count(*) from ran) + (select count(*) from skipped)
             then (
               select jsonb_agg(jsonb_build_object(
                        'row', w.id, 'jobType', w.job_type,
                        'at', extract(epoch from w.slot) * 1000, 'run', r.id) order by w.id)
               from wanted w
               left join job_runs r on r.job_id = w.id and r.scheduled_for = w.slot
               where (w.id, w.slot) not in (select job_id, scheduled_for from ran)
                 and (w.id, w.slot) not in (select job_id, scheduled_for from skipped)
             )
           end as had`;
  return {
    ...counts,
    had: (had ?? []).map(({ at, ...found }) => ({ ...found, slot: new Date(at) })),
  };
}

/** As `applyPlans` reads it: the slot in milliseconds. */
type FoundSlot = Omit<HadSlot, "slot"> & { at: number };

/**
 * Instants as epoch seconds, null where there is none: to write them as text and read that again is
 * a tenth of a dispatch. Exact, as whole milliseconds of these centuries fit a double with room to spare.
 */
function seconds(values: (Date | null)[]): (number | null)[] {
  return values.map((value) => value === null ? null : value.getTime() / 1_000);
}
