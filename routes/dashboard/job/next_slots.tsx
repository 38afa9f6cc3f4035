import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { ScheduleError } from "../../../lib/schedule.ts";
import { scheduleOf } from "../../../lib/schedule_row.ts";
import { isPlannedBeyond } from "../../../lib/plan.ts";
import { formatPlannedBeyond } from "../../../lib/why_words.ts";
import { nextSlots } from "../../next_run.ts";
import type { View } from "../view.ts";
import { SlotTable } from "./slot_table.tsx";

/** The next slots of a row on three clocks, with what a clock change does to them. */
export function NextSlots({ row, view }: { row: ScheduleRow; view: View }) {
  return (
    <>
      {row.enabled && isPlannedBeyond(row, view.now) && (
        <p class="note warn">{formatPlannedBeyond(row)}.</p>
      )}
      <Slots row={row} view={view} />
    </>
  );
}

function Slots({ row, view }: { row: ScheduleRow; view: View }) {
  const slots = nextSlots(row, view.now, 10);
  if (slots.length === 0) {
    return <p class="quiet">No slot is to come: {whyNone(row, view.now)}.</p>;
  }
  const schedule = scheduleOf(row);
  return (
    <SlotTable
      label="Next slots"
      heading="Next"
      slots={slots}
      zones={new Set([row.time_zone, view.zone, "UTC"])}
      view={view}
      note={(slot) => schedule.dstNote(slot, view.now)}
    />
  );
}

function whyNone(row: ScheduleRow, now: Date): string {
  if (row.retired_at) return "the job is gone from the code";
  if (!row.enabled) return row.run_at ? "it has fired" : "it is disabled";
  if (row.paused_at) return "it is paused without end";
  try {
    scheduleOf(row);
    if (row.run_at && isPlannedBeyond(row, now)) return "its run_at was changed by SQL";
    return "the schedule has none";
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}
