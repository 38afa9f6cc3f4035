/** Looks at what the simulation left in the database, with SQL and slots of its own. */
import type { Sql } from "../../../lib/db/sql.ts";
import { ITEMS, LIMIT } from "./jobs.ts";
import type { People, Regime } from "./people.ts";
import { listSlots } from "./slots.ts";
import { type Check, checkRows, note, openCheck } from "./verdict.ts";

/** Until when each row's slots were accounted for, exclusive, when the simulation was over. */
export type AccountedUntil = Map<string, Date>;

export async function judge(
  sql: Sql,
  people: People,
  accountedUntil: AccountedUntil,
): Promise<Check[]> {
  return [
    ...await judgeSlots(sql, people, accountedUntil),
    await judgeAttempts(sql),
    await judgeLedger(sql),
    await judgeOneAtATime(sql),
    await judgeQueueOrder(sql),
    await judgeLimit(sql),
    await judgeTotals(sql),
    await judgeRest(sql),
    judgeKeys(people),
  ];
}

interface SlotRow {
  job_id: string;
  slot: Date;
}

interface GapRow {
  job_id: string;
  reason: string;
  first_slot: Date;
  last_slot: Date;
  slots: number | null;
}

async function judgeSlots(
  sql: Sql,
  people: People,
  accountedUntil: AccountedUntil,
): Promise<Check[]> {
  const runs = await sql<SlotRow[]>`
    select job_id, scheduled_for as slot from job_runs where scheduled_for is not null`;
  const gaps = await sql<GapRow[]>`
    select job_id, reason, first_slot, last_slot, slots from schedule_gaps`;
  const cover = openCheck("each slot has exactly one run or lies in exactly one gap");
  const told = openCheck("each gap begins and ends at a slot and tells how many it has");
  const byHand = openCheck(
    "each instant set by hand has exactly one run, and nothing else is off the schedule",
  );
  for (const [id, regimes] of people.regimes) {
    const slots = slotsOf(regimes, accountedUntil.get(id)!);
    const ranAt = runs.filter(({ job_id }) => job_id === id).map(({ slot }) => slot.getTime());
    const ownGaps = gaps.filter(({ job_id }) => job_id === id);
    judgeCover(cover, id, slots, ranAt, ownGaps);
    judgeGaps(told, slots, ownGaps);
    judgeByHand(byHand, id, slots, ranAt, people.setByHand.get(id)!);
  }
  return [cover, told, byHand];
}

function slotsOf(regimes: Regime[], until: Date): number[] {
  return regimes.flatMap(({ spec, from }, i) => {
    // A schedule is changed at an instant that is still the old one's.
    const end = regimes[i + 1] ? new Date(regimes[i + 1].from.getTime() + 1) : until;
    return listSlots(spec, from, end);
  });
}

function judgeCover(
  check: Check,
  id: string,
  slots: number[],
  ranAt: number[],
  gaps: GapRow[],
): void {
  const runsAt = Map.groupBy(ranAt, (slot) => slot);
  for (const slot of slots) {
    const runs = runsAt.get(slot)?.length ?? 0;
    const covering = gaps.filter((gap) => +gap.first_slot <= slot && slot <= +gap.last_slot);
    const isCovered = runs + covering.length === 1;
    note(check, isCovered, () => {
      const reasons = covering.map(({ reason }) => reason).join(", ");
      return `${id} ${iso(slot)}: ${runs} runs, ${covering.length} gaps (${reasons})`;
    });
  }
}

function judgeGaps(check: Check, slots: number[], gaps: GapRow[]): void {
  for (const { job_id, reason, first_slot, last_slot, slots: counted } of gaps) {
    const inside = slots.filter((slot) => slot >= +first_slot && slot <= +last_slot);
    const isTrue = inside[0] === +first_slot && inside.at(-1) === +last_slot &&
      inside.length === counted;
    note(
      check,
      isTrue,
      () =>
        `${job_id} ${reason} ${iso(+first_slot)} to ${
          iso(+last_slot)
        }: says ${counted}, has ${inside.length}`,
    );
  }
}

function judgeByHand(
  check: Check,
  id: string,
  slots: number[],
  ranAt: number[],
  set: (Date | null)[],
): void {
  const regular = new Set(slots);
  const off = ranAt.filter((slot) => !regular.has(slot));
  for (const instant of set.filter((instant) => instant !== null)) {
    const found = off.indexOf(instant.getTime());
    if (found >= 0) off.splice(found, 1);
    note(check, found >= 0, () => `${id} was set to ${iso(+instant)} and did not run then`);
  }
  const atOnce = set.filter((instant) => instant === null).length;
  note(
    check,
    off.length === atOnce,
    () =>
      `${id} was set to NULL ${atOnce} times and ran at ${
        off.map(iso).join(", ") || "no such instant"
      }`,
  );
}

