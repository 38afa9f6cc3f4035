import type { Json } from "./db/sql.ts";

/**
 * A value as a jsonb column takes it: what JSON makes of it, its texts without NUL and half characters.
 *
 * Throws TypeError for what JSON cannot say, such as a bigint or a circle, and for what is nested so deep
 * that a database's stack would not do for it.
 */
export function toStorableJson(value: unknown): Json {
  const json = JSON.stringify(value);
  if (json === undefined) return null;
  const storable = JSON.parse(json.replace(ESCAPE, mendEscape));
  if (isDeeper(storable, MAX_DEPTH)) throw new TypeError(`nested deeper than ${MAX_DEPTH} levels`);
  return storable;
}

const MAX_DEPTH = 500;

function isDeeper(value: Json, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((part) => isDeeper(part as Json, depth - 1));
}

/** A text as a column takes it. */
export function toStorableText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** Each escape in a JSON text; an escaped backslash is one of its own, so that what follows it is not. */
const ESCAPE = /\\(u0000|ud[89a-f][0-9a-f]{2}|[^])/g;

function mendEscape(escape: string, escaped: string): string {
  if (escaped === "u0000") return "";
  // JSON escapes a surrogate only where its other half is missing.
  return escaped.startsWith("ud") ? "\ufffd" : escape;
}
