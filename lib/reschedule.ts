import { gapOf, setByHand } from "./plan.ts";
import { type ScheduleColumns, scheduleOf, type ScheduleRow } from "./schedule_row.ts";
import type { RowChange } from "./schedule_store.ts";

/**
 * Where a row goes on when its schedule becomes another one at `now`: intervals count from then.
 *
 * Regular slots that were due under the old schedule become a gap; an instant set by hand stays set.
 */
export function moveTo(
  row: ScheduleRow,
  to: ScheduleColumns,
  now: Date,
  reason: "rescheduled" | "scheduler_off",
): Pick<RowChange, "anchor_at" | "next_run_at" | "planned_at" | "gap"> {
  const planned = scheduleOf(to).nextAfter(now, now);
  const due = row.planned_at !== null && row.planned_at <= now ? row.planned_at : null;
  const gap = due === null ? undefined : gapOf(scheduleOf(row), row.anchor_at, reason, {
    from: due,
    to: new Date(now.getTime() + 1),
  });
  return {
    anchor_at: now,
    next_run_at: setByHand(row) ? row.next_run_at : planned,
    planned_at: planned,
    gap: gap ?? null,
  };
}
