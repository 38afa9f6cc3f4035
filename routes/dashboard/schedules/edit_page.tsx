import type { AnyJob } from "../../../lib/job.ts";
import { renderPage } from "../parts/page.tsx";
import { Act, ActForm } from "../parts/act_form.tsx";
import { Ask } from "../parts/ask.tsx";
import { isPaused, type ScheduleRow } from "../../../lib/schedule_row.ts";
import { writeLocalTime } from "../local_time.ts";
import { NextSlots } from "../job/next_slots.tsx";
import { PauseForm } from "../job/pause_form.tsx";
import { Problems } from "../job/run_form.tsx";
import { ScheduleState } from "../job/schedule_rows.tsx";
import { sayReason } from "../parts/run_table.tsx";
import type { View } from "../view.ts";

export interface EditPageProps {
  view: View;
  job: AnyJob | undefined;
  jobId: string;
  /** Null: a new one. */
  row: ScheduleRow | null;
  words: string;
  /** What the fields hold, by their names. */
  values: Record<string, string>;
  errors: Record<string, string[]>;
}

/** The page of one schedule, with the form that changes it; also the form for a new one. */
export function editPage(props: EditPageProps): string {
  const { view, row, job, jobId, words } = props;
  const title = row ? `Schedule ${row.id}` : `A new schedule for ${job?.name ?? jobId}`;
  return renderPage({
    view,
    title,
    section: "schedules",
    children: (
      <>
        {view.canOperate && <ActForm view={{ ...view, path: "/ui/schedules" }} />}
        <div class="head">
          <div>
            <h1>{title}</h1>
            <p class="about quiet">
              {row && (
                <>
                  <ScheduleState row={row} view={view} /> {words} ·{" "}
                </>
              )}
              <a href={`/ui/jobs/${jobId}`}>{job?.name ?? jobId}</a>
            </p>
          </div>
          {row && view.canOperate && <Buttons row={row} view={view} />}
        </div>
        <div class="columns">
          {view.canOperate
            ? <EditForm {...props} />
            : <p class="card empty">Changing a schedule takes the role operator.</p>}
          <section class="card">
            <h2>Next slots</h2>
            {row
              ? <NextSlots row={row} view={view} />
              : <p class="quiet">They are shown once it is made.</p>}
          </section>
        </div>
      </>
    ),
  });
}

function Buttons({ row, view }: { row: ScheduleRow; view: View }) {
  const path = `/ui/schedules/${encodeURIComponent(row.id)}`;
  return (
    <div class="buttons">
      {isPaused(row, view.now)
        ? <Act to={`${path}/resume`} class="primary">Resume</Act>
        : row.enabled && (
          <PauseForm action={`${path}/pause`} view={view} what="Holds back this schedule alone." />
        )}
      {row.source === "api" && (
        <Ask words="Delete…" danger>
          <p>It never fires again. Its runs stay in the history.</p>
          <Act to={`${path}/delete`} class="danger">Delete this schedule</Act>
        </Ask>
      )}
    </div>
  );
}

