import type { RunRow } from "../../../lib/run.ts";
import { formatDistance, formatDuration } from "../format.ts";
import { Ask } from "../parts/ask.tsx";
import { sayReason } from "../parts/run_table.tsx";
import { Status } from "../parts/status.tsx";
import type { View } from "../view.ts";

interface RunHeadProps {
  view: View;
  run: RunRow;
  /** Of its job. */
  name: string;
  settled: boolean;
  /** Whether its job can run: what is gone from the code cannot. */
  declared: boolean;
}

/** Which job a run is of, how it stands, and what can be done to it. */
export function RunHead({ view, run, name, settled, declared }: RunHeadProps) {
  return (
    <div class="head">
      <div>
        <h1>
          <a class="plain" href={`/ui/jobs/${run.job_type}`}>{name}</a>
        </h1>
        <p class="about state" id="run-status">
          <Status of={run.status} />{" "}
          {run.reason && run.reason !== "error" && <span class="tag">{sayReason(run.reason)}</span>}
          {run.dry_run && <span class="tag">dry run</span>}{" "}
          <span class="quiet">
            {run.duration_ms !== null && `${formatDuration(run.duration_ms)} · `}
            {sayReason(run.trigger)} · {formatDistance(run.started_at ?? run.created_at, view.now)}
          </span>
        </p>
        {run.note && <p class="about quiet">{run.note}</p>}
      </div>
      {view.canOperate && (!settled || declared) && (
        <div class="buttons">
          {settled ? <Retry run={run} view={view} /> : <Cancel run={run} view={view} />}
        </div>
      )}
    </div>
  );
}

function Cancel({ run, view }: { run: RunRow; view: View }) {
  return (
    <Ask words="Cancel…" danger>
      <form method="post" action={`/ui/runs/${run.id}/cancel`}>
        <input type="hidden" name="form_token" value={view.formToken} />
        <input type="hidden" name="back" value={view.path} />
        <p>
          {run.status === "running"
            ? "The handler is told to stop, and nothing that it has not committed yet is kept. It is not run again by itself."
            : "It has not begun, and it will not: its slot counts as cancelled."}
        </p>
        <button type="submit" class="danger">Cancel this run</button>
      </form>
    </Ask>
  );
}

function Retry({ run, view }: { run: RunRow; view: View }) {
  return (
    <form method="post" action={`/ui/runs/${run.id}/retry`} class="buttons">
      <input type="hidden" name="form_token" value={view.formToken} />
      <input type="hidden" name="back" value={view.path} />
      <button type="submit" data-run>Run again</button>
    </form>
  );
}
