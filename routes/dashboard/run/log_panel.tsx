import { LOG_LEVELS } from "../../../lib/log.ts";
import type { LogRow } from "../../../lib/run_detail_store.ts";
import { formatInstant, formatNumber } from "../format.ts";
import { Problems } from "../parts/problems.tsx";
import type { View } from "../view.ts";
import { LogFacts, LogTexts } from "./log_fields.tsx";
import type { LogQuery } from "./log_query.ts";

/** The first lines of a log that an address asks for. */
export interface ShownLog {
  logs: readonly LogRow[];
  /** Whether more lines fit than are shown. */
  isCut: boolean;
  logQuery: LogQuery;
}

interface LogPanelProps extends ShownLog {
  runId: string;
  live: boolean;
  /** Whether it opens at its last line, as that of a run that goes on does. */
  fromEnd: boolean;
  view: View;
}

/** What a run said, searched and filtered. With a script it follows the run, and shows what was cut. */
export function LogPanel({ runId, logs, isCut, logQuery, live, fromEnd, view }: LogPanelProps) {
  const path = `/ui/runs/${runId}`;
  const isPart = logQuery.filter !== undefined;
  return (
    <section class="card flush" id="log-panel">
      <div class="head">
        <h2>Log</h2>
        <form class="filters" id="log-filter" action={`${path}#log-panel`} hx-morph-skip>
          <input
            type="search"
            name="q"
            value={logQuery.text}
            placeholder="Search the log"
            aria-label="Search the log"
            id="log-search"
            autocomplete="off"
            data-search
          />
          <select name="level" aria-label="Least level" id="log-level">
            {LOG_LEVELS.map((level) => (
              <option value={level} selected={level === logQuery.level}>{level} and above</option>
            ))}
          </select>
          <Problems of={logQuery.problem === null ? [] : [logQuery.problem]} />
          <button type="submit" class="small no-script">Filter</button>
          <span class="buttons needs-script" id="log-live" hidden={!live}>
            <button
              type="button"
              class="small"
              id="log-follow"
              aria-pressed={String(live || fromEnd)}
            >
              Follow
            </button>
            <button type="button" class="small" id="log-pause">Pause</button>
          </span>
        </form>
        <a class="button small" href={`${path}/log.txt`} download>Download</a>
      </div>
      <ol
        class="log"
        id="log"
        tabindex={0}
        aria-label="Log lines"
        data-stream={`/runs/${runId}/logs`}
        data-goes-on={live || isCut || isPart ? "" : undefined}
        data-seq={String(isPart ? 0 : logs.at(-1)?.seq ?? 0)}
        data-zone={view.zone}
        hx-morph-skip
      >
        {logs.map(({ seq, at, level, message, fields }) => (
          <li
            class={`line ${level}`}
            data-level={level}
            data-seq={isPart ? String(seq) : undefined}
          >
            <time datetime={at.toISOString()} title={at.toISOString()}>
              {formatInstant(at, view.zone).slice(-8)}
            </time>
            <b>{level}</b>
            <span>
              {message}
              <LogFacts fields={fields} />
            </span>
            <LogTexts fields={fields} />
          </li>
        ))}
        <li class="quiet none" data-none hidden={logs.length > 0 || isPart}>
          {live ? "It has not said anything yet." : "It said nothing."}
        </li>
        <li class="quiet none" data-unfit hidden={logs.length > 0 || !isPart}>No line fits.</li>
      </ol>
      {isCut && (
        <p class="quiet inset no-script">
          The first {formatNumber(logs.length)}{" "}
          lines{isPart && " that fit"}; all of them are in the download.
        </p>
      )}
    </section>
  );
}
