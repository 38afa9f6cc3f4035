// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { AnyJob } from "../../../lib/job.ts";
import { toParamsSchema } from "../../job_detail_json.ts";
import { isWrong, Problems } from "../parts/problems.tsx";
import { WithRuns } from "../parts/with_runs.tsx";
import type { View } from "../view.ts";
import { Curl } from "./curl.tsx";
import { ParamInput } from "./param_input.tsx";
import { toFields } from "./params_fields.ts";

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
          It cannot run before this is set in the environment: <code>{missingSetting}</code>
        </p>
      )}
      {refused && (
        <p class="problem" role="alert">
          <WithRuns text={refused.message} />
        </p>
      )}
      {view.canOperate && (
        <form method="post" action={`/ui/jobs/${job.id}/run`}>
          <input type="hidden" name="form_token" value={view.formToken} />
          <input type="hidden" name="form" value="params" />
          {fields.map((field) => <ParamInput field={field} refused={refused} zone={view.zone} />)}
          <label>
            As of
            <span class="hint">The instant that the work is about, in {view.zone}; empty: now</span>
            <input
              type="datetime-local"
              name="as_of"
              value={refused?.values.as_of}
              aria-invalid={isWrong(refused?.errors.as_of)}
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
