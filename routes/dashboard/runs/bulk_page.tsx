import type { TouchedRun } from "../../../lib/dashboard_runs_store.ts";
import { formatCount } from "../format.ts";
import { renderPage } from "../parts/page.tsx";
import { Status } from "../parts/status.tsx";
import type { View } from "../view.ts";
import { BULK_ACTIONS, type BulkAction, bulkUrl, MOST_TOUCHED } from "./bulk.ts";
import { sayFilter } from "./filter_words.ts";
import { TouchedTable } from "./touched_table.tsx";

export interface BulkPageProps {
  view: View;
  action: BulkAction;
  texts: Record<string, string>;
  touched: TouchedRun[];
  names: ReadonlyMap<string, string>;
}

const LISTED = 20;

/** What an act on all runs that fit would touch, before it does. */
export function bulkPage({ view, action, texts, touched, names }: BulkPageProps): string {
  const { verb } = BULK_ACTIONS[action];
  const byJob = Map.groupBy(touched, ({ job_type }) => job_type);
  const back = `/ui/runs?${new URLSearchParams(texts)}`;
  return renderPage({
    view,
    title: `${verb} all that fit`,
    section: "runs",
    children: (
      <>
        <div class="head">
          <div>
            <h1>{verb} {formatCount(touched.length, "run")}?</h1>
            <p class="about quiet">
              {sayTouched(action, texts, sayFilter(texts, names, view.zone))}
              {touched.length === MOST_TOUCHED && `: the newest ${MOST_TOUCHED}, then more`}.
            </p>
          </div>
        </div>
        {touched.length === 0
          ? (
            <p class="card empty">
              There is nothing to {action}. <a href={back}>Back to the runs</a>
            </p>
          )
          : (
            <>
              <section class="card">
                <h2>By job</h2>
                <dl class="pairs">
                  {[...byJob].map(([id, runs]) => (
                    <>
                      <dt>{names.get(id) ?? id}</dt>
                      <dd>{formatCount(runs.length, "run")}</dd>
                    </>
                  ))}
                </dl>
                <p class="quiet later">
                  {action === "retry"
                    ? "Each becomes a new run with the same parameters. Where a schedule does not overlap, the runs after its first are refused while that one is active, and told as such."
                    : "What runs is told to stop; what waits never begins. Nothing of it is run again by itself."}
                </p>
                <form method="post" action={bulkUrl(action, {})} class="buttons">
                  <input type="hidden" name="form_token" value={view.formToken} />
                  <input type="hidden" name="back" value={back} />
                  <input type="hidden" name="before" value={String(view.now.getTime())} />
                  {Object.entries(texts).map(([name, text]) => (
                    <input type="hidden" name={name} value={text} />
                  ))}
                  <button type="submit" class={action === "cancel" ? "danger" : "primary"}>
                    {verb} {formatCount(touched.length, "run")}
                  </button>
                  <a class="button" href={back}>Back</a>
                </form>
              </section>
              <section class="card flush">
                <h2>{touched.length > LISTED ? `The newest ${LISTED} of them` : "Runs"}</h2>
                <TouchedTable
                  view={view}
                  names={names}
                  label="Runs"
                  column="Status"
                  rows={touched.slice(0, LISTED).map((run) => ({
                    run,
                    cell: <Status of={run.status} />,
                  }))}
                />
              </section>
            </>
          )}
      </>
    ),
  });
}

/** "Of all runs, those that are pending or running"; a status that the filter names already is not said twice. */
function sayTouched(action: BulkAction, texts: Record<string, string>, chosen: string): string {
  const { statuses } = BULK_ACTIONS[action];
  const isNamed = statuses.some((status) => status === texts.status);
  const conditions = [
    !isNamed && `are ${sayOr(statuses)}`,
    action === "retry" && "were not run again yet",
  ].filter(Boolean);
  if (conditions.length === 0) return `T${chosen.slice(1)}`;
  return `Of ${chosen}, those that ${conditions.join(" and ")}`;
}

/** "failed, cancelled or skipped". */
function sayOr(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
