import { z } from "zod";
import { CATEGORIES, type TidyProfile } from "./attribute.ts";

/** A reply that cannot be used; the message tells the model, and people, why. */
export class BadReplyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BadReplyError";
  }
}

/** What a model may write: seed 004's reply, "snake_case keys", "concise statements". */
export function replySchema() {
  const values = z.record(
    z.string().regex(/^[a-z][a-z0-9_]{0,59}$/),
    z.string().trim().min(1).max(300),
  );
  return z.strictObject(
    Object.fromEntries(CATEGORIES.map((category) => [category, values.optional()])),
  ) as unknown as z.ZodType<TidyProfile>;
}

/**
 * The profile in a reply: the whole of it as JSON, else of its first fenced block, else its first object.
 *
 * Categories without any value are left out. Throws `BadReplyError`; what it says names places in the
 * reply and never quotes it, as it may be told to the model again.
 */
export function readReply(text: string): TidyProfile {
  const json = findJson(text);
  if (json === undefined) throw new BadReplyError("the reply is not valid JSON");
  const parsed = replySchema().safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 5).map(describe);
    throw new BadReplyError([...new Set(problems)].join("; "));
  }
  const filled = Object.entries(parsed.data).filter(([, values]) =>
    values && Object.keys(values).length > 0
  );
  if (filled.length === 0) throw new BadReplyError("the reply is empty");
  return Object.fromEntries(filled);
}

function describe({ code, path, message }: z.core.$ZodIssue): string {
  if (code === "unrecognized_keys") return "a category is not among the allowed ones";
  const place = CATEGORIES.find((category) => category === path[0]) ?? "the reply";
  if (code === "invalid_key") return `${place}: a key must be snake_case, at most 60 characters`;
  return `${place}: ${message}`;
}

function findJson(text: string): unknown {
  const [, fenced] = text.match(/```(?:json)?\s*(\{.*?\})\s*```/s) ?? [];
  for (const candidate of [text, fenced, firstObject(text)]) {
    try {
      if (candidate !== undefined) return JSON.parse(candidate);
    } catch {
      // The next form may do.
    }
  }
  return undefined;
}

/** From the first brace to the one that closes it, braces in texts not counted; undefined when none does. */
function firstObject(text: string): string | undefined {
  const from = text.indexOf("{");
  let depth = 0;
  for (
    const { 0: token, index } of text.slice(Math.max(from, 0)).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)
  ) {
    if (token === "{") depth++;
    if (token === "}" && --depth === 0) return text.slice(from, from + index + 1);
  }
  return undefined;
}
