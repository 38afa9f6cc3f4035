import { z } from "zod";
import { InvalidInputError } from "../lib/errors.ts";
import { toStorableText } from "../lib/storable.ts";

/** The `limit` of a list. */
export function limitField(byDefault: number, most: number) {
  const words = `must be a whole number from 1 to ${most}`;
  return z.coerce.number(words).int(words).min(1, words).max(most, words)
    .default(byDefault)
    .describe(`How many at most; ${byDefault} when absent`);
}

/** The `cursor` of a list; `read` turns its parts back into a position or undefined. */
export function cursorField<Position>(read: (parts: unknown[]) => Position | undefined) {
  return z.string().transform((text, context): Position => {
    const position = read(decode(text));
    if (position !== undefined) return position;
    context.addIssue({ code: "custom", message: NO_CURSOR });
    return z.NEVER;
  }).optional().describe("The next_cursor of the page before");
}

/** The position of a cursor that a page's address has by a name. Throws `InvalidInputError`. */
export function readCursor<Position>(
  name: string,
  cursor: string,
  read: (parts: unknown[]) => Position | undefined,
): Position {
  const position = read(decode(cursor));
  if (position !== undefined) return position;
  throw new InvalidInputError(
    `The address does not fit: its ${name} leads to no page of this list.`,
    {
      [name]: [NO_CURSOR],
    },
  );
}

const NO_CURSOR = "is not a next_cursor of this list";

/** The page that fits the limit, and where the next one begins when there is more than that. */
export function cutPage<Row>(
  found: Row[],
  limit: number,
  position: (row: Row) => (string | number)[],
): { rows: Row[]; next_cursor: string | null } {
  const rows = found.slice(0, limit);
  return {
    rows,
    next_cursor: found.length > limit ? encode(position(rows[limit - 1])) : null,
  };
}

/** The `next_cursor` of an answer. */
export const nextCursorField = () =>
  z.string().nullable().describe("Give it as cursor to get the next page; null at the end");

function encode(parts: (string | number)[]): string {
  return new TextEncoder().encode(JSON.stringify(parts)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

function decode(cursor: string): unknown[] {
  try {
    const bytes = Uint8Array.fromBase64(cursor, { alphabet: "base64url" });
    const parts = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(parts) && parts.every(isStorable) ? parts : [];
  } catch {
    return [];
  }
}

/** Whether a text is one that an id can be: Postgres fails on others. */
function isStorable(part: unknown): boolean {
  return typeof part !== "string" || toStorableText(part) === part;
}
