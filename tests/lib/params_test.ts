import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { z } from "zod";
import { InvalidInputError } from "../../lib/errors.ts";
import { parseParams } from "../../lib/params.ts";
import { fakeJob } from "../support/engine.ts";

const job = fakeJob({
  params: z.strictObject({
    days: z.int().min(1).default(3),
    users: z.array(z.strictObject({ id: z.string() })).optional(),
  }),
});

const fieldsOf = (input: unknown) =>
  assertThrows(() => parseParams(job, input), InvalidInputError).fields;

Deno.test("parseParams() fills in the defaults", () => {
  assertEquals(parseParams(job, {}), { days: 3 });
  assertEquals(parseParams(job, null), { days: 3 });
  assertEquals(parseParams(job, undefined), { days: 3 });
});

Deno.test("parseParams() names each wrong field by its path", () => {
  assertEquals(Object.keys(fieldsOf({ days: 0, users: [{ id: "a" }, { id: 7 }] })), [
    "params.days",
    "params.users.1.id",
  ]);
});

Deno.test("parseParams() names each unknown field where it stands", () => {
  assertEquals(fieldsOf({ day: 1, users: [{ id: "a", name: "b" }] }), {
    "params.users.0.name": ["is not a parameter of this job"],
    "params.day": ["is not a parameter of this job"],
  });
});

Deno.test("parseParams() says which job they do not fit", () => {
  const error = assertThrows(() => parseParams(job, { day: 1 }), InvalidInputError);
  assertStringIncludes(error.message, 'do not fit job "hourly": params.day');
});
