import { z } from "zod";

/** Several values of a query, parted by commas; absent, it does not narrow the choice. */
export function listOf<Item extends z.ZodType<string, string>>(item: Item) {
  return z.string().transform((text) => text.split(",").filter(Boolean))
    .pipe(z.array(item).min(1)).optional();
}
