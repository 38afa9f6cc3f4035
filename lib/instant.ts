import { z } from "zod";

/** An instant in a query or a body: ISO 8601 with an offset, of the years that Postgres and JSON both spell. */
export function instantField() {
  return z.string().transform(complete).pipe(
    z.iso.datetime({
      offset: true,
      error: "must be an instant with an offset, such as 2026-03-29T02:00:00Z",
    }),
  ).transform((text) => new Date(text)).refine(
    (instant) => isUsable(instant),
    "must lie between the years 1970 and 9999",
  );
}

/** In a query "+" means a space, and hardly anybody escapes the one of an offset; seconds may be left out. */
function complete(text: string): string {
  return text.replace(/ (?=\d\d:\d\d$)/, "+").replace(/T(\d\d:\d\d)(?=Z|[+-])/, "T$1:00");
}

/** Whether an instant can be bound to a statement and written as ISO 8601 with four digits of year. */
export function isUsable(instant: Date): boolean {
  const ms = instant.getTime();
  return ms >= 0 && ms <= Date.UTC(9999, 11, 31);
}

/** An instant in an answer. */
export const instantJson = () => z.iso.datetime({ offset: true });
