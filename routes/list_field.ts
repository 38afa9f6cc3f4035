import { z } from "zod";
import { sayIssue } from "../lib/issue_words.ts";

/** Several values of a query, parted by commas; absent, it does not narrow the choice. */
export function listOf<Item extends z.ZodType<string, string>>(item: Item) {
  const list = z.array(item).min(1);
  return z.string().transform((text, context) => {
    const { data, error } = list.safeParse(text.split(",").filter(Boolean), { error: sayIssue });
    if (data) return data;
    // A query has no `status.0`: what is wrong with any item is told, once, of the whole field.
    for (const message of new Set(error.issues.map((issue) => issue.message))) {
      context.addIssue({ code: "custom", message });
    }
    return z.NEVER;
  }).optional();
}
