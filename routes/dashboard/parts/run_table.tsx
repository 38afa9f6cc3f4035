import { formatCount, formatDuration } from "../format.ts";
import type { RunSummary } from "../../../lib/history_store.ts";
import type { View } from "../view.ts";
import { Cut } from "./cut.tsx";
import { RetryNote } from "./retry_note.tsx";
import { Status } from "./status.tsx";
import { Clock, When } from "./when.tsx";

type ListedRun = Pick<
  RunSummary,
  | "id"
  | "job_type"
  | "job_id"
  | "bot_id"
  | "status"
  | "reason"
  | "trigger"
  | "scheduled_for"
  | "as_of"
  | "created_at"
  | "available_at"
  | "started_at"
  | "duration_ms"
  | "error_message"
  | "attempt"
  | "losses"
  | "dry_run"
  | "items_failed"
>;

/** Runs as a table, one a row. */
export function RunTable(
  { runs, view, withJob, names }: {
    runs: readonly ListedRun[];
    view: View;
    withJob: boolean;
    /** Of jobs, by id. */
    names?: ReadonlyMap<string, string>;
  },
) {
  return (
    <div class="card table">
      <table class="cards runs">
        <thead>
          <tr>
            <th scope="col">Run</th>
            {withJob && <th scope="col">Job</th>}
            <th scope="col">Status</th>
            <th scope="col">Trigger</th>
            <th scope="col">Slot or instant</th>
            <th scope="col" class="number">Duration</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr data-row id={`run-${run.id}`}>
              <th scope="row">
                <a href={`/ui/runs/${run.id}`} class="name">
                  <When at={run.started_at ?? run.created_at} view={view} />
                </a>
                {run.dry_run && <span class="tag">dry run</span>}
              </th>
              {withJob && (
                <td data-label="Job">
                  <a href={`/ui/jobs/${run.job_type}`} class="plain">
                    {names?.get(run.job_type) ?? run.job_type}
                  </a>
                  {run.bot_id !== "*" && <span class="note">{run.bot_id}</span>}
                </td>
              )}
              <td data-label="Status">
                <Status of={run.status} />
                {run.reason && run.reason !== "error" && (
                  <span class="note">{sayReason(run.reason)}</span>
                )}
                {run.status === "pending" && run.attempt > 0 && (
                  <RetryNote at={run.available_at} view={view} />
                )}
              </td>
              <td data-label="Trigger">
                {sayReason(run.trigger)}
                {run.attempt > 1 && <span class="note">{run.attempt} attempts</span>}
                {run.losses > 0 && <span class="note warn">lost {sayTimes(run.losses)}</span>}
              </td>
              <td data-label="Slot or instant">
                <Clock at={run.scheduled_for ?? run.as_of ?? run.created_at} view={view} />
              </td>
              <td data-label="Duration" class="number">
                {run.duration_ms === null
                  ? <span class="quiet">–</span>
                  : formatDuration(run.duration_ms)}
              </td>
              <td
                data-label="Error"
                class={run.error_message || run.items_failed ? "wide" : "blank"}
              >
                {run.error_message
                  ? <Cut text={run.error_message} />
                  : run.items_failed
                  ? <span class="note warn">{formatCount(run.items_failed, "item")} failed</span>
                  : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function sayTimes(count: number): string {
  return ["once", "twice"][count - 1] ?? `${count} times`;
}

/** A reason or trigger as words: `not_configured` → "not configured". */
export function sayReason(word: string): string {
  return word.replaceAll("_", " ");
}
