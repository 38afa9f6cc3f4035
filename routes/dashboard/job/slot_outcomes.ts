import type { Sql } from "../../../lib/db/sql.ts";
import { openGaps } from "../../../lib/plan.ts";
import type { RunRow } from "../../../lib/run.ts";
import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import type { GapReason } from "../../../lib/slot_account.ts";
import { listGapsBetween, listRunsBetween } from "../../../lib/why_store.ts";

/** What became of a slot: its run, or the gap that it lies in. */
export type SlotOutcome =
  | { run: Pick<RunRow, "id" | "status" | "reason">; gap?: undefined }
  | { run?: undefined; gap: GapReason };

/** What became of some slots of a row, in their order, by their instants in milliseconds; slots that nothing was written of are left out. */
export async function readSlotOutcomes(
  sql: Sql,
  row: ScheduleRow,
  slots: readonly Date[],
  now: Date,
): Promise<Map<number, SlotOutcome>> {
  const outcomes = new Map<number, SlotOutcome>();
  if (slots.length === 0) return outcomes;
  const end = new Date(slots.at(-1)!.getTime() + 1);
  const [runs, written] = await Promise.all([
    listRunsBetween(sql, row.id, slots[0], end),
    listGapsBetween(sql, row.id, slots[0], end),
  ]);
  const gaps = [
    ...written.map(({ reason, first_slot, last_slot }) => ({
      reason,
      firstSlot: first_slot,
      lastSlot: last_slot,
    })),
    ...openGaps(row, now),
  ];
  for (const slot of slots) {
    const gap = gaps.find(({ firstSlot, lastSlot }) => firstSlot <= slot && slot <= lastSlot);
    if (gap) outcomes.set(slot.getTime(), { gap: gap.reason });
  }
  for (const run of runs) outcomes.set(run.scheduled_for!.getTime(), { run });
  return outcomes;
}
