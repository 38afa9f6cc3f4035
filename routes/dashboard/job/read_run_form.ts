import { type EdgeCronError, InvalidInputError } from "../../../lib/errors.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { parseParams } from "../../../lib/params.ts";
import { toParamsSchema } from "../../job_detail_json.ts";
import type { Form } from "../forms.ts";
import { readLocalTime } from "../local_time.ts";
import { problemsOf } from "../parts/problems.tsx";
import type { View } from "../view.ts";
import { toFields } from "./params_fields.ts";
import { readParams } from "./read_params.ts";
import type { Refused } from "./run_form.tsx";

/** What a form to run a job asks for. Throws `InvalidInputError` with everything that is wrong, by field. */
export function readRunForm(job: AnyJob, form: Form, { zone }: View) {
  const text = form.text("as_of");
  const asOf = text ? readLocalTime(text, zone) : undefined;
  const { params, problems } = readParams(toFields(toParamsSchema(job)), form, zone);
  if (text && !asOf) problems.as_of = ["must be a time"];
  // What cannot even be read is missing to the schema, which is not what is wrong with it.
  const errors = { ...faultsOf(job, params), ...problems };
  if (Object.keys(errors).length > 0) {
    throw new InvalidInputError("What was filled in does not fit", errors);
  }
  return { params, dryRun: form.text("dry_run") === "true", asOf };
}

/** What the form is shown with again; what is wrong with no field of it stands in its message. */
export function refusedBy(error: EdgeCronError, job: AnyJob, form: Form): Refused {
  const values = form.all();
  const errors = error instanceof InvalidInputError ? error.fields : {};
  if (Object.keys(errors).length === 0) return { values, errors, message: error.message };
  const names = ["as_of", ...toFields(toParamsSchema(job)).map(({ name }) => `params.${name}`)];
  const rest = Object.entries(errors)
    .filter(([path, problems]) =>
      names.every((name) => problemsOf({ [path]: problems }, name).length === 0)
    )
    .map(([path, problems]) => ` ${path}: ${problems.join("; ")}.`);
  return { values, errors, message: `Something does not fit; nothing was run.${rest.join("")}` };
}

/** What a job's schema finds wrong. */
function faultsOf(job: AnyJob, params: Record<string, unknown>): Record<string, string[]> {
  try {
    parseParams(job, params);
    return {};
  } catch (error) {
    if (error instanceof InvalidInputError) return error.fields;
    throw error;
  }
}
