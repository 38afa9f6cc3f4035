/** What a due row becomes: runs for some of its slots, gaps for the others, and its next slot. */
import { ScheduleError } from "./schedule.ts";
import { isPaused, type PlannedRow, scheduleOf } from "./schedule_row.ts";
import {
  after,
  earlier,
  type GapPlan,
  type GapReason,
  type RowPlan,
  SlotAccount,
} from "./slot_account.ts";

/** What is known of the passes before this one; each null where nothing is. */
export interface Past {
  /** Slots up to here fell into a time when the scheduler was off: none of them is caught up. */
  offUntil: Date | null;
  /** What was enabled and due at this instant has been dispatched, in whichever process. */
  dispatchedUntil: Date | null;
}

/**
 * Plans one row from its own columns alone, at the database's `now`.
 *
 * Every regular slot from the first one not accounted for up to `now` ends in exactly one of the plan's
 * slots and gaps; `next` is the first one left. Throws `ScheduleError` when the row's schedule is broken, and
 * `RangeError` when the row is due at no instant.
 */
export function planRow(
  row: PlannedRow,
  now: Date,
  { offUntil = null, dispatchedUntil = null }: Partial<Past> = {},
): RowPlan {
  refuseNoInstant(row);
  const slots = new SlotAccount(row, scheduleOf(row), now, dispatchedUntil);
  const first = setByHand(row) ? slots.planByHand() : row.next_run_at!;
  slots.planRegular(offUntil === null ? first : slots.skipOff(first, earlier(offUntil, now)));
  return slots.toPlan();
}

/** Whether a person changed when the row fires next; a row that never fired has no plan to differ from. */
export function setByHand(row: Pick<PlannedRow, "next_run_at" | "planned_at">): boolean {
  return row.next_run_at === null || row.next_run_at.getTime() !== row.planned_at?.getTime();
}

/**
 * The gaps of a row as they would be written if what holds it back ended now: stretches that are still open.
 *
 * Empty for a row that nothing holds back. Throws `ScheduleError` when the row's schedule is broken.
 */
export function openGaps(row: PlannedRow, now: Date): GapPlan[] {
  if (row.deleted_at !== null || row.retired_at !== null) return [];
  if (isSetBeyond(row, now)) {
    const slots = new SlotAccount(row, scheduleOf(row), now);
    if (row.planned_at) slots.addGap("rescheduled", { from: row.planned_at, to: after(now) });
    return slots.gaps;
  }
  const standsStill = !row.enabled || isPaused(row, now);
  if (!standsStill || (row.next_run_at !== null && row.next_run_at > now)) return [];
  return planRow(asIfHeldUntil(row, now), now).gaps;
}

/**
 * Whether a slot that came due is one that the row's schedule has still to bring, now or when nothing holds it back
 * any more; the others were decided before, or will lie in a gap.
 *
 * None for a row that no dispatch plans. Throws `ScheduleError` when the row's schedule is broken.
 */
export function slotsToCome(row: PlannedRow, now: Date): (slot: Date) => boolean {
  if (row.deleted_at !== null || row.retired_at !== null || isNoInstant(row)) return () => false;
  const { slots, next } = planRow(asIfHeldUntil(row, now), now);
  const coming = new Set(slots.map(({ slot }) => slot.getTime()));
  return (slot) => coming.has(slot.getTime()) || next !== null && slot >= next;
}

/**
 * The gaps that a row leaves when its schedule ends at `now`, so that no slot that came due is left untold: what
 * held it back by its own name, all else as `reason`.
 *
 * None for a row whose schedule was broken by hand: nobody can say which slots it had.
 */
export function closingGaps(row: PlannedRow, now: Date, reason: GapReason): GapPlan[] {
  if (row.planned_at === null || row.planned_at > now) return [];
  try {
    const slots = new SlotAccount(asIfHeldUntil(row, now), scheduleOf(row), now);
    slots.close(row.planned_at, reason);
    return slots.gaps;
  } catch (error) {
    if (error instanceof ScheduleError) return [];
    throw error;
  }
}

/** Whether a person set the next run to an instant that is still to come, or to never. */
export function isSetBeyond(row: Pick<PlannedRow, "next_run_at" | "planned_at">, now: Date) {
  return row.next_run_at !== null && setByHand(row) && !(row.next_run_at <= now);
}

/**
 * Whether a row waits past slots that its schedule has: plain SQL changed the schedule and left the planned instant
 * as it was, or the clock was set back.
 *
 * False for a row whose schedule was broken by hand.
 */
export function isPlannedBeyond(row: PlannedRow, now: Date): boolean {
  if (row.planned_at === null || setByHand(row)) return false;
  try {
    const first = scheduleOf(row).nextAfter(now, row.anchor_at);
    return first !== null && first < row.planned_at;
  } catch (error) {
    if (error instanceof ScheduleError) return false;
    throw error;
  }
}

/** Whether a row waits for a slot of its schedule, and past none; false for a row whose schedule was broken by hand. */
export function isPlannedBySchedule(row: PlannedRow, now: Date): boolean {
  const { planned_at, anchor_at } = row;
  // `infinity`, set by hand, arrives as no instant.
  if (planned_at === null || Number.isNaN(planned_at.getTime())) return false;
  if (isPlannedBeyond(row, now)) return false;
  try {
    return scheduleOf(row).latestAtOrBefore(planned_at, planned_at, anchor_at) !== null;
  } catch (error) {
    if (error instanceof ScheduleError) return false;
    throw error;
  }
}

/** The row as it would be if what holds it back ended now. */
function asIfHeldUntil(row: PlannedRow, now: Date): PlannedRow {
  return {
    ...row,
    paused_until: isPaused(row, now) ? after(now) : row.paused_until,
    // Disabled by a plain UPDATE, nobody knows since when: it has not run what it had planned.
    disabled_at: row.enabled ? row.disabled_at : row.disabled_at ?? row.planned_at,
    enabled_at: row.enabled ? row.enabled_at : after(now),
  };
}

/** `-infinity`, or an instant before the year 100, arrives as no instant. */
function isNoInstant({ next_run_at }: PlannedRow): boolean {
  return next_run_at !== null && Number.isNaN(next_run_at.getTime());
}

/** It must not stop the other rows. */
function refuseNoInstant(row: PlannedRow): void {
  if (!isNoInstant(row)) return;
  throw new RangeError("Cannot plan a row as its next_run_at must be an instant: set it to NULL");
}
