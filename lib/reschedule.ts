import { closingGaps, setByHand } from "./plan.ts";
import { hasEnded, type ScheduleColumns, scheduleOf, type ScheduleRow } from "./schedule_row.ts";
import type { RowChange } from "./schedule_store.ts";

/**
 * Where a row goes on when its schedule becomes another one at `now`: intervals count from then.
 *
 * Regular slots that were due under the old schedule become gaps; an instant set by hand stays set.
 */
export function moveTo(
  row: ScheduleRow,
  to: ScheduleColumns,
  now: Date,
  reason: "rescheduled" | "scheduler_off",
): Pick<RowChange, "anchor_at" | "next_run_at" | "planned_at" | "gaps"> {
  const planned = firstSlot(to, now);
  const staysSet = setByHand(row) && !hasEnded(row);
  return {
    anchor_at: now,
    ...(!staysSet && { next_run_at: planned }),
    planned_at: planned,
    gaps: closingGaps(row, now, reason),
  };
}

/** The first slot of a schedule that begins at `now`; a one-off's is its instant, late as it may be. */
export function firstSlot(columns: ScheduleColumns, now: Date): Date | null {
  const schedule = scheduleOf(columns);
  return schedule.runAt ?? schedule.nextAfter(now, now);
}
