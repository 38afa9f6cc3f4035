import type { RunSummary } from "../../../lib/history_store.ts";
import { RUN_STATUSES, RUN_TRIGGERS } from "../../../lib/run.ts";
import { formatCount } from "../format.ts";
import { renderPage } from "../parts/page.tsx";
import { RunTable, sayReason } from "../parts/run_table.tsx";
import { wordOf } from "../parts/status.tsx";
import type { View } from "../view.ts";
import { BULK_ACTIONS, type BulkAction, bulkUrl } from "./bulk.ts";

export interface RunsPageProps {
  view: View;
  runs: RunSummary[];
  /** The parts of the filter that are set. */
  texts: Record<string, string>;
  names: ReadonlyMap<string, string>;
  /** How many fit in all; counted up to a bound. */
  count: number;
  isMore: boolean;
  nextUrl: string | null;
  firstUrl: string | null;
}

/** Runs of all jobs, with filters that the URL holds. */
export function runsPage(props: RunsPageProps): string {
  const { view, runs, texts, names, count, isMore } = props;
  const isFiltered = Object.keys(texts).length > 0;
  return renderPage({
    view,
    title: "Runs",
    section: "runs",
    liveSeconds: props.firstUrl ? undefined : 10,
    children: (
      <>
        <div class="head">
          <h1>
            {isMore ? `More than ${formatCount(count, "run")}` : formatCount(count, "run")}
            {isFiltered && ` that ${count === 1 ? "fits" : "fit"}`}
          </h1>
          {view.canOperate && count > 0 && (
            <div class="buttons">
              {(Object.keys(BULK_ACTIONS) as BulkAction[]).map((action) => (
                <a class="button" href={bulkUrl(action, texts)}>{BULK_ACTIONS[action].words}</a>
              ))}
            </div>
          )}
        </div>
        <Filters texts={texts} names={names} view={view} />
        {runs.length === 0
          ? (
            <p class="card empty">
              {isFiltered
                ? (
                  <>
                    No run fits. <a href="/ui/runs">Show all</a>
                  </>
                )
                : (
                  <>
                    Nothing has run yet. Press Run now on the{" "}
                    <a href="/">overview</a>, or wait for the next slot.
                  </>
                )}
            </p>
          )
          : <RunTable runs={runs} view={view} withJob names={names} />}
        {(props.nextUrl || props.firstUrl) && (
          <p class="pager">
            {props.firstUrl && <a class="button" href={props.firstUrl}>Newest</a>}
            {props.nextUrl && <a class="button" href={props.nextUrl}>Older</a>}
          </p>
        )}
      </>
    ),
  });
}

function Filters(
  { texts, names, view }: {
    texts: Record<string, string>;
    names: ReadonlyMap<string, string>;
    view: View;
  },
) {
  return (
    <form class="filters" role="search" action="/ui/runs">
      <label>
        Text in the error
        <input type="search" name="error" value={texts.error} autocomplete="off" data-search />
      </label>
      <label>
        Job
        <select name="job">
          <option value="">All jobs</option>
          {[...names].map(([id, name]) => (
            <option value={id} selected={id === texts.job}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Status
        <select name="status">
          <option value="">Any</option>
          {RUN_STATUSES.map((status) => (
            <option value={status} selected={status === texts.status}>{wordOf(status)}</option>
          ))}
        </select>
      </label>
      <label>
        Reason
        <select name="reason">
          <option value="">Any</option>
          {REASONS.map((reason) => (
            <option value={reason} selected={reason === texts.reason}>{sayReason(reason)}</option>
          ))}
        </select>
      </label>
      <label>
        Trigger
        <select name="trigger">
          <option value="">Any</option>
          {RUN_TRIGGERS.map((trigger) => (
            <option value={trigger} selected={trigger === texts.trigger}>
              {sayReason(trigger)}
            </option>
          ))}
        </select>
      </label>
      <label>
        From, in {view.zone}
        <input type="datetime-local" name="since" value={texts.since} />
      </label>
      <label>
        Until
        <input type="datetime-local" name="until" value={texts.until} />
      </label>
      <button type="submit">Filter</button>
      {Object.keys(texts).length > 0 && <a class="button" href="/ui/runs">Clear</a>}
    </form>
  );
}

/** What the engine writes as a reason. */
const REASONS = [
  "error",
  "timeout",
  "lost",
  "items",
  "interrupted",
  "overlap",
  "not_configured",
  "unknown_job_type",
];
