import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { InvalidInputError } from "../../../lib/errors.ts";
import type { Form } from "../../../routes/dashboard/forms.ts";
import { readParams, toFields } from "../../../routes/dashboard/job/params_fields.ts";

const SCHEMA = z.toJSONSchema(
  z.strictObject({
    days: z.int().min(1).max(90).default(3).describe("How far back."),
    user_id: z.string().nullable().default(null),
    mode: z.enum(["fast", "slow"]),
    force: z.boolean().default(false),
    words: z.array(z.string()).default([]),
    limits: z.record(z.string(), z.int()).optional(),
    rate: z.number().optional(),
  }),
  { io: "input" },
);

function formOf(fields: Record<string, string>): Form {
  return {
    text: (name) => fields[name] ?? "",
    has: (name) => name in fields,
    all: () => fields,
  };
}

Deno.test("each parameter is a field of the sort that its schema asks for", () => {
  const fields = toFields(SCHEMA as Parameters<typeof toFields>[0]);
  assertEquals(
    fields.map(({ name, kind, required, fallback }) => [name, kind, required, fallback]),
    [
      ["days", "integer", false, "3"],
      ["user_id", "text", false, ""],
      ["mode", "choice", true, ""],
      ["force", "flag", false, "false"],
      ["words", "json", false, "[]"],
      ["limits", "json", false, ""],
      ["rate", "number", false, ""],
    ],
  );
  assertEquals(fields[0].hint, "How far back; at least 1, at most 90");
  assertEquals(fields[4].hint, "as JSON");
  assertEquals(fields[2].choices, ["fast", "slow"]);
});

Deno.test("what is empty is left to the job's default, and a flag that is not set is false", () => {
  const fields = toFields(SCHEMA as Parameters<typeof toFields>[0]);
  assertEquals(readParams(fields, formOf({ "p.mode": "fast" })), { mode: "fast", force: false });
  const all = {
    "p.days": "7",
    "p.user_id": "u1",
    "p.mode": "slow",
    "p.force": "true",
    "p.words": '["a"]',
    "p.rate": "0.5",
  };
  assertEquals(readParams(fields, formOf(all)), {
    days: 7,
    user_id: "u1",
    mode: "slow",
    force: true,
    words: ["a"],
    rate: 0.5,
  });
});

Deno.test("what is no number goes to the job's schema as it is, and what is no JSON is refused by field", () => {
  const fields = toFields(SCHEMA as Parameters<typeof toFields>[0]);
  assertEquals(readParams(fields, formOf({ "p.days": "many" })).days, "many");
  const error = assertThrows(
    () => readParams(fields, formOf({ "p.words": "[", "p.limits": "{" })),
    InvalidInputError,
  );
  assertEquals(Object.keys(error.fields), ["params.words", "params.limits"]);
});
