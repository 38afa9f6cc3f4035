import type { Engine } from "../../../lib/engine_api.ts";
import { InvalidInputError } from "../../../lib/errors.ts";
import { findTimeZone } from "../../../lib/schedule/time_zone.ts";
import { ScheduleError } from "../../../lib/schedule.ts";
import { parseParams } from "../../../lib/params.ts";
import { columnsOf, scheduleOf } from "../../../lib/schedule_row.ts";
import { checkBody } from "../../input.ts";
import { editBody } from "../../schedule_input.ts";
import type { Form } from "../forms.ts";
import { readLocalTime } from "../local_time.ts";
import type { FormFaults } from "./form_faults.ts";

/**
 * What a form says of a schedule, as the body that says the same over HTTP and is checked as that.
 *
 * What only a form can hold, such as a time on a zone's clock, is left out and told where it cannot be read.
 */
export function readScheduleForm(form: Form, faults: FormFaults) {
  return {
    schedule: faults.read(() => readSchedule(form)),
    bot_id: form.text("bot_id").trim() || "*",
    enabled: form.text("enabled") === "true",
    params: faults.read(() => readParamsJson(form.text("params"))),
    grace_seconds: readNumber(form, "grace_seconds") ?? null,
    limit: readNumber(form, "limit") ?? null,
    jitter_seconds: readNumber(form, "jitter_seconds") ?? 0,
    coalesce: form.text("coalesce") || undefined,
    overlap: form.text("overlap") || undefined,
  };
}

/** Checks what the engine would refuse only after all else fits: the schedule's own words and the job's parameters. */
export function checkScheduleForm(
  { config, jobs }: Engine,
  jobId: string | null,
  { schedule, params }: ReturnType<typeof readScheduleForm>,
  faults: FormFaults,
): void {
  const spec = schedule && faults.read(() => checkBody(editBody(), { schedule }).schedule);
  if (spec) faults.read(() => scheduleOf(columnsOf(spec, config.defaultTimeZone)));
  const job = jobs.get(jobId ?? "");
  if (job && params) faults.read(() => parseParams(job, params));
}

function readSchedule(form: Form) {
  if (form.text("kind") === "interval") {
    return { interval_minutes: readNumber(form, "interval_minutes") ?? refuse("interval_minutes") };
  }
  const zone = form.text("time_zone").trim() || refuse("time_zone");
  refuseUnknownZone(zone);
  if (form.text("kind") !== "once") {
    return { cron: form.text("cron").trim() || refuse("cron"), time_zone: zone };
  }
  const runAt = readLocalTime(form.text("run_at"), zone);
  if (!runAt) refuse("run_at", "must be a time");
  return { run_at: runAt.toISOString() };
}

function refuseUnknownZone(zone: string): void {
  try {
    findTimeZone(zone);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    refuse("time_zone", error.reason);
  }
}

/** A number; what is none stays as it was typed, to be refused as that. */
function readNumber(form: Form, name: string): number | string | undefined {
  const text = form.text(name).trim();
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text || undefined;
}

function readParamsJson(text: string): Record<string, unknown> {
  if (!text.trim()) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuse("params", `is not JSON: ${(error as SyntaxError).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse("params", 'must be an object, such as {"days": 3}');
  }
  return value as Record<string, unknown>;
}

function refuse(field: string, problem = "is missing"): never {
  throw new InvalidInputError(`${field} ${problem}`, { [field]: [problem] });
}
