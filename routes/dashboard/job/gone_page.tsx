import type { RunSummary } from "../../../lib/history_store.ts";
import { Pager } from "../parts/pager.tsx";
import { renderPage } from "../parts/page.tsx";
import { RunTable } from "../parts/run_table.tsx";
import { Status } from "../parts/status.tsx";
import type { View } from "../view.ts";
import { History, type HistoryProps } from "./history.tsx";
import { type ListedSchedule, ScheduleTable } from "./schedule_rows.tsx";

export interface GonePageProps {
  view: View;
  jobId: string;
  schedules: ListedSchedule[];
  runs: RunSummary[];
  history: HistoryProps;
}

/** The page of a job that the code no longer declares: what it did, and nothing to press. */
export function gonePage({ view, jobId, schedules, runs, history }: GonePageProps): string {
  return renderPage({
    view,
    title: jobId,
    section: "overview",
    children: (
      <>
        <div class="head">
          <div>
            <h1>{jobId}</h1>
            <p class="about quiet">
              <Status of="disabled" word="Gone from code" />
            </p>
            <p class="about">
              This job is no longer declared in the code: it does not run. Its history stays until
              it is older than RUN_RETENTION_DAYS; put the job back into{" "}
              <code>jobs/mod.ts</code>, and it goes on.
            </p>
          </div>
        </div>
        {schedules.length > 0 && (
          <section class="card flush">
            <h2>Schedules</h2>
            <ScheduleTable
              schedules={schedules}
              view={{ ...view, canOperate: false, canAdminister: false }}
            />
          </section>
        )}
        <History {...history} />
        {runs.length === 0
          ? (
            <p class="card empty">
              No run fits. <a href={`/ui/jobs/${encodeURIComponent(jobId)}#history`}>Show all</a>
            </p>
          )
          : <RunTable runs={runs} view={view} withJob={false} />}
        <Pager {...history} />
      </>
    ),
  });
}
