import { InvalidInputError } from "../../../lib/errors.ts";
import type { Form } from "../forms.ts";
import { readLocalTime } from "../local_time.ts";
import type { View } from "../view.ts";

/** What a form to pause says; without an end when it names none. Throws `InvalidInputError`. */
export function readPause(
  form: Form,
  { zone }: View,
): { until: Date | null; reason: string | null } {
  const text = form.text("until");
  const until = text ? readLocalTime(text, zone) : null;
  if (until === undefined) {
    throw new InvalidInputError("The end of the pause is not a time", {
      until: ["must be a time"],
    });
  }
  return { until, reason: form.text("reason").trim().slice(0, 200) || null };
}
