import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { toStorableJson, toStorableText } from "../../lib/storable.ts";

Deno.test("toStorableJson() leaves out what jsonb refuses, in values and in names", () => {
  assertEquals(toStorableJson({ "a\0b": ["c\0", "\ud83d", "\udc00x"] }), {
    ab: ["c", "\ufffd", "\ufffdx"],
  });
});

Deno.test("toStorableJson() leaves alone what only looks like an escape", () => {
  const texts = ["\\u0000", "\\\\u0000", "\\ud83d", "😀", "tab\t", "\u001f", '"\\"', "line\n"];
  assertEquals(toStorableJson(texts), texts);
});

Deno.test("toStorableJson() gives what JSON makes of dates, undefined and NaN", () => {
  assertEquals(toStorableJson(undefined), null);
  assertEquals(toStorableJson({ at: new Date(0), gone: undefined, none: NaN }), {
    at: "1970-01-01T00:00:00.000Z",
    none: null,
  });
});

Deno.test("toStorableJson() throws TypeError for a bigint and for a circle", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  assertThrows(() => toStorableJson({ count: 10n }), TypeError);
  assertThrows(() => toStorableJson(circle), TypeError);
});

Deno.test("toStorableJson() throws TypeError for what is nested too deep for a database", () => {
  const nested = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth));
  assertEquals(JSON.stringify(toStorableJson({ deep: nested(400) })).length, 809);
  assertThrows(() => toStorableJson(nested(20_000)), TypeError, "nested deeper");
});

Deno.test("toStorableJson() changes no JSON without NUL and half characters", () => {
  fc.assert(fc.property(fc.jsonValue({ stringUnit: "grapheme" }), (value) => {
    const text = JSON.stringify(value);
    if (text.includes("\\u0000")) return;
    assertEquals(JSON.stringify(toStorableJson(value)), text);
  }));
});

Deno.test("toStorableText() drops NUL and mends half characters", () => {
  assertEquals(toStorableText("a\0b\ud83dc😀"), "ab\ufffdc😀");
});