function EditForm({ view, row, jobId, values, errors }: EditPageProps) {
  const field = (name: string) => ({
    name,
    value: values[name] ?? "",
    "aria-invalid": errors[name] ? "true" as const : undefined,
    autocomplete: "off",
  });
  const action = row ? `/ui/schedules/${encodeURIComponent(row.id)}` : "/ui/schedules";
  const others = Object.entries(errors).filter(([name]) => !SHOWN.has(name));
  return (
    <form method="post" action={action} class="card edit">
      <input type="hidden" name="form_token" value={view.formToken} />
      <input type="hidden" name="job" value={jobId} />
      {Object.keys(errors).length > 0 && (
        <p class="problem" role="alert">
          Something does not fit; nothing was changed.
          {others.map(([name, problems]) => ` ${name}: ${problems.join("; ")}.`)}
        </p>
      )}
      {!row && (
        <label>
          Id
          <span class="hint">Empty: a random one</span>
          <input type="text" {...field("id")} maxlength={100} />
        </label>
      )}
      <label>
        Kind
        <select name="kind">
          <option value="cron" selected={values.kind === "cron"}>
            Cron, by the clock of a zone
          </option>
          <option value="interval" selected={values.kind === "interval"}>
            Every so many minutes
          </option>
          <option value="once" selected={values.kind === "once"}>Once</option>
        </select>
        <Problems of={errors.schedule} />
      </label>
      <div class="fields">
        <label>
          Cron
          <span class="hint">Such as 30 2 * * MON-FRI</span>
          <input type="text" {...field("cron")} class="mono" spellcheck={false} />
          <Problems of={errors.cron} />
        </label>
        <label>
          Interval in minutes
          <span class="hint">For "every so many minutes"</span>
          <input type="text" inputmode="numeric" {...field("interval_minutes")} />
          <Problems of={errors.interval_minutes} />
        </label>
        <label>
          Instant, on the zone's clock
          <span class="hint">For "once"</span>
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
        </label>
      </div>
      <label>
        Parameters
        <span class="hint">JSON, checked by the job's own schema</span>
        <textarea name="params" rows={3} class="mono" spellcheck={false}>{values.params}</textarea>
        <Problems of={[...errors.params ?? [], ...paramsProblems(errors)]} />
      </label>
      <details class="more">
        <summary>Policies</summary>
        <div class="fields later">
          <label>
            Grace in seconds
            <span class="hint">Empty: until the next slot is due</span>
            <input type="text" inputmode="numeric" {...field("grace_seconds")} />
            <Problems of={errors.grace_seconds} />
          </label>
          <Choice
            name="coalesce"
            words="Of several late slots"
            value={values.coalesce}
            of={["latest", "all", "skip"]}
          />
          <Choice
            name="overlap"
            words="While a run is active"
            value={values.overlap}
            of={["skip", "queue"]}
          />
          <label>
            Runs at once
            <span class="hint">Empty: no limit</span>
            <input type="text" inputmode="numeric" {...field("limit")} />
            <Problems of={errors.limit} />
          </label>
          <label>
            Jitter in seconds
            <span class="hint">Always the same for the same schedule</span>
            <input type="text" inputmode="numeric" {...field("jitter_seconds")} />
            <Problems of={errors.jitter_seconds} />
          </label>
        </div>
      </details>
      <label class="check">
        <input type="checkbox" name="enabled" value="true" checked={values.enabled === "true"} />
        Enabled
      </label>
      <button type="submit" class="primary">{row ? "Save" : "Make it"}</button>
    </form>
  );
}

function Choice(
  { name, words, value, of }: { name: string; words: string; value?: string; of: string[] },
) {
  return (
    <label>
      {words}
      <span class="hint">{HINTS[name]}</span>
      <select name={name}>
        {of.map((choice) => (
          <option value={choice} selected={choice === value}>{sayReason(choice)}</option>
        ))}
      </select>
    </label>
  );
}

const HINTS: Record<string, string> = {
  coalesce: "Run the latest, all in order, or none",
  overlap: "Skip the slot, or let it wait",
};

/** Fields whose problems stand beside them. */
const SHOWN = new Set([
  "schedule",
  "cron",
  "interval_minutes",
  "run_at",
  "time_zone",
  "params",
  "grace_seconds",
  "limit",
  "jitter_seconds",
]);

function paramsProblems(errors: Record<string, string[]>): string[] {
  return Object.entries(errors).filter(([name]) => name.startsWith("params.")).map((
    [name, problems],
  ) => `${name.slice("params.".length)}: ${problems.join("; ")}`);
}

/** What the form of a row is filled with. */
export function valuesOf(row: ScheduleRow): Record<string, string> {
  return {
    kind: row.cron !== null ? "cron" : row.interval_minutes !== null ? "interval" : "once",
    cron: row.cron ?? "",
    interval_minutes: String(row.interval_minutes ?? ""),
    run_at: row.run_at ? writeLocalTime(row.run_at, row.time_zone) : "",
    time_zone: row.time_zone,
    bot_id: row.bot_id,
    params: JSON.stringify(row.config_json),
    grace_seconds: String(row.grace_seconds ?? ""),
    limit: String(row.max_running ?? ""),
    jitter_seconds: String(row.jitter_seconds),
    coalesce: row.coalesce,
    overlap: row.overlap,
    enabled: String(row.enabled),
  };
}
