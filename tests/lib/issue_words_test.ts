import { assertEquals } from "@std/assert";
import { z } from "zod";
import { sayIssue } from "../../lib/issue_words.ts";

for (
  const [schema, input, words] of [
    [z.string(), undefined, "is missing"],
    [z.int(), "many", "must be a number"],
    [z.int(), 1.5, "must be a whole number"],
    [z.int().nullable(), "many", "must be a number"],
    [z.number(), "many", "must be a number"],
    [z.number(), NaN, "must be a number"],
    [z.string(), 1, "must be a text"],
    [z.boolean(), "yes", "must be true or false"],
    [z.array(z.int()), 1, "must be a list"],
    [z.object({}), 1, "must be an object"],
    [z.record(z.string(), z.int()), 1, "must be an object"],
    [z.int().min(1), 0, "must be at least 1"],
    [z.number().positive(), 0, "must be more than 0"],
    [z.int().max(9), 10, "must be at most 9"],
    [z.number().lt(1), 1, "must be less than 1"],
    [z.string().min(1), "", "must not be empty"],
    [z.string().min(3), "ab", "must have at least 3 characters"],
    [z.string().max(1), "ab", "must have at most 1 character"],
    [z.string().length(2), "abc", "must have at most 2 characters"],
    [z.array(z.int()).min(1), [], "must not be empty"],
    [z.array(z.int()).max(2), [1, 2, 3], "must have at most 2 entries"],
    [z.enum(["a", "b"]), "c", "must be one of a, b"],
    [z.literal("a"), "c", "must be a"],
    [z.int().multipleOf(5), 7, "must be a multiple of 5"],
    [z.iso.datetime(), "today", "must be an instant, such as 2026-03-29T02:00:00Z"],
    [z.iso.date(), "today", "must be a day, such as 2026-03-29"],
    [z.uuid(), "x", "must be a UUID"],
    [z.email(), "x", "must be an e-mail address"],
    [z.url(), "x", "must be an address, such as https://example.org"],
    [z.string().regex(/^a/), "b", "does not have the right form"],
    [z.union([z.int(), z.literal("all")]), "none", "is not one of the values that it may have"],
    [z.string().regex(/^a/, "must begin with a"), "b", "must begin with a"],
    [z.int("must be small"), "b", "must be small"],
    [z.int().refine((n) => n > 1, "must be over 1"), 1, "must be over 1"],
  ] as [z.ZodType, unknown, string][]
) {
  Deno.test(`${JSON.stringify(input) ?? "nothing"} for ${words}`, () => {
    const { error } = schema.safeParse(input, { error: sayIssue });
    assertEquals(error?.issues.map(({ message }) => message), [words]);
  });
}
