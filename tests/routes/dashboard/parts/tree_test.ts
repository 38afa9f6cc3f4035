import { assertEquals, assertMatch } from "@std/assert";
import type { Json } from "../../../../lib/db/sql.ts";
import { Tree } from "../../../../routes/dashboard/parts/tree.tsx";

const textOf = (value: Json) => String(Tree({ value })).replace(/<[^>]*>/g, " ");

Deno.test("a list of numbers and words is one line", () => {
  assertEquals(textOf([1, 1234.5, "three"]), "1, 1,234.5, three");
});

Deno.test("of a long list the first hundred are shown, and how many there are more", () => {
  const text = textOf(Array.from({ length: 130 }, (_, i) => i));
  assertMatch(text, /98, 99\s+, and 30 more parts/);
});

Deno.test("a list that holds lists, objects or long texts has a line for each", () => {
  for (const value of [[1, [2]], [{ a: 1 }], ["x".repeat(31)]]) {
    assertMatch(String(Tree({ value })), /^<dl class="tree"><dt>0<\/dt>/);
  }
});
