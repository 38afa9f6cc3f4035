import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { ScheduleError } from "../../../lib/schedule.ts";
import { scheduleOf } from "../../../lib/schedule_row.ts";
import { isPlannedBeyond } from "../../../lib/plan.ts";
import { formatPlannedBeyond } from "../../../lib/why_words.ts";
import { nextSlots } from "../../next_run.ts";
import { formatSlot } from "../format.ts";
import { Breakable } from "../parts/breakable.tsx";
import { When } from "../parts/when.tsx";
import type { View } from "../view.ts";

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
  const zones = [...new Set([row.time_zone, view.zone, "UTC"])];
  return (
    <div class="table" tabindex={0} role="region" aria-label="Next slots">
      <table class="slots">
        <thead>
          <tr>
            <th scope="col">Next</th>
            {zones.map((zone) => (
              <th scope="col">
                <Breakable text={zone} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {slots.map((slot) => {
            const note = schedule.dstNote(slot, view.now);
            return (
              <tr>
                <td>
                  <When at={slot} view={view} />
                </td>
                {zones.map((zone, place) => (
                  <td>
                    {formatSlot(slot, zone, view.now)}
                    {place === 0 && note && <span class="note warn">{note}</span>}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
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
