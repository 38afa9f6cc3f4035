import type { Coalesce, Overlap } from "../../../lib/job.ts";
import { InvalidInputError } from "../../../lib/errors.ts";
import { ScheduleError, type ScheduleSpec } from "../../../lib/schedule.ts";
import type { ScheduleInput } from "../../../lib/schedules.ts";
import type { Form } from "../forms.ts";
import { readLocalTime } from "../local_time.ts";

export const KINDS = ["cron", "interval", "once"] as const;

/** What a form says of a schedule. Throws `InvalidInputError` by field. */
export function readScheduleForm(form: Form): ScheduleInput & { spec: ScheduleSpec } {
  return {
    spec: readSpec(form),
    botId: form.text("bot_id").trim() || "*",
    enabled: form.text("enabled") === "true",
    params: readParamsJson(form.text("params")),
    graceSeconds: readWhole(form, "grace_seconds") ?? null,
    limit: readWhole(form, "limit") ?? null,
    jitterSeconds: readWhole(form, "jitter_seconds") ?? 0,
    coalesce: (form.text("coalesce") || "latest") as Coalesce,
    overlap: (form.text("overlap") || "skip") as Overlap,
  };
}

/** The refusal of a schedule's text as one of its field. */
export function fieldsOf(error: Error): Record<string, string[]> | undefined {
  if (error instanceof InvalidInputError) return error.fields;
  return error instanceof ScheduleError ? { schedule: [error.message] } : undefined;
}

function readSpec(form: Form): ScheduleSpec {
  const timeZone = form.text("time_zone").trim() || "UTC";
  switch (form.text("kind")) {
    case "interval":
      return { intervalMinutes: readWhole(form, "interval_minutes") ?? Number.NaN };
    case "once": {
      const runAt = readLocalTime(form.text("run_at"), timeZone);
      if (!runAt) fail("run_at", "must be a time");
      return { runAt };
    }
    default:
      return { cron: form.text("cron").trim(), timeZone };
  }
}

function readWhole(form: Form, name: string): number | undefined {
  const text = form.text(name).trim();
  if (!text) return undefined;
  if (!/^\d{1,9}$/.test(text)) fail(name, "must be a whole number");
  return Number(text);
}

function readParamsJson(text: string): Record<string, unknown> {
  if (!text.trim()) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    fail("params", `is not JSON: ${(error as SyntaxError).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fail("params", 'must be an object, such as {"days": 3}');
  }
  return value as Record<string, unknown>;
}

function fail(field: string, problem: string): never {
  throw new InvalidInputError(`${field} ${problem}`, { [field]: [problem] });
}
