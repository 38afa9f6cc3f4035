import { STRIP_SLOTS } from "../../../lib/dashboard_overview_store.ts";
import type { ChartedRun, ErrorGroup } from "../../../lib/dashboard_job_store.ts";
import type { RunSummary } from "../../../lib/history_store.ts";
import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { toPolicies } from "../../job_detail_json.ts";
import type { OverviewRow } from "../overview/rows.ts";
import { ActForm } from "../parts/act_form.tsx";
import { Pager } from "../parts/pager.tsx";
import { renderPage } from "../parts/page.tsx";
import { RunTable } from "../parts/run_table.tsx";
import { Strip, StripLegend } from "../parts/strip.tsx";
import type { View } from "../view.ts";
import { BackfillForm } from "./backfill_form.tsx";
import { DurationChart } from "./duration_chart.tsx";
import { ErrorGroups } from "./error_groups.tsx";
import { Figures } from "./figures.tsx";
import { JobHead } from "./head.tsx";
import { History, type HistoryProps } from "./history.tsx";
import { NextSlots } from "./next_slots.tsx";
import { PolicyList } from "./policy_list.tsx";
import { type Refused, RunForm } from "./run_form.tsx";
import { ScheduleRows } from "./schedule_rows.tsx";
import { type WhyAnswer, WhyBox } from "./why_box.tsx";

export interface JobPageProps {
  view: View;
  overview: OverviewRow;
  /** Its own row; absent until code and rows were synced. */
  row: ScheduleRow | undefined;
  schedules: { row: ScheduleRow; words: string }[];
  charted: ChartedRun[];
  errors: ErrorGroup[];
  runs: RunSummary[];
  history: HistoryProps;
  why: WhyAnswer;
  origin: string;
  refused: Refused | null;
}

/** The page of one job: what it does, when, how it went, and the form to run it. */
export function jobPage(props: JobPageProps): string {
  const { view, overview, row } = props;
  const { job } = overview;
  const scheduleIds = props.schedules.map(({ row }) => row.id);
  return renderPage({
    view,
    title: job.name,
    section: "overview",
    liveSeconds: props.refused ? undefined : overview.runningId ? 3 : 10,
    children: (
      <>
        {view.canOperate && <ActForm view={view} />}
        <JobHead view={view} overview={overview} />
        <Figures overview={overview} view={view} />
        <div class="columns">
          <div>
            <section class="card grow">
              <h2>Durations</h2>
              <DurationChart runs={props.charted} view={view} />
              <h2 class="later">Last {STRIP_SLOTS} slots</h2>
              <Strip cells={overview.cells} slots={STRIP_SLOTS} />
              <StripLegend />
            </section>
            <ErrorGroups groups={props.errors} jobId={job.id} view={view} />
          </div>
          <div>
            <RunForm
              job={job}
              view={view}
              missingSetting={overview.missingSetting}
              origin={props.origin}
              refused={props.refused}
            />
          </div>
        </div>
        <div class="columns">
          <div>
            <section class="card">
              <h2>Next slots</h2>
              <p class="quiet">{overview.schedule}</p>
              {row
                ? <NextSlots row={row} view={view} />
                : <p class="quiet">Not in this database yet.</p>}
            </section>
          </div>
          <div>
            <PolicyList policies={toPolicies(job, row)} />
            <WhyBox jobId={job.id} scheduleIds={scheduleIds} {...props.why} view={view} />
          </div>
        </div>
        <ScheduleRows
          schedules={props.schedules}
          count={overview.moreSchedules + 1}
          jobId={job.id}
          view={view}
        />
        {view.canOperate && <BackfillForm jobId={job.id} scheduleIds={scheduleIds} view={view} />}
        <History {...props.history} />
        {props.runs.length === 0
          ? (
            <NoRuns
              jobId={job.id}
              isFiltered={Object.keys(props.history.texts).length > 0}
            />
          )
          : <RunTable runs={props.runs} view={view} withJob={false} />}
        <Pager {...props.history} />
      </>
    ),
  });
}

function NoRuns({ jobId, isFiltered }: { jobId: string; isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <p class="card empty">
        No run fits. <a href={`/ui/jobs/${jobId}#history`}>Show all</a>
      </p>
    );
  }
  return (
    <p class="card empty">
      It has not run yet. Wait for its next slot, run it with the form above, or from a terminal:
      {" "}
      <code>deno task run {jobId}</code>
    </p>
  );
}
