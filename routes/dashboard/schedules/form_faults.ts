import { ConflictError, InvalidInputError } from "../../../lib/errors.ts";
import { ScheduleError } from "../../../lib/schedule.ts";
import type { Form } from "../forms.ts";

/** Gathers what is wrong with a form, by its fields, so that all of it is told at once. */
export class FormFaults {
  readonly #errors: Record<string, string[]> = {};

  constructor(readonly form: Form) {}

  /** What a check gives; undefined when it refuses. Of a field, what was refused first is told. */
  read<Value>(check: () => Value): Value | undefined {
    try {
      return check();
    } catch (error) {
      const fields = fieldsOf(error, this.form);
      if (!fields) throw error;
      for (const [name, problems] of Object.entries(fields)) this.#errors[name] ??= problems;
      return undefined;
    }
  }

  add(name: string, problem: string): void {
    this.#errors[name] ??= [problem];
  }

  /** Throws `InvalidInputError` if there was anything. */
  refuse(): void {
    if (Object.keys(this.#errors).length === 0) return;
    throw new InvalidInputError("The form does not fit", this.#errors);
  }
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
