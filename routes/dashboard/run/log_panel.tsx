import { LOG_LEVELS } from "../../../lib/log.ts";
import type { LogRow } from "../../../lib/run_detail_store.ts";
import { formatInstant } from "../format.ts";
import type { View } from "../view.ts";

interface LogPanelProps {
  runId: string;
  /** The first lines; a script follows from there. */
  logs: readonly LogRow[];
  live: boolean;
  view: View;
}

/** What a run said. With a script it follows, searches and filters; without one it shows what there is. */
export function LogPanel({ runId, logs, live, view }: LogPanelProps) {
  return (
    <section class="card flush" id="log-panel">
      <div class="head">
        <h2>Log</h2>
        <div class="filters needs-script" hx-morph-skip>
          <input
            type="search"
            placeholder="Search the log"
            aria-label="Search the log"
            id="log-search"
            data-search
          />
          <select aria-label="Least level" id="log-level">
            {LOG_LEVELS.map((level) => (
              <option value={level} selected={level === "debug"}>{level} and above</option>
            ))}
          </select>
          <button type="button" class="small" id="log-follow" aria-pressed="true">Follow</button>
        </div>
        <a class="button small" href={`/ui/runs/${runId}/log.txt`} download>Download</a>
      </div>
      <ol
        class="log"
        id="log"
        tabindex={0}
        aria-label="Log lines"
        data-stream={`/runs/${runId}/logs`}
        data-live={live ? "" : undefined}
        data-seq={String(logs.at(-1)?.seq ?? 0)}
        data-zone={view.zone}
        hx-morph-skip
      >
        {logs.map(({ at, level, message, fields }) => (
          <li class={level} data-level={level}>
            <time datetime={at.toISOString()} title={at.toISOString()}>
              {formatInstant(at, view.zone).slice(-8)}
            </time>
            <b>{level}</b>
            <span>
              {message}
              {fields !== null && <i>{JSON.stringify(fields)}</i>}
            </span>
          </li>
        ))}
        <li class="quiet none" data-none hidden={logs.length > 0}>
          {live ? "It has not said anything yet." : "It said nothing."}
        </li>
      </ol>
    </section>
  );
}
