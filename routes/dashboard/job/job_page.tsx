// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { STRIP_SLOTS } from "../../../lib/dashboard_overview_store.ts";
import type { ChartedRun, ErrorGroup } from "../../../lib/dashboard_job_store.ts";
import type { Explanation } from "../../../lib/why.ts";
import type { RunSummary } from "../../../lib/history_store.ts";
import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { toPolicies } from "../../job_detail_json.ts";
import { formatDuration, formatPercent } from "../format.ts";
import type { OverviewRow } from "../overview/rows.ts";
import { Act, ActForm } from "../parts/act_form.tsx";
import { renderPage } from "../parts/page.tsx";
import { RunTable } from "../parts/run_table.tsx";
import { Status } from "../parts/status.tsx";
import { Strip, StripLegend } from "../parts/strip.tsx";
import { Clock, When } from "../parts/when.tsx";
import type { View } from "../view.ts";
import { DurationChart } from "./duration_chart.tsx";
import { ErrorGroups } from "./error_groups.tsx";
import { History, type HistoryProps } from "./history.tsx";
import { NextSlots } from "./next_slots.tsx";
import { PauseForm } from "./pause_form.tsx";
import { type Refused, RunForm } from "./run_form.tsx";
import { ScheduleRows } from "./schedule_rows.tsx";
import { WhyBox } from "./why_box.tsx";

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
  why: { scheduleId: string; explanation: Explanation | null };
  origin: string;
  refused: Refused | null;
}

/** The page of one job: what it does, when, how it went, and the form to run it. */
export function jobPage(props: JobPageProps): string {
  const { view, overview, row } = props;
  const { job } = overview;
  return renderPage({
    view,
    title: job.name,
    section: "overview",
    liveSeconds: props.refused ? undefined : overview.runningId ? 3 : 10,
    children: (
      <>
        {view.canOperate && <ActForm view={view} />}
        <Head {...props} />
        <Figures overview={overview} view={view} />
        <div class="columns">
          <div>
            <section class="card">
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
          <section class="card">
            <h2>Next slots</h2>
            <p class="quiet">{overview.schedule}</p>
            {row
              ? <NextSlots row={row} view={view} />
              : <p class="quiet">Not in this database yet.</p>}
          </section>
          <PolicyList policies={toPolicies(job, row)} />
        </div>
        <ScheduleRows schedules={props.schedules} jobId={job.id} view={view} />
        <WhyBox
          jobId={job.id}
          scheduleIds={props.schedules.map(({ row }) => row.id)}
          {...props.why}
          view={view}
        />
        <History {...props.history} />
        {props.runs.length === 0
          ? <p class="card empty">No run fits.</p>
          : <RunTable runs={props.runs} view={view} withJob={false} />}
        <HistoryPager {...props.history} />
      </>
    ),
  });
}

function Head({ view, overview }: JobPageProps) {
  const { job, health, runningId } = overview;
  const path = `/ui/jobs/${job.id}`;
  return (
    <div class="head">
      <div>
        <h1>{job.name}</h1>
        <p class="quiet about">
          <Status of={health} /> <code>{job.id}</code>{" "}
          {job.tags.map((tag) => <a class="tag" href={`/?tag=${encodeURIComponent(tag)}`}>{tag}
          </a>)}
        </p>
        <p class="about">{job.description}</p>
      </div>
      <div class="buttons">
        {runningId && <a class="button" href={`/ui/runs/${runningId}`}>Watch the run</a>}
        {view.canOperate && (
          <>
            <a class="button" href="#run">Run…</a>
            {health === "paused"
              ? <Act to={`${path}/resume`} class="primary">Resume</Act>
              : (
                <PauseForm
                  action={`${path}/pause`}
                  view={view}
                  what="Holds back every schedule of this job."
                />
              )}
          </>
        )}
      </div>
    </div>
  );
}

function Figures({ overview, view }: { overview: OverviewRow; view: View }) {
  const { figures, last, nextRunAt, pausedUntil, pauseReason, health } = overview;
  return (
    <dl class="figures card">
      <div>
        <dt>Last run</dt>
        <dd>
          {last
            ? (
              <a href={`/ui/runs/${last.id}`}>
                <When at={last.startedAt} view={view} />
              </a>
            )
            : "never"}
        </dd>
      </div>
      <div>
        <dt>Next</dt>
        <dd>{nextRunAt ? <When at={nextRunAt} view={view} /> : "–"}</dd>
      </div>
      <div>
        <dt>Success, last {figures.judged || "runs"}</dt>
        <dd>{figures.successRate === null ? "–" : formatPercent(figures.successRate)}</dd>
      </div>
      <div>
        <dt>p50 / p95</dt>
        <dd>
          {figures.p50Ms === null
            ? "–"
            : `${formatDuration(figures.p50Ms)} / ${formatDuration(figures.p95Ms!)}`}
        </dd>
      </div>
      {figures.failures > 0 && (
        <div>
          <dt>Failing since</dt>
          <dd class="bad">
            <Clock at={figures.failingSince!} view={view} />{" "}
            <span class="note">{figures.failures} in a row</span>
          </dd>
        </div>
      )}
      {health === "paused" && (
        <div>
          <dt>Paused</dt>
          <dd>
            {pausedUntil
              ? (
                <>
                  until <Clock at={pausedUntil} view={view} />
                </>
              )
              : "without end"}
            {pauseReason && <span class="note">{pauseReason}</span>}
          </dd>
        </div>
      )}
    </dl>
  );
}

function PolicyList({ policies }: { policies: ReturnType<typeof toPolicies> }) {
  const { backoff, retries } = policies;
  const seconds = (value: number) => formatDuration(value * 1_000);
  const lines: [string, string][] = [
    [
      "A late slot still runs",
      policies.grace_seconds === null
        ? "until the next one is due"
        : `for ${seconds(policies.grace_seconds)}`,
    ],
    ["Of several late slots", COALESCE_WORDS[policies.coalesce]],
    [
      "While a run is active",
      policies.overlap === "skip" ? "the slot is skipped" : "the slot waits",
    ],
    [
      "Runs at once",
      policies.limit === null ? "as many as there are" : `at most ${policies.limit}`,
    ],
    [
      "Jitter",
      policies.jitter_seconds === 0 ? "none" : `up to ${seconds(policies.jitter_seconds)}`,
    ],
    ["Timeout", `${formatDuration(policies.timeout_ms)} for each attempt`],
    [
      "Retries",
      retries === 0
        ? "none"
        : `${retries}, the first after ${formatDuration(backoff.first_ms)}, then doubling`,
    ],
    ["Items that must succeed", formatPercent(policies.min_success_rate)],
    [
      "Counts as slow after",
      policies.slow_after_ms === null ? "never" : formatDuration(policies.slow_after_ms),
    ],
  ];
  return (
    <section class="card">
      <h2>Policies</h2>
      <dl class="pairs">
        {lines.map(([what, value]) => (
          <>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

const COALESCE_WORDS = {
  latest: "the newest runs for all",
  all: "each runs, in order",
  skip: "none runs",
};

function HistoryPager({ nextUrl, firstUrl }: HistoryProps) {
  if (!nextUrl && !firstUrl) return null;
  return (
    <p class="pager">
      {firstUrl && <a class="button" href={firstUrl}>Newest</a>}
      {nextUrl && <a class="button" href={nextUrl}>Older</a>}
    </p>
  );
}
