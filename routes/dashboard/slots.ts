import { type SlotGap, type SlotRun, STRIP_SLOTS } from "../../lib/dashboard_overview_store.ts";
import { openGaps } from "../../lib/plan.ts";
import type { GapReason } from "../../lib/slot_account.ts";
import type { RunStatus } from "../../lib/run.ts";
import { ScheduleError } from "../../lib/schedule.ts";
import { scheduleOf, type ScheduleRow } from "../../lib/schedule_row.ts";

/** What became of one slot. */
export interface SlotCell {
  /** Milliseconds since 1970. */
  slotMs: number;
  outcome: RunStatus | GapReason;
}

/**
 * The last slots of a row, oldest first, each with the run or the gap that covers it.
 *
 * A stretch that is still open (paused, disabled) counts as the gap that it would be if it ended now. A row
 * whose schedule was broken by hand shows its runs alone.
 */
export function lastSlots(
  row: ScheduleRow,
  runs: readonly SlotRun[],
  gaps: readonly SlotGap[],
  now: Date,
  limit = STRIP_SLOTS,
): SlotCell[] {
  const cells: SlotCell[] = runs.map(({ slotMs, status }) => ({ slotMs, outcome: status }));
  try {
    for (const { reason, firstSlot, lastSlot } of [...openGaps(row, now), ...gaps]) {
      cells.push(...slotsOfGap(row, reason, firstSlot, lastSlot, limit));
    }
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
  }
  return cells.sort((a, b) => a.slotMs - b.slotMs).slice(-limit);
}

/** The newest slots of a stretch, found backwards: it may have a thousand. The ends are slots by themselves. */
function slotsOfGap(
  row: ScheduleRow,
  reason: GapReason,
  first: Date,
  last: Date,
  limit: number,
): SlotCell[] {
  const schedule = scheduleOf(row);
  const cells: SlotCell[] = [];
  let slot: Date | null = last;
  while (slot !== null && cells.length < limit) {
    cells.push({ slotMs: slot.getTime(), outcome: reason });
    slot = schedule.latestAtOrBefore(new Date(slot.getTime() - 1), first, row.anchor_at);
  }
  return cells;
}