/** Attempts are numbered without gaps, each ends before the next begins, and all have ended. */
async function judgeAttempts(sql: Sql): Promise<Check> {
  const rows = await sql<{ text: string; holds: boolean }[]>`
    select a.run_id || ' attempt ' || a.attempt || ': ' || a.started_at || ' to '
             || coalesce(a.finished_at::text, 'no end') || ', after ' || coalesce(a.before::text, '-')
             as text,
           a.attempt = a.place and a.finished_at is not null
             and (a.before is null or a.before <= a.started_at) as holds
    from (
      select *, row_number() over w as place, lag(finished_at) over w as before
      from run_attempts
      window w as (partition by run_id order by attempt)
    ) a`;
  return checkRows("attempts of a run never overlap, and all of them ended", rows);
}

/** What each step wrote is there once; a run that succeeded has all of its steps. */
async function judgeLedger(sql: Sql): Promise<Check> {
  const rows = await sql<{ text: string; holds: boolean }[]>`
    select r.id || ' (' || r.job_type || ', ' || r.status || '): '
             || count(l.step) || ' effects of ' || count(distinct l.step) || ' steps' as text,
           count(l.step) = count(distinct l.step)
             and (r.status <> 'success' or r.dry_run or count(l.step) = case
               when r.job_type = 'items' then ${ITEMS - 1}
               else (r.result_json ->> 'steps')::int end)
             and (not r.dry_run or count(l.step) = 0) as holds
    from job_runs r left join ledger l on l.run_id = r.id
    where r.attempt > 0
    group by r.id`;
  return checkRows("each step of a run took effect exactly once", rows);
}

/** A row that skips or queues never has two runs at once; a dry run stands in nobody's way. */
async function judgeOneAtATime(sql: Sql): Promise<Check> {
  const rows = await sql<{ text: string; holds: boolean }[]>`
    select a.job_id || ' at ' || a.started_at || ', the last one until ' || a.before as text,
           a.before is null or a.before <= a.started_at as holds
    from (
      select r.job_id, a.started_at,
             max(a.finished_at) over (
               partition by r.job_id, r.trigger = 'backfill'
               order by a.started_at, a.finished_at
               rows between unbounded preceding and 1 preceding) as before
      from run_attempts a join job_runs r on r.id = a.run_id
      where not r.dry_run
    ) a`;
  return checkRows("no row ever had two runs at once", rows);
}

/** Where a row queues, the runs of its schedule begin in the order of their slots. */
async function judgeQueueOrder(sql: Sql): Promise<Check> {
  const rows = await sql<{ text: string; holds: boolean }[]>`
    select r.job_id || ' slot ' || r.scheduled_for || ' began ' || r.started_at || ', the one before '
             || r.before as text,
           r.before is null or r.before <= r.started_at as holds
    from (
      select job_id, scheduled_for, started_at,
             lag(started_at) over (partition by job_id order by scheduled_for) as before
      from job_runs
      where queue_key = job_id and scheduled_for is not null and attempt > 0
        -- What a person cancelled or set by hand stands out of the order.
        and date_trunc('minute', scheduled_for) = scheduled_for
    ) r`;
  return checkRows("a queue is performed in the order of its slots", rows);
}

/** At the beginning of each attempt under a limit, no more others are going on than the limit allows. */
async function judgeLimit(sql: Sql): Promise<Check> {
  const rows = await sql<{ text: string; holds: boolean }[]>`
    with limited as (
      select a.* from run_attempts a join job_runs r on r.id = a.run_id where r.job_type = 'limited'
    )
    select a.run_id || ' at ' || a.started_at || ': ' || count(o.run_id) || ' at once' as text,
           count(o.run_id) <= ${LIMIT} as holds
    from limited a
    join limited o on o.started_at <= a.started_at and o.finished_at > a.started_at
    group by a.run_id, a.started_at`;
  return checkRows(`never more than ${LIMIT} runs of the limited job at once`, rows);
}

async function judgeTotals(sql: Sql): Promise<Check> {
  const rows = await sql<{ text: string; holds: boolean }[]>`
    with counted as (
      select job_type, day, status, sum(runs)::int as runs, sum(duration_ms_sum)::bigint as ms
      from job_stats group by 1, 2, 3
    ),
    settled as (
      select job_type, (finished_at at time zone 'UTC')::date as day, status,
             count(*)::int as runs, sum(coalesce(duration_ms, 0))::bigint as ms
      from job_runs where finished_at is not null and not dry_run group by 1, 2, 3
    )
    select coalesce(c.job_type, s.job_type) || ' ' || coalesce(c.status, s.status) || ': counted '
             || coalesce(c.runs, 0) || ', settled ' || coalesce(s.runs, 0) as text,
           c.runs is not distinct from s.runs and c.ms is not distinct from s.ms as holds
    from counted c full join settled s using (job_type, day, status)`;
  return checkRows("the counters are the settled runs, by job, day and status", rows);
}

async function judgeRest(sql: Sql): Promise<Check> {
  const rows = await sql<{ text: string; holds: boolean }[]>`
    select id || ' of ' || job_id || ' is ' || status || ' since ' || available_at as text,
           status not in ('pending', 'running') as holds
    from job_runs`;
  return checkRows("nothing is stuck: every run is settled", rows);
}

function judgeKeys(people: People): Check {
  const keys = openCheck("two requests with one idempotency key are one run");
  for (const [key, runs] of people.runsOfKeys) {
    note(keys, runs.size <= 1, () => `${key}: ${runs.size} runs`);
  }
  return keys;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
