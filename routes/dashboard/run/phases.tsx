import type { AttemptRow } from "../../../lib/history_store.ts";
import { isSettled, type RunRow } from "../../../lib/run.ts";
import { formatDuration } from "../format.ts";
import { Cut } from "../parts/cut.tsx";
import { sayReason } from "../parts/run_table.tsx";
import { Status, type StatusName } from "../parts/status.tsx";
import { Exact } from "../parts/when.tsx";
import type { View } from "../view.ts";

interface PhasesProps {
  run: RunRow;
  attempts: readonly AttemptRow[];
  view: View;
}

/** What happened to a run in its order: expected, made, claimed, each attempt, settled. */
export function Phases({ run, attempts, view }: PhasesProps) {
  const isLate = run.scheduled_for &&
    run.created_at.getTime() - run.scheduled_for.getTime() > 1_000;
  return (
    <ol class="phases">
      {run.scheduled_for && (
        <li>
          <b>Expected</b>
          <Exact at={run.scheduled_for} view={view} />
        </li>
      )}
      <li>
        <b>{run.scheduled_for ? "Dispatched" : "Asked for"}</b>
        <Exact at={run.created_at} view={view} />
        {isLate && (
          <span class="note">
            {formatDuration(run.created_at.getTime() - run.scheduled_for!.getTime())} after its slot
          </span>
        )}
      </li>
      {run.started_at && (
        <li>
          <b>Claimed</b>
          <Exact at={run.started_at} view={view} />
          <span class="note">{sayWait(run, run.started_at)}</span>
        </li>
      )}
      {attempts.map((attempt) => (
        <Attempt attempt={attempt} view={view} isTold={attempt.error === run.error_message} />
      ))}
      {run.status === "pending" && (
        <li class="open">
          <b>Waits</b> {run.available_at > view.now
            ? (
              <>
                until <Exact at={run.available_at} view={view} />
              </>
            )
            : "to be claimed"}
          {run.failures > 0 && <span class="note">for attempt {run.attempt + 1}</span>}
        </li>
      )}
      {isSettled(run) && (
        <li>
          <b>Settled</b>
          <Exact at={run.finished_at!} view={view} />
          <span class="note">
            <Status of={run.status} />{" "}
            {run.reason && run.reason !== "error" && sayReason(run.reason)}
          </span>
        </li>
      )}
    </ol>
  );
}

/** How long a run waited for somebody to begin it; it may have been put off on purpose, by jitter for instance. */
function sayWait({ created_at }: RunRow, claimedAt: Date): string {
  const waitedMs = claimedAt.getTime() - created_at.getTime();
  return waitedMs < 1_000 ? "at once" : `after it waited ${formatDuration(waitedMs)}`;
}

/** `isTold`: whether its error is the one that the page shows above. */
function Attempt(
  { attempt, view, isTold }: { attempt: AttemptRow; view: View; isTold: boolean },
) {
  const { started_at, finished_at, outcome, error, claimed_by } = attempt;
  const until = finished_at ?? view.now;
  return (
    <li class={finished_at ? "" : "open"}>
      <b>Attempt {attempt.attempt}</b>
      <Exact at={started_at} view={view} />
      <span class="note">
        {outcome ? <Status of={outcome as StatusName} /> : <Status of="running" />}{" "}
        {formatDuration(Math.max(0, until.getTime() - started_at.getTime()))} by {claimed_by}
      </span>
      {error && !isTold && <Cut text={error} />}
    </li>
  );
}
