import { ActForm } from "../parts/act_form.tsx";
import { renderPage } from "../parts/page.tsx";
import { StripLegend } from "../parts/strip.tsx";
import type { View } from "../view.ts";
import { Chips } from "./chips.tsx";
import type { OverviewFilter } from "./filter.ts";
import { FilterForm } from "./filter_form.tsx";
import { JobTable } from "./job_table.tsx";
import type { OverviewRow } from "./rows.ts";
import { Verdict } from "./verdict.tsx";
import { sayVerdict } from "./verdict_words.ts";

interface OverviewProps {
  view: View;
  /** All jobs. */
  all: OverviewRow[];
  /** Those that the filter leaves, in its order. */
  shown: OverviewRow[];
  filter: OverviewFilter;
}

/** The page at `/`: did the night go well, and if not, what, why, and what to press. */
export function overviewPage({ view, all, shown, filter }: OverviewProps): string {
  return renderPage({
    view,
    title: sayVerdict(all, view),
    section: "overview",
    liveSeconds: 10,
    children: (
      <>
        <div class="head">
          <Verdict all={all} view={view} />
          <Chips all={all} filter={filter} view={view} />
        </div>
        {all.length === 0 ? <NoJobs /> : (
          <>
            <FilterForm all={all} filter={filter} />
            {view.canOperate && <ActForm view={view} />}
            {shown.length === 0
              ? (
                <p class="empty card">
                  No job fits. <a href="/">Show all {all.length}</a>
                </p>
              )
              : <JobTable view={view} shown={shown} filter={filter} />}
            <StripLegend />
          </>
        )}
      </>
    ),
  });
}

function NoJobs() {
  return (
    <section class="card empty">
      <p>
        The crontab is empty: no job stands in the list of <code>jobs/mod.ts</code>.
      </p>
      <p>
        Write one file with <code>defineJob</code>, add it to the list, and{" "}
        <code>deno task dev</code> shows it here.
      </p>
    </section>
  );
}
