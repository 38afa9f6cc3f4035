import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { Form } from "../../../routes/dashboard/forms.ts";
import { toFields, writeFallback } from "../../../routes/dashboard/job/params_fields.ts";
import { readParams } from "../../../routes/dashboard/job/read_params.ts";

const SCHEMA = z.toJSONSchema(
  z.strictObject({
    days: z.int().min(1).max(90).default(3).describe("How far back."),
    user_id: z.string().nullable().default(null),
    mode: z.enum(["fast", "slow"]),
    force: z.boolean().default(false),
    words: z.array(z.string()).default([]),
    limits: z.record(z.string(), z.int()).optional(),
    rate: z.number().gt(0).lt(1).optional(),
    batch: z.int().gt(0).lte(99).multipleOf(5).optional(),
    day: z.iso.date().optional(),
    since: z.iso.datetime().default("2026-03-29T00:30:00Z"),
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
      ["batch", "integer", false, ""],
      ["day", "day", false, ""],
      ["since", "instant", false, "2026-03-29T00:30:00Z"],
    ],
  );
  assertEquals(
    fields.filter(({ kind }) => kind === "integer" || kind === "number")
      .map(({ name, min, max, step, hint }) => [name, min, max, step, hint]),
    [
      ["days", 1, 90, undefined, "How far back; at least 1, at most 90"],
      ["rate", 0, 1, undefined, "more than 0, less than 1"],
      ["batch", 5, 99, 5, "more than 0, at most 99, a multiple of 5"],
    ],
  );
  assertEquals(fields[4].hint, "as JSON");
  assertEquals(fields[2].choices, ["fast", "slow"]);
});

Deno.test("what is empty is left to the job's default, and a flag that is not set is false", () => {
  const fields = toFields(SCHEMA as Parameters<typeof toFields>[0]);
  const read = (form: Record<string, string>) => readParams(fields, formOf(form), "UTC");
  assertEquals(read({ "p.mode": "fast" }), {
    params: { mode: "fast", force: false },
    problems: {},
  });
  const all = {
    "p.days": "7",
    "p.user_id": "u1",
    "p.mode": "slow",
    "p.force": "true",
    "p.words": '["a"]',
    "p.rate": "0.5",
  };
  assertEquals(read(all).params, {
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
  const { params, problems } = readParams(
    fields,
    formOf({ "p.days": "many", "p.words": "[", "p.limits": "{" }),
    "UTC",
  );
  assertEquals(params, { days: "many", force: false });
  assertEquals(Object.keys(problems), ["params.words", "params.limits"]);
});

Deno.test("an instant stands and is read on the viewer's clock, a day on none", () => {
  const fields = toFields(SCHEMA as Parameters<typeof toFields>[0]);
  const since = fields.find(({ name }) => name === "since")!;
  assertEquals(writeFallback(since, "Europe/Budapest"), "2026-03-29T01:30");
  const read = (text: string) =>
    readParams(fields, formOf({ "p.since": text, "p.day": "2026-03-29" }), "Europe/Budapest");
  assertEquals(read("2026-03-29T03:30").params.since, "2026-03-29T01:30:00Z");
  assertEquals(read("2026-03-29T03:30:15").params.since, "2026-03-29T01:30:15Z");
  assertEquals(read("").params, { force: false, day: "2026-03-29" });
  assertEquals(read("soon").problems, { "params.since": ["must be a time"] });
});
