import { ConflictError, InvalidInputError } from "../../../lib/errors.ts";
import { findTimeZone } from "../../../lib/schedule/time_zone.ts";
import { ScheduleError } from "../../../lib/schedule.ts";
import type { Form } from "../forms.ts";
import { readLocalTime } from "../local_time.ts";

/**
 * What a form says of a schedule, as the body that says the same over HTTP and is checked as that.
 *
 * Throws `InvalidInputError` by field for what only a form can hold, such as a time on a zone's clock.
 */
export function readScheduleForm(form: Form) {
  return {
    schedule: readSchedule(form),
    bot_id: form.text("bot_id").trim() || "*",
    enabled: form.text("enabled") === "true",
    params: readParamsJson(form.text("params")),
    grace_seconds: readNumber(form, "grace_seconds") ?? null,
    limit: readNumber(form, "limit") ?? null,
    jitter_seconds: readNumber(form, "jitter_seconds") ?? 0,
    coalesce: form.text("coalesce") || undefined,
    overlap: form.text("overlap") || undefined,
  };
}

/** The field that says when a schedule of a kind runs; cron where a form names none. */
const FIELD_BY_KIND: Record<string, string> = { interval: "interval_minutes", once: "run_at" };

/** A refusal by the fields of the form; undefined for what is no matter of a field. */
export function fieldsOf(error: unknown, form: Form): Record<string, string[]> | undefined {
  const when = FIELD_BY_KIND[form.text("kind")] ?? "cron";
  if (error instanceof ScheduleError) return { [when]: [error.reason] };
  // The only thing that a new schedule can be in conflict with.
  if (error instanceof ConflictError && error.details.id === form.text("id").trim()) {
    return { id: ["is taken, perhaps by a deleted schedule"] };
  }
  if (!(error instanceof InvalidInputError)) return undefined;
  return Object.fromEntries(
    Object.entries(error.fields).map(([name, problems]) => [
      name === "schedule" ? when : name.replace(/^schedule\./, ""),
      problems,
    ]),
  );
}

function readSchedule(form: Form) {
  if (form.text("kind") === "interval") {
    return { interval_minutes: readNumber(form, "interval_minutes") ?? refuse("interval_minutes") };
  }
  const zone = form.text("time_zone").trim() || "UTC";
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
