import { RUN_STATUSES, RUN_TRIGGERS } from "../../../lib/run.ts";
import { Problems } from "../parts/problems.tsx";
import { sayReason } from "../parts/run_table.tsx";
import { wordOf } from "../parts/status.tsx";
import type { View } from "../view.ts";

/** Narrows the list of runs; the URL holds what is chosen. */
export function Filters(
  { texts, problems, names, view }: {
    texts: Record<string, string>;
    /** What is wrong with those that cannot be read. */
    problems: Record<string, string[]>;
    names: ReadonlyMap<string, string>;
    view: View;
  },
) {
  const shared = { texts, problems };
  return (
    <form class="filters" role="search" action="/ui/runs">
      <label>
        Text in the error
        <input type="search" name="error" value={texts.error} autocomplete="off" data-search />
      </label>
      <Choice name="job" label="Job" any="All jobs" options={[...names]} {...shared} />
      <Choice name="status" label="Status" options={STATUSES} {...shared} />
      <Choice name="reason" label="Reason" options={REASONS} {...shared} />
      <Choice name="trigger" label="Trigger" options={TRIGGERS} {...shared} />
      <Choice name="lost" label="Lost" options={LOST} {...shared} />
      <Time name="since" label={`From, in ${view.zone}`} {...shared} />
      <Time name="until" label="Until" {...shared} />
      <button type="submit">Filter</button>
      {Object.keys(texts).length > 0 && <a class="button" href="/ui/runs">Clear</a>}
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  texts: Record<string, string>;
  problems: Record<string, string[]>;
}

type Option = readonly [value: string, words: string];

function Choice(
  { name, label, any = "Any", options, texts, problems }: FieldProps & {
    any?: string;
    options: readonly Option[];
  },
) {
  const chosen = texts[name];
  const isListed = !chosen || options.some(([value]) => value === chosen);
  return (
    <label>
      {label}
      <select name={name} aria-invalid={problems[name] && "true"}>
        <option value="">{any}</option>
        {/* What narrows the list must be seen to, such as a job that is gone from the code. */}
        {!isListed && <option value={chosen} selected>{chosen}</option>}
        {options.map(([value, words]) => (
          <option value={value} selected={value === chosen}>{words}</option>
        ))}
      </select>
      <Problems of={problems[name]} />
    </label>
  );
}

function Time({ name, label, texts, problems }: FieldProps) {
  return (
    <label>
      {label}
      <input
        type="datetime-local"
        name={name}
        value={texts[name]}
        aria-invalid={problems[name] && "true"}
      />
      <Problems of={problems[name]} />
    </label>
  );
}

const STATUSES = RUN_STATUSES.map((status) => [status, wordOf(status)] as const);
const TRIGGERS = RUN_TRIGGERS.map((trigger) => [trigger, sayReason(trigger)] as const);
const LOST = [["true", "yes"], ["false", "no"]] as const;

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
].map((reason) => [reason, sayReason(reason)] as const);
