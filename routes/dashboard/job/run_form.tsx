// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { AnyJob } from "../../../lib/job.ts";
import { toParamsSchema } from "../../job_detail_json.ts";
import type { View } from "../view.ts";
import { type ParamField, toFields } from "./params_fields.ts";

/** What a form that was refused is shown with again. */
export interface Refused {
  /** What stood in the fields, by their names. */
  values: Record<string, string>;
  /** What is wrong, by the names of the API. */
  errors: Record<string, string[]>;
  message: string;
}

interface RunFormProps {
  job: AnyJob;
  view: View;
  missingSetting: string | null;
  origin: string;
  refused: Refused | null;
}

/** The form that asks for a run, made from the schema of the job's parameters. */
export function RunForm({ job, view, missingSetting, origin, refused }: RunFormProps) {
  const fields = toFields(toParamsSchema(job));
  return (
    <section class="card" id="run">
      <h2>Run it</h2>
      {missingSetting && (
        <p class="problem">
          It cannot run: <code>{missingSetting}</code> is not set.
        </p>
      )}
      {refused && <p class="problem" role="alert">{refused.message}</p>}
      {view.canOperate && (
        <form method="post" action={`/ui/jobs/${job.id}/run`}>
          <input type="hidden" name="form_token" value={view.formToken} />
          <input type="hidden" name="form" value="params" />
          {fields.map((field) => <Field field={field} refused={refused} />)}
          <label>
            As of
            <span class="hint">The instant that the work is about, in {view.zone}; empty: now</span>
            <input
              type="datetime-local"
              name="as_of"
              value={refused?.values.as_of}
              aria-invalid={isWrong(refused, "as_of")}
            />
            <Problems of={refused?.errors.as_of} />
          </label>
          {job.dryRun && (
            <label class="check">
              <input
                type="checkbox"
                name="dry_run"
                value="true"
                checked={Boolean(refused?.values.dry_run)}
              />
              Dry run: change nothing and say what would have changed
            </label>
          )}
          <button type="submit" class="primary" data-run disabled={missingSetting !== null}>
            Run now
          </button>
        </form>
      )}
      <Curl job={job} origin={origin} fields={fields} />
    </section>
  );
}

function Field({ field, refused }: { field: ParamField; refused: Refused | null }) {
  const { name, kind, required, hint, fallback } = field;
  const id = `p.${name}`;
  const problems = refused?.errors[`params.${name}`];
  const value = refused ? refused.values[id] ?? "" : fallback;
  const common = { name: id, required, "aria-invalid": problems ? "true" as const : undefined };
  if (kind === "flag") {
    return (
      <label class="check">
        <input
          type="checkbox"
          {...common}
          required={false}
          value="true"
          checked={value === "true"}
        />
        <span>
          {name} {hint && <span class="hint">{hint}</span>}
          <Problems of={problems} />
        </span>
      </label>
    );
  }
  return (
    <label>
      {name}
      {hint && <span class="hint">{hint}</span>}
      {kind === "choice"
        ? (
          <select {...common}>
            {!required && !fallback && <option value=""></option>}
            {field.choices.map((choice) => (
              <option value={choice} selected={choice === value}>{choice}</option>
            ))}
          </select>
        )
        : kind === "json"
        ? <textarea {...common} rows={3} spellcheck={false}>{value}</textarea>
        : (
          <input
            {...common}
            type={kind === "text" ? "text" : "number"}
            step={kind === "integer" ? "1" : kind === "number" ? "any" : undefined}
            value={value}
            autocomplete="off"
          />
        )}
      <Problems of={problems} />
    </label>
  );
}

/** What is wrong with a field. */
export function Problems({ of }: { of?: string[] }) {
  return of ? <span class="problem">{of.join("; ")}</span> : null;
}

function isWrong(refused: Refused | null, name: string): "true" | undefined {
  return refused?.errors[name] ? "true" : undefined;
}

/** The same act for a terminal. */
function Curl({ job, origin, fields }: { job: AnyJob; origin: string; fields: ParamField[] }) {
  const params = Object.fromEntries(
    fields.filter(({ fallback }) => fallback).map(({ name, kind, fallback }) => [
      name,
      kind === "text" || kind === "choice" ? fallback : JSON.parse(fallback),
    ]),
  );
  const body = JSON.stringify(Object.keys(params).length > 0 ? { params } : {});
  const command = [
    `curl -X POST '${origin}/jobs/${job.id}/run'`,
    `  -H 'Authorization: Bearer YOUR_KEY'`,
    `  -d '${body.replaceAll("'", "'\\''")}'`,
  ].join(" \\\n");
  return (
    <details class="curl">
      <summary>The same with curl</summary>
      <pre id="curl">{command}</pre>
      <button type="button" class="small needs-script" data-copy="curl">Copy</button>
    </details>
  );
}
