// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { View } from "../view.ts";
import { type OverviewFilter, overviewUrl, type Sort } from "./filter.ts";
import { JobRow } from "./job_row.tsx";
import type { OverviewRow } from "./rows.ts";

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

interface JobTableProps {
  view: View;
  shown: OverviewRow[];
  filter: OverviewFilter;
}

/** The jobs as a table with a section for each domain. */
export function JobTable({ view, shown, filter }: JobTableProps) {
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
