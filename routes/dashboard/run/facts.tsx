// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { Json } from "../../../lib/db/sql.ts";
import { formatNumber } from "../format.ts";
import { Breakable } from "../parts/breakable.tsx";
import { Tree } from "../parts/tree.tsx";
import { Clock, Exact } from "../parts/when.tsx";
import type { RunPageProps } from "./run_page.tsx";

/** Who or what asked for a run, with what, and where it was performed. */
export function Facts({ view, run, retries }: Pick<RunPageProps, "view" | "run" | "retries">) {
  const facts: [string, unknown][] = [
    ["Run", <code>{run.id}</code>],
    [
      "Schedule",
      <a href={`/ui/schedules/${encodeURIComponent(run.job_id)}`}>
        <Breakable text={run.job_id} />
      </a>,
    ],
    ["Bot", run.bot_id === "*" ? "every bot" : run.bot_id],
    run.scheduled_for
      ? ["Slot", <Exact at={run.scheduled_for} view={view} />]
      : ["As of", run.as_of && <Exact at={run.as_of} view={view} />],
    ["Asked for by", run.triggered_by ?? (run.scheduled_for && "the schedule")],
    ["Retry of", run.retry_of && <a href={`/ui/runs/${run.retry_of}`}>the run before</a>],
    [
      "Retried",
      retries.length > 0 && retries.map(({ id, created_at }) => (
        <a href={`/ui/runs/${id}`}>
          <Clock at={created_at} view={view} />
        </a>
      )),
    ],
    [
      "Items",
      run.items_done !== null &&
      `${formatNumber(run.items_done)} done, ${formatNumber(run.items_failed ?? 0)} failed`,
    ],
    ["Revision", [run.deployment, run.timeline].filter(Boolean).join(", ")],
    ["Performed by", run.claimed_by],
  ];
  return (
    <section class="card facts">
      <h2>Facts</h2>
      <dl class="pairs">
        {facts.filter(([, value]) => value).map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      <h2 class="later">Parameters</h2>
      {isEmpty(run.params) ? <span class="quiet">none</span> : <Tree value={run.params} />}
      {run.checkpoint !== null && (
        <>
          <h2 class="later">Checkpoint</h2>
          <Tree value={run.checkpoint} />
        </>
      )}
    </section>
  );
}

function isEmpty(params: Json): boolean {
  return params !== null && typeof params === "object" && Object.keys(params).length === 0;
}
