// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { View } from "../view.ts";
import { formatDistance } from "../format.ts";
import { HEALTHS } from "./job_health.ts";
import { type OverviewFilter, overviewUrl, type Sort } from "./filter.ts";
import { JobRow } from "./job_row.tsx";
import { ActForm } from "../parts/act_form.tsx";
import { renderPage } from "../parts/page.tsx";
import { wordOf } from "../parts/status.tsx";
import { StripLegend } from "../parts/strip.tsx";
import type { OverviewRow } from "./rows.ts";
import { sayVerdict } from "./verdict.ts";

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
          <h1>{sayVerdict(all, view)}</h1>
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

function Chips({ all, filter, view }: { all: OverviewRow[]; filter: OverviewFilter; view: View }) {
  const counts: [OverviewFilter["status"], string, number][] = [
    ["running", "Running", all.filter(({ runningId }) => runningId !== null).length],
    ...(["failing", "late", "paused"] as const).map((health): [typeof health, string, number] => [
      health,
      wordOf(health),
      all.filter((row) => row.health === health).length,
    ]),
  ];
  const { last_tick_at } = view.pulse;
  return (
    <ul class="chips">
      {counts.map(([status, word, count]) => (
        <li>
          <a
            class={`chip ${count > 0 ? status : "none"}`}
            href={overviewUrl({ ...filter, status: filter.status === status ? "" : status })}
            aria-current={filter.status === status ? "true" : undefined}
          >
            {word} <b>{count}</b>
          </a>
        </li>
      ))}
      <li class="chip plain" title="The scheduler looks for what is due at least once a minute">
        {last_tick_at ? `Last tick ${formatDistance(last_tick_at, view.now)}` : "No tick yet"}
      </li>
    </ul>
  );
}

function FilterForm({ all, filter }: { all: OverviewRow[]; filter: OverviewFilter }) {
  const tags = [...new Set(all.flatMap(({ job }) => job.tags))].sort();
  return (
    <form
      class="filters"
      role="search"
      action="/"
      hx-get="/"
      hx-trigger="input delay:250ms, change"
      hx-select="#live"
      hx-target="#live"
      hx-swap="outerMorph"
      hx-push-url="true"
    >
      <input
        type="search"
        name="q"
        value={filter.text}
        placeholder="Search jobs"
        aria-label="Search jobs"
        autocomplete="off"
        data-search
      />
      <select name="tag" aria-label="Tag">
        <option value="">All tags</option>
        {tags.map((tag) => <option value={tag} selected={tag === filter.tag}>{tag}</option>)}
      </select>
      <select name="status" aria-label="Status">
        <option value="">Any status</option>
        {([...HEALTHS, "running"] as const).map((status) => (
          <option value={status} selected={status === filter.status}>{wordOf(status)}</option>
        ))}
      </select>
      {filter.sort && (
        <input
          type="hidden"
          name="sort"
          value={`${filter.descending ? "-" : ""}${filter.sort}`}
        />
      )}
      <button type="submit" class="no-script">Filter</button>
    </form>
  );
}

const COLUMNS: [name: string, sort: Sort | null, extra?: string][] = [
  ["Job", "job"],
  ["Status", "status"],
  ["Last run", "last"],
  ["Duration", "duration"],
  ["Next", "next"],
  ["Last 60 slots", null],
  ["Success", "success", "number"],
  ["p50 / p95", "p95", "number"],
];

function JobTable({ view, shown, filter }: Omit<OverviewProps, "all">) {
  const sections = Map.groupBy(shown, ({ job }) => job.tags[0] ?? "other");
  const columns = COLUMNS.length + (view.canOperate ? 1 : 0);
  return (
    <div class="card table">
      <table class="jobs">
        <thead>
          <tr>
            {COLUMNS.map(([name, sort, extra]) => (
              <th scope="col" class={extra} aria-sort={sort && sortState(filter, sort)}>
                {sort ? <a href={sortUrl(filter, sort)}>{name}</a> : name}
              </th>
            ))}
            {view.canOperate && (
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        {[...sections].map(([domain, rows]) => (
          <tbody>
            <tr class="domain">
              <th scope="rowgroup" colspan={columns}>{domain}</th>
            </tr>
            {rows.map((row) => <JobRow row={row} view={view} />)}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function sortState({ sort, descending }: OverviewFilter, column: Sort) {
  if (sort !== column) return undefined;
  return descending ? "descending" : "ascending";
}

function sortUrl(filter: OverviewFilter, sort: Sort): string {
  const descending = filter.sort === sort && !filter.descending;
  return overviewUrl({ ...filter, sort, descending });
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
