/** What is known of one minute of a row: its slot, its run or gap, and what stood still. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Sql } from "./db/sql.ts";
import { openGaps, type Past, planRow } from "./plan.ts";
import type { GapPlan } from "./slot_account.ts";
import type { RunRow } from "./run.ts";
import { type Schedule, ScheduleError } from "./schedule.ts";
import { isPaused, scheduleOf, type ScheduleRow } from "./schedule_row.ts";
import { readNow } from "./schedule_store.ts";
import { type GapRow, listGapsBetween, listRunsBetween, readSchedulerState } from "./why_store.ts";

/** A stretch of slots without runs, written or still open. */
export type Gap = Pick<GapPlan, "reason" | "firstSlot" | "lastSlot" | "slots" | "detail"> & {
  /** When it was written. */
  toldAt?: Date;
};

export interface Facts {
  row: ScheduleRow;
  /** Null for a row that was broken by hand; `problem` says how. */
  schedule: Schedule | null;
  problem: string | null;
  at: Date;
  now: Date;
  /** The slot in the minute; null when there is none. */
  slot: Date | null;
  run: RunRow | null;
  /** Whether the minute lies in the time of an earlier schedule, of which only runs and gaps are known. */
  isEarlier: boolean;
  /** What covers the slot when it has no run; without a slot in an earlier schedule's time, what covers the minute. */
  gap: Gap | null;
  lastTickAt: Date | null;
  schedulerRuns: boolean;
  /** For how long runs and gaps are kept. */
  retentionDays: number;
}

const MINUTE_MS = 60_000;

/** Reads what is known of the minute of `at`. */
export async function gatherFacts(
  { sql, clock, config }: { sql: Sql; clock: Clock; config: Config },
  row: ScheduleRow,
  at: Date,
): Promise<Facts> {
  const from = minuteStart(at);
  const to = new Date(from.getTime() + MINUTE_MS);
  const now = await readNow(sql, clock);
  const state = await readSchedulerState(sql);
  const runs = await listRunsBetween(sql, row.id, from, to);
  const written = (await listGapsBetween(sql, row.id, from, to)).map(toGap);
  const schedulerRuns = config.schedulerEnabled && config.timelineRunsSchedules &&
    !state.is_off;
  const past = {
    offUntil: schedulerRuns ? state.off_until : now,
    dispatchedUntil: state.dispatched_until,
  };
  const { schedule, problem } = readSchedule(row);
  const slots = [
    ...runs.map(({ scheduled_for }) => scheduled_for),
    ...slotsBetween(row, schedule, from, to),
    ...edgesBetween(written, from, to),
  ];
  const slot = pickSlot(slots.filter((slot) => slot !== null), at);
  const run = runs.find(({ scheduled_for }) => scheduled_for!.getTime() === slot?.getTime()) ??
    null;
  const gaps = schedule ? [...written, ...undecidedGaps(row, now, past)] : written;
  const isEarlier = !isOfPresent(row, from);
  const covers = (gap: Gap) =>
    slot ? gap.firstSlot <= slot && slot <= gap.lastSlot : isEarlier && written.includes(gap);
  return {
    row,
    schedule,
    problem,
    at,
    now,
    slot,
    run,
    isEarlier,
    gap: run ? null : gaps.find(covers) ?? null,
    lastTickAt: state.last_tick_at,
    schedulerRuns,
    retentionDays: config.runRetentionDays,
  };
}

function readSchedule(row: ScheduleRow): Pick<Facts, "schedule" | "problem"> {
  try {
    return { schedule: scheduleOf(row), problem: null };
  } catch (error) {
    if (error instanceof ScheduleError) return { schedule: null, problem: error.message };
    throw error;
  }
}

/** The newest slot up to an instant, else the first one after it: a minute may have one of the schedule and one by hand. */
function pickSlot(slots: Date[], at: Date): Date | null {
  const inOrder = slots.toSorted((a, b) => a.getTime() - b.getTime());
  return inOrder.findLast((slot) => slot <= at) ?? inOrder[0] ?? null;
}

/** The regular slot and the one that a person set. */
function slotsBetween(
  row: ScheduleRow,
  schedule: Schedule | null,
  from: Date,
  to: Date,
): (Date | null)[] {
  if (!schedule) return [];
  const { next_run_at } = row;
  const isNext = next_run_at !== null && next_run_at >= from && next_run_at < to;
  const regular = schedule.latestAtOrBefore(new Date(to.getTime() - 1), from, row.anchor_at);
  return [
    regular && isOfPresent(row, regular) ? regular : null,
    isNext ? next_run_at : null,
  ];
}

/** Whether the present schedule can tell of an instant: a changed one counts after its anchor, save a one-off's slot. */
export function isOfPresent(
  { anchor_at, created_at, run_at }: ScheduleRow,
  instant: Date,
): boolean {
  const isChanged = anchor_at > created_at;
  return !isChanged || instant > anchor_at || instant.getTime() === run_at?.getTime();
}

/** Slots of an earlier schedule, of which only the ends of its gaps are known. */
function edgesBetween(gaps: Gap[], from: Date, to: Date): Date[] {
  const edges = gaps.flatMap(({ firstSlot, lastSlot }) => [firstSlot, lastSlot]);
  return edges.filter((edge) => edge >= from && edge < to);
}

/** What the next pass would tell, or would if what holds the row back ended now. */
function undecidedGaps(row: ScheduleRow, now: Date, past: Past): Gap[] {
  const open = openGaps(row, now);
  const isDue = row.enabled && row.retired_at === null && row.deleted_at === null &&
    !isPaused(row, now) && (row.next_run_at === null || row.next_run_at <= now);
  return isDue ? planRow(row, now, past).gaps : open;
}

function toGap({ reason, first_slot, last_slot, slots, detail, created_at }: GapRow): Gap {
  return { reason, firstSlot: first_slot, lastSlot: last_slot, slots, detail, toldAt: created_at };
}

/** The minute that an instant lies in. */
export function minuteStart(at: Date): Date {
  return new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS);
}
