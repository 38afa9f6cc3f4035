import type { Child } from "hono/jsx";
import type { TouchedRun } from "../../../lib/dashboard_runs_store.ts";
import { When } from "../parts/when.tsx";
import type { View } from "../view.ts";

export interface TouchedTableProps {
  view: View;
  names: ReadonlyMap<string, string>;
  /** What is read out as the table's name. */
  label: string;
  /** The heading of the cells; null where they hold nothing. */
  column: string | null;
  rows: { run: TouchedRun; cell: Child }[];
}

/** Runs that an act on many touches, with one cell of the page's own each. */
export function TouchedTable({ view, names, label, column, rows }: TouchedTableProps) {
  return (
    <div class="table" tabindex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Job</th>
            {column && <th scope="col">{column}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ run, cell }) => (
            <tr data-row>
              <th scope="row">
                <a href={`/ui/runs/${run.id}`}>
                  <When at={run.created_at} view={view} />
                </a>
              </th>
              <td>{names.get(run.job_type) ?? run.job_type}</td>
              {column && <td>{cell}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
