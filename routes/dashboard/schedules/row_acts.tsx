import { isPaused, type ScheduleRow } from "../../../lib/schedule_row.ts";
import { PauseForm } from "../job/pause_form.tsx";
import { Act } from "../parts/act_form.tsx";
import { Ask } from "../parts/ask.tsx";
import type { View } from "../view.ts";

/** What can be done to a schedule beside changing it. */
export function RowActs({ row, view }: { row: ScheduleRow; view: View }) {
  const path = `/ui/schedules/${encodeURIComponent(row.id)}`;
  return (
    <div class="buttons">
      {isPaused(row, view.now)
        ? <Act to={`${path}/resume`} class="primary">Resume</Act>
        : row.enabled && (
          <PauseForm action={`${path}/pause`} view={view} what="Holds back this schedule alone." />
        )}
      {row.source === "api" && view.canAdminister && (
        <Ask words="Delete…" danger>
          <p>It never fires again. Its runs stay in the history.</p>
          <Act to={`${path}/delete`} class="danger">Delete this schedule</Act>
        </Ask>
      )}
    </div>
  );
}
