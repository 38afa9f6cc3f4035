import { writeLocalTime } from "../local_time.ts";
import { formatCount } from "../format.ts";
import { Cut } from "../parts/cut.tsx";
import { renderPage } from "../parts/page.tsx";
import type { View } from "../view.ts";
import { BULK_ACTIONS, type BulkAction, type BulkOutcome } from "./bulk.ts";
import { TouchedTable, type TouchedTableProps } from "./touched_table.tsx";

export interface BulkDonePageProps extends BulkOutcome {
  view: View;
  action: BulkAction;
  texts: Record<string, string>;
  names: ReadonlyMap<string, string>;
}

const LISTED = 100;

/** What an act on all runs that fit came to: to which it was done, and which it left and why. */
export function bulkDonePage(props: BulkDonePageProps): string {
  const { view, action, texts, done, refused } = props;
  const back = `/ui/runs?${new URLSearchParams(texts)}`;
  return renderPage({
    view,
    title: sayOutcome(props),
    section: "runs",
    children: (
      <>
        <div class="head">
          <div>
            <h1>{sayOutcome(props)}</h1>
            <p class="about quiet">
              {action === "retry" && done.length > 0 &&
                "The runs that failed stay in the list as they were; each new run is one of its own. "}
              <a href={back}>Back to the runs</a>
              {action === "retry" && done.length > 0 && (
                <>
                  {" "}· <a href={retriesUrl(texts, view)}>The new runs</a>
                </>
              )}
            </p>
          </div>
        </div>
        <RunList
          title={`Left as ${refused.length === 1 ? "it was" : "they were"}`}
          column="Why"
          rows={refused.map(({ run, why }) => ({ run, cell: <Cut text={why} /> }))}
          {...props}
        />
        <RunList
          title={action === "retry" ? "Asked to run again" : "Cancelled"}
          column={action === "retry" ? "New run" : null}
          rows={done.map(({ run, newId }) => ({
            run,
            cell: newId && <a href={`/ui/runs/${newId}`}>Watch it</a>,
          }))}
          {...props}
        />
      </>
    ),
  });
}

interface RunListProps extends Omit<TouchedTableProps, "label"> {
  title: string;
}

function RunList({ view, names, title, column, rows }: RunListProps) {
  if (rows.length === 0) return null;
  return (
    <section class="card flush">
      <h2>
        {title}
        {rows.length > LISTED && `, the first ${LISTED} of ${rows.length}`}
      </h2>
      <TouchedTable
        view={view}
        names={names}
        label={title}
        column={column}
        rows={rows.slice(0, LISTED)}
      />
    </section>
  );
}

/** "12 runs asked to run again, 3 left as they were". */
function sayOutcome({ action, done, refused }: BulkDonePageProps): string {
  if (done.length + refused.length === 0) return `Nothing was left to ${action}`;
  const told = `${formatCount(done.length, "run")} ${BULK_ACTIONS[action].done}`;
  if (refused.length === 0) return told;
  return `${told}, ${refused.length} left as ${refused.length === 1 ? "it was" : "they were"}`;
}

/** The new runs of these jobs, from this minute on; the filter's other parts are about the runs that were repeated. */
function retriesUrl({ job }: Record<string, string>, { now, zone }: View): string {
  const since = writeLocalTime(now, zone);
  return `/ui/runs?${new URLSearchParams({ ...(job && { job }), trigger: "retry", since })}`;
}
