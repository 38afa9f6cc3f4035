import { Problems } from "../parts/problems.tsx";
import type { EditPageProps } from "./edit_page.tsx";
import { JobField } from "./job_field.tsx";
import { POLICY_NAMES, PolicyFields, propsOf } from "./policy_fields.tsx";

/** Every field of a schedule; which of when it runs are in sight follows from its kind. */
export function EditForm(props: Omit<EditPageProps, "words">) {
  const { view, row, jobId, names, values, errors, problem } = props;
  const field = (name: string) => propsOf(name, { values, errors });
  const action = row ? `/ui/schedules/${encodeURIComponent(row.id)}` : "/ui/schedules";
  return (
    <form method="post" action={action} class="card edit">
      <input type="hidden" name="form_token" value={view.formToken} />
      {problem && <p class="problem" role="alert">{problem}{sayOthers(errors)}</p>}
      {jobId === null
        ? <JobField names={names} values={values} errors={errors} />
        : <input type="hidden" name="job" value={jobId} />}
      {!row && (
        <label>
          Id
          <span class="hint">Empty: a random one</span>
          <input type="text" {...field("id")} maxlength={100} />
          <Problems of={errors.id} />
        </label>
      )}
      <div class="fields">
        <label>
          Kind
          <span class="hint">By the clock, by time passed, or once</span>
          <select name="kind">
            <option value="cron" selected={values.kind === "cron"}>
              Cron, by the clock of a zone
            </option>
            <option value="interval" selected={values.kind === "interval"}>
              Every so many minutes
            </option>
            <option value="once" selected={values.kind === "once"}>Once</option>
          </select>
        </label>
        <label data-kind="cron">
          Cron
          <span class="hint">Such as 30 2 * * MON-FRI</span>
          <input type="text" {...field("cron")} class="mono" spellcheck={false} />
          <Problems of={errors.cron} />
        </label>
        <label data-kind="interval">
          Minutes between two slots
          <span class="hint">A whole number</span>
          <input type="text" inputmode="numeric" {...field("interval_minutes")} />
          <Problems of={errors.interval_minutes} />
        </label>
        <label data-kind="once">
          When
          <span class="hint">On the clock of the zone</span>
          <input type="datetime-local" {...field("run_at")} />
          <Problems of={errors.run_at} />
        </label>
        <label>
          Time zone
          <span class="hint">Such as Europe/Budapest</span>
          <input type="text" {...field("time_zone")} />
          <Problems of={errors.time_zone} />
        </label>
        <label>
          Bot
          <span class="hint">* stands for every bot</span>
          <input type="text" {...field("bot_id")} maxlength={200} />
          <Problems of={errors.bot_id} />
        </label>
      </div>
      <label>
        Parameters
        <span class="hint">JSON, checked by the job's own schema</span>
        <textarea name="params" rows={3} spellcheck={false} data-json>{values.params}</textarea>
        <Problems of={[...errors.params ?? [], ...paramsProblems(errors)]} />
      </label>
      <PolicyFields values={values} errors={errors} />
      <label class="check">
        <input type="checkbox" name="enabled" value="true" checked={values.enabled === "true"} />
        <span>
          Enabled
          <Problems of={errors.enabled} />
        </span>
      </label>
      <button type="submit" class="primary">{row ? "Save" : "Make it"}</button>
    </form>
  );
}

/** Fields whose problems stand beside them. */
const SHOWN = new Set([
  "job",
  "id",
  "cron",
  "interval_minutes",
  "run_at",
  "time_zone",
  "bot_id",
  "params",
  "enabled",
  ...POLICY_NAMES,
]);

function sayOthers(errors: Record<string, string[]>): string {
  return Object.entries(errors)
    .filter(([name]) => !SHOWN.has(name) && !name.startsWith("params."))
    .map(([name, problems]) => ` ${name}: ${problems.join("; ")}.`)
    .join("");
}

function paramsProblems(errors: Record<string, string[]>): string[] {
  return Object.entries(errors)
    .filter(([name]) => name.startsWith("params."))
    .map(([name, problems]) => `${name.slice("params.".length)}: ${problems.join("; ")}`);
}
