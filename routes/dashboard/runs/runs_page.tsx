import type { RunSummary } from "../../../lib/history_store.ts";
import { formatCount } from "../format.ts";
import { Pager } from "../parts/pager.tsx";
import { renderPage } from "../parts/page.tsx";
import { RunTable } from "../parts/run_table.tsx";
import type { View } from "../view.ts";
import { BULK_ACTIONS, bulkActionsOn, bulkUrl } from "./bulk.ts";
import { Filters } from "./filters.tsx";

export interface RunsPageProps {
  view: View;
  runs: RunSummary[];
  /** The parts of the filter that are set. */
  texts: Record<string, string>;
  /** What is wrong with those that cannot be read. */
  problems: Record<string, string[]>;
  names: ReadonlyMap<string, string>;
  /** How many fit in all; counted up to a bound. */
  count: number;
  isMore: boolean;
  nextUrl: string | null;
  firstUrl: string | null;
}

/** Runs of all jobs, with filters that the URL holds. */
export function runsPage(props: RunsPageProps): string {
  const { view, runs, texts, problems, names, count, isMore } = props;
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
              {bulkActionsOn(texts.status).map((action) => (
                <a class="button" href={bulkUrl(action, texts)}>{BULK_ACTIONS[action].words}</a>
              ))}
            </div>
          )}
        </div>
        <Filters texts={texts} problems={problems} names={names} view={view} />
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
                    Nothing has run yet. Press Run now on the <a href="/">overview</a>, or{" "}
                    <code>deno task run JOB</code> in a terminal.
                  </>
                )}
            </p>
          )
          : <RunTable runs={runs} view={view} withJob names={names} />}
        <Pager firstUrl={props.firstUrl} nextUrl={props.nextUrl} />
      </>
    ),
  });
}
