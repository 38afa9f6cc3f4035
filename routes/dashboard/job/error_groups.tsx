import type { ErrorGroup } from "../../../lib/dashboard_job_store.ts";
import { formatCount } from "../format.ts";
import { When } from "../parts/when.tsx";
import type { View } from "../view.ts";

/** Errors of the newest runs that read alike, what failed most often first. */
export function ErrorGroups(
  { groups, jobId, view }: { groups: ErrorGroup[]; jobId: string; view: View },
) {
  if (groups.length === 0) return null;
  return (
    <section class="card">
      <h2>Errors</h2>
      <ul class="errors">
        {groups.map(({ message, runs, first_at, last_at, last_run_id }) => (
          <li>
            <pre>{message || "No message"}</pre>
            <span class="quiet">
              <a href={`/ui/runs?job=${jobId}&status=failed`}>{formatCount(runs, "run")}</a>, first
              {" "}
              <When at={first_at} view={view} />, last{" "}
              <a href={`/ui/runs/${last_run_id}`}>
                <When at={last_at} view={view} />
              </a>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
