import { isPaused, type ScheduleRow } from "../../../lib/schedule_row.ts";
import { formatNumber } from "../format.ts";
import { nextSlots } from "../../next_run.ts";
import { Breakable } from "../parts/breakable.tsx";
import { Act } from "../parts/act_form.tsx";
import { Status } from "../parts/status.tsx";
import { Clock, Coming, When } from "../parts/when.tsx";
import type { View } from "../view.ts";

/** Schedules of a job that its page shows; all of them stand on the page of schedules. */
export const SCHEDULES_SHOWN = 50;

/** A row of `scheduled_jobs` with its schedule in words. */
export interface ListedSchedule {
  row: ScheduleRow;
  words: string;
}

/** The rows that schedule a job, with what can be done to each. */
export function ScheduleRows(
  { schedules, count, jobId, view }: {
    schedules: ListedSchedule[];
    /** Of all its schedules. */
    count: number;
    jobId: string;
    view: View;
  },
) {
  return (
    <section class="card flush">
      <div class="head">
        <h2>Schedules</h2>
        {view.canAdminister && (
          <a class="button small" href={`/ui/schedules/new?job=${jobId}`}>Add a schedule</a>
        )}
      </div>
      <ScheduleTable schedules={schedules} view={view} />
      {count > schedules.length && (
        <p class="pager inset">
          <span class="quiet">{formatNumber(schedules.length)} of {formatNumber(count)}</span>
          <a class="button" href={`/ui/schedules?job=${jobId}`}>All schedules of this job</a>
        </p>
      )}
    </section>
  );
}

/** Schedules as a table; `names` adds a column for the job. */
export function ScheduleTable(
  { schedules, view, names }: {
    schedules: ListedSchedule[];
    view: View;
    names?: ReadonlyMap<string, string>;
  },
) {
  return (
    <div class="table">
      <table class="cards schedules">
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            {names && <th scope="col">Job</th>}
            <th scope="col">When</th>
            <th scope="col">Bot</th>
            <th scope="col">State</th>
            <th scope="col">Next</th>
            <th scope="col">Last</th>
            {view.canOperate && (
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {schedules.map(({ row, words }) => (
            <tr data-row id={`schedule-${row.id}`}>
              <th scope="row">
                <a class="name" href={`/ui/schedules/${encodeURIComponent(row.id)}`}>
                  <Breakable text={row.id} />
                </a>
                <span class="note">{row.source === "code" ? "from the code" : "made by hand"}</span>
              </th>
              {names && (
                <td data-label="Job">
                  <a class="plain" href={`/ui/jobs/${row.job_type}`}>
                    {names.get(row.job_type) ?? row.job_type}
                  </a>
                </td>
              )}
              <td data-label="When">
                {words}
                {row.cron && <code class="note">{row.cron}</code>}
              </td>
              <td data-label="Bot">
                {row.bot_id === "*" ? <span class="quiet">every</span> : row.bot_id}
              </td>
              <td data-label="State">
                <ScheduleState row={row} view={view} />
              </td>
              <td data-label="Next">
                <NextOf row={row} view={view} />
              </td>
              <td data-label="Last">
                {row.last_run_at
                  ? <When at={row.last_run_at} view={view} />
                  : <span class="quiet">never</span>}
              </td>
              {view.canOperate && (
                <td class="acts">
                  <ScheduleActs row={row} view={view} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Whether a row runs, and if not, why. */
export function ScheduleState({ row, view }: { row: ScheduleRow; view: View }) {
  if (row.retired_at) return <Status of="disabled" word="Gone from code" />;
  if (!row.enabled) return <Status of="disabled" word={row.run_at ? "Done" : undefined} />;
  if (!isPaused(row, view.now)) return <Status of="fine" word="On" />;
  return (
    <>
      <Status of="paused" title={row.pause_reason ?? undefined} />
      <span class="note">
        {isShown(row.paused_until)
          ? (
            <>
              until <Clock at={row.paused_until} view={view} />
            </>
          )
          : "without end"}
        {row.paused_by && ` by ${row.paused_by}`}
      </span>
    </>
  );
}

function ScheduleActs({ row, view }: { row: ScheduleRow; view: View }) {
  if (row.retired_at || !row.enabled) return null;
  const path = `/ui/schedules/${encodeURIComponent(row.id)}`;
  return isPaused(row, view.now)
    ? <Act to={`${path}/resume`} label={`Resume schedule ${row.id}`}>Resume</Act>
    : <Act to={`${path}/pause`} label={`Pause schedule ${row.id}`}>Pause</Act>;
}

/** Infinity, which a Date cannot say, is not shown. */
/** While a row is paused, what its pause leaves: its first slot after it, or none. */
function NextOf({ row, view }: { row: ScheduleRow; view: View }) {
  const paused = isPaused(row, view.now);
  const next = paused ? nextSlots(row, view.now, 1)[0] ?? null : row.next_run_at;
  if (isShown(next) && row.enabled && !row.retired_at) return <Coming at={next} view={view} />;
  const isDue = row.enabled && !row.retired_at && !paused && next === null;
  return <span class="quiet">{isDue ? "now" : "–"}</span>;
}

function isShown(instant: Date | null): instant is Date {
  return instant !== null && !Number.isNaN(instant.getTime());
}
