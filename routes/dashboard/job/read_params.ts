import type { Form } from "../forms.ts";
import { readLocalTime } from "../local_time.ts";
import type { ParamField } from "./params_fields.ts";

/**
 * The parameters that a form holds, and what is wrong with those that cannot be read, by the names of the API.
 *
 * A field that is empty is left out, so that the job's default counts; times are on the clock of `zone`.
 */
export function readParams(
  fields: readonly ParamField[],
  form: Form,
  zone: string,
): { params: Record<string, unknown>; problems: Record<string, string[]> } {
  const params: Record<string, unknown> = {};
  const problems: Record<string, string[]> = {};
  for (const { name, kind } of fields) {
    const text = form.text(`p.${name}`).trim();
    if (kind === "flag") params[name] = text === "true";
    else if (text) {
      try {
        params[name] = fromText(text, kind, zone);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        problems[`params.${name}`] = [error.message];
      }
    }
  }
  return { params, problems };
}

/** Throws `SyntaxError` for what cannot be read. */
function fromText(text: string, kind: ParamField["kind"], zone: string): unknown {
  switch (kind) {
    case "number":
    case "integer": {
      const number = Number(text);
      return Number.isNaN(number) ? text : number;
    }
    case "instant": {
      const instant = readLocalTime(text, zone);
      if (!instant) throw new SyntaxError("must be a time");
      return instant.toISOString().replace(".000Z", "Z");
    }
    case "json":
      return parseJson(text);
    default:
      return text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`is not JSON: ${(error as SyntaxError).message}`);
  }
}
