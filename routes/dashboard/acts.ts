import { EdgeCronError, InvalidInputError } from "../../lib/errors.ts";
import { backOf, type Form, readForm } from "./forms.ts";
import { type PageContext, say } from "./view.ts";

/** What an act came to: a sentence, and where to go when that is not where the form was. */
export interface Done {
  text: string;
  to?: string;
}

/**
 * Does what a form asks for and leads back with a sentence about it.
 *
 * What is refused (`EdgeCronError`) is such a sentence too; everything else is thrown on.
 */
export async function act(
  c: PageContext,
  work: (form: Form, by: string) => Promise<Done>,
): Promise<Response> {
  const form = await readForm(c);
  const back = backOf(form, "/");
  try {
    const { text, to } = await work(form, c.env.caller!.name);
    say(c, "ok", text);
    return c.redirect(to ?? back, 303);
  } catch (error) {
    if (!(error instanceof EdgeCronError)) throw error;
    say(c, "bad", sayRefusal(error));
    return c.redirect(back, 303);
  }
}

/** Why something is refused, as a sentence that names the fields that do not fit. */
export function sayRefusal(error: EdgeCronError): string {
  const fields = error instanceof InvalidInputError ? Object.entries(error.fields) : [];
  const words = fields.map(([name, problems]) => `${name} ${problems.join("; ")}`).join(", ");
  return `${error.message.replace(/\.$/, "")}${words && `: ${words}`}.`;
}
