// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { AttemptRow } from "../../../lib/history_store.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { isSettled, type RunRow } from "../../../lib/run.ts";
import type { ItemRow, LogRow } from "../../../lib/run_detail_store.ts";
import { formatDistance, formatDuration } from "../format.ts";
import { Ask } from "../parts/ask.tsx";
import { renderPage } from "../parts/page.tsx";
import { sayReason } from "../parts/run_table.tsx";
import { Status } from "../parts/status.tsx";
import { Tree } from "../parts/tree.tsx";
import { Clock, Exact } from "../parts/when.tsx";
import type { View } from "../view.ts";
import { FailedItems } from "./failed_items.tsx";
import { LogPanel } from "./log_panel.tsx";
import { Phases } from "./phases.tsx";
import { ProgressBar } from "./progress_bar.tsx";

export interface RunPageProps {
  view: View;
  run: RunRow;
  /** Undefined when the job is gone from the code. */
  job: AnyJob | undefined;
  attempts: AttemptRow[];
  failedItems: ItemRow[];
  logs: LogRow[];
  /** Runs that ran this one again. */
  retries: { id: string; created_at: Date }[];
}

/** The page of one run: its phases, how far it is, what it said, and what came of it. */
export function runPage(props: RunPageProps): string {
  const { view, run, job, attempts } = props;
  const name = job?.name ?? run.job_type;
  const settled = isSettled(run);
  return renderPage({
    view,
    title: `${name}: ${run.status}`,
    section: "runs",
    liveSeconds: settled ? undefined : 2,
    children: (
      <>
        <Head {...props} name={name} settled={settled} />
        {!settled && <ProgressBar run={run} attempts={attempts} now={view.now} />}
        {run.error_message && (
          <section class="card">
            <h2>{run.status === "failed" ? "Error" : "Last error"}</h2>
            <pre class="error">{run.error_message}</pre>
          </section>
        )}
        <div class="columns">
          <div>
            <section class="card">
              <h2>Phases</h2>
              <Phases run={run} attempts={attempts} view={view} />
            </section>
            <FailedItems run={run} items={props.failedItems} view={view} settled={settled} />
            {run.result_json !== null && (
              <section class="card">
                <h2>Result</h2>
                <Tree value={run.result_json} />
              </section>
            )}
          </div>
          <Facts {...props} />
        </div>
        <LogPanel runId={run.id} logs={props.logs} live={!settled} view={view} />
      </>
    ),
  });
}

function Head({ view, run, name, settled }: RunPageProps & { name: string; settled: boolean }) {
  return (
    <div class="head">
      <div>
        <h1>
          <a class="plain" href={`/ui/jobs/${run.job_type}`}>{name}</a>
        </h1>
        <p class="about" id="run-status">
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
      {view.canOperate && (
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
      {Boolean(run.items_failed) && (
        <button type="submit" name="failed_items_only" value="true">
          Retry failed only ({run.items_failed})
        </button>
      )}
      <button type="submit" data-run>Run again</button>
    </form>
  );
}

function Facts({ view, run, retries }: RunPageProps) {
  const facts: [string, unknown][] = [
    ["Run", <code>{run.id}</code>],
    ["Schedule", <a href={`/ui/schedules/${encodeURIComponent(run.job_id)}`}>{run.job_id}</a>],
    ["Bot", run.bot_id === "*" ? "every bot" : run.bot_id],
    run.scheduled_for
      ? ["Slot", <Exact at={run.scheduled_for} view={view} />]
      : ["As of", run.as_of && <Exact at={run.as_of} view={view} />],
    ["Asked for by", run.triggered_by ?? "the schedule"],
    ["Retry of", run.retry_of && <a href={`/ui/runs/${run.retry_of}`}>the run before</a>],
    [
      "Retried",
      retries.length > 0 && retries.map(({ id, created_at }) => (
        <a href={`/ui/runs/${id}`}>
          <Clock at={created_at} view={view} />
        </a>
      )),
    ],
    [
      "Items",
      run.items_done !== null &&
      `${run.items_done.toLocaleString("en-US")} done, ${run.items_failed ?? 0} failed`,
    ],
    ["Revision", [run.deployment, run.timeline].filter(Boolean).join(", ")],
    ["Performed by", run.claimed_by],
  ];
  return (
    <section class="card">
      <h2>Facts</h2>
      <dl class="pairs">
        {facts.filter(([, value]) => value).map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      <h2 class="later">Parameters</h2>
      <Tree value={run.params} />
      {run.checkpoint !== null && (
        <>
          <h2 class="later">Checkpoint</h2>
          <Tree value={run.checkpoint} />
        </>
      )}
    </section>
  );
}
