import type { AttemptRow } from "../../../lib/history_store.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { isSettled, type RunRow } from "../../../lib/run.ts";
import { renderPage } from "../parts/page.tsx";
import { Tree } from "../parts/tree.tsx";
import type { View } from "../view.ts";
import { Facts } from "./facts.tsx";
import { FailedItems, type ShownItems } from "./failed_items.tsx";
import { RunHead } from "./head.tsx";
import { LogPanel, type ShownLog } from "./log_panel.tsx";
import { Phases } from "./phases.tsx";
import { ProgressBar } from "./progress_bar.tsx";

export interface RunPageProps {
  view: View;
  run: RunRow;
  /** Undefined when the job is gone from the code. */
  job: AnyJob | undefined;
  attempts: AttemptRow[];
  /** Those that failed. */
  items: ShownItems;
  log: ShownLog;
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
        <RunHead view={view} run={run} name={name} settled={settled} declared={job !== undefined} />
        {!settled && <ProgressBar run={run} attempts={attempts} now={view.now} />}
        <div class="columns">
          <div>
            {run.error_message && (
              <section class="card">
                <h2>{run.status === "failed" ? "Error" : "Last error"}</h2>
                <pre class="error">{run.error_message}</pre>
              </section>
            )}
            <section class="card">
              <h2>Phases</h2>
              <Phases run={run} attempts={attempts} view={view} />
            </section>
            {run.result_json !== null && (
              <section class="card">
                <h2>Result</h2>
                <Tree value={run.result_json} />
              </section>
            )}
          </div>
          <Facts {...props} />
        </div>
        <FailedItems
          run={run}
          items={props.items}
          view={view}
          canRetry={settled && job !== undefined}
        />
        {/* Why a run failed is what it said last. */}
        <LogPanel
          runId={run.id}
          live={!settled}
          fromEnd={run.status === "failed"}
          view={view}
          {...props.log}
        />
      </>
    ),
  });
}
