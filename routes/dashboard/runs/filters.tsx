import { RUN_STATUSES, RUN_TRIGGERS } from "../../../lib/run.ts";
import { sayReason } from "../parts/run_table.tsx";
import { wordOf } from "../parts/status.tsx";
import type { View } from "../view.ts";

/** Narrows the list of runs; the URL holds what is chosen. */
export function Filters(
  { texts, names, view }: {
    texts: Record<string, string>;
    names: ReadonlyMap<string, string>;
    view: View;
  },
) {
  return (
    <form class="filters" role="search" action="/ui/runs">
      <label>
        Text in the error
        <input type="search" name="error" value={texts.error} autocomplete="off" data-search />
      </label>
      <label>
        Job
        <select name="job">
          <option value="">All jobs</option>
          {[...names].map(([id, name]) => (
            <option value={id} selected={id === texts.job}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Status
        <select name="status">
          <option value="">Any</option>
          {RUN_STATUSES.map((status) => (
            <option value={status} selected={status === texts.status}>{wordOf(status)}</option>
          ))}
        </select>
      </label>
      <label>
        Reason
        <select name="reason">
          <option value="">Any</option>
          {REASONS.map((reason) => (
            <option value={reason} selected={reason === texts.reason}>{sayReason(reason)}</option>
          ))}
        </select>
      </label>
      <label>
        Trigger
        <select name="trigger">
          <option value="">Any</option>
          {RUN_TRIGGERS.map((trigger) => (
            <option value={trigger} selected={trigger === texts.trigger}>
              {sayReason(trigger)}
            </option>
          ))}
        </select>
      </label>
      <label>
        From, in {view.zone}
        <input type="datetime-local" name="since" value={texts.since} />
      </label>
      <label>
        Until
        <input type="datetime-local" name="until" value={texts.until} />
      </label>
      <button type="submit">Filter</button>
      {Object.keys(texts).length > 0 && <a class="button" href="/ui/runs">Clear</a>}
    </form>
  );
}

/** What the engine writes as a reason. */
const REASONS = [
  "error",
  "timeout",
  "lost",
  "items",
  "interrupted",
  "overlap",
  "not_configured",
  "unknown_job_type",
];
