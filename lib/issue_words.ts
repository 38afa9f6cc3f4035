import type { z } from "zod";

/**
 * What is wrong with a value, for a person: "must be at least 1". It goes after the name of the field.
 *
 * The `error` of a `safeParse`: what a schema says in its own words stands. Undefined: the library's words.
 */
export function sayIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `must be ${TYPES[issue.expected] ?? `of the type ${issue.expected}`}`;
    case "invalid_value":
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return FORMATS[issue.format] ?? "does not have the right form";
    case "too_small":
      return sayBound(issue.origin, Number(issue.minimum), issue.inclusive, [
        "at least",
        "more than",
      ]);
    case "too_big":
      return sayBound(issue.origin, Number(issue.maximum), issue.inclusive, [
        "at most",
        "less than",
      ]);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_union":
      return "is not one of the values that it may have";
  }
}

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

const FORMATS: Record<string, string> = {
  datetime: "must be an instant, such as 2026-03-29T02:00:00Z",
  date: "must be a day, such as 2026-03-29",
  uuid: "must be a UUID",
  email: "must be an e-mail address",
  url: "must be an address, such as https://example.org",
};

/** What is counted in a value that is no number. */
const PARTS: Record<string, readonly [one: string, many: string]> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
  set: ["entry", "entries"],
};

function sayBound(
  origin: string,
  bound: number,
  inclusive: boolean | undefined,
  [reached, beyond]: [reached: string, beyond: string],
): string | undefined {
  // Bounds of instants are milliseconds since 1970, which say nothing to a person.
  if (origin === "date") return undefined;
  const words = `${inclusive === false ? beyond : reached} ${bound}`;
  const parts = PARTS[origin];
  if (!parts) return `must be ${words}`;
  if (bound === 1 && reached === "at least") return "must not be empty";
  return `must have ${words} ${parts[bound === 1 ? 0 : 1]}`;
}
