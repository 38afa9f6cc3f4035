import { assert, assertEquals } from "@std/assert";
import {
  findNearDuplicates,
  NEAR_DUPLICATE,
  type TellingMemory,
} from "../../../jobs/profiles/near_duplicates.ts";
import { similarity, trigramsOf } from "../../../jobs/profiles/similarity.ts";

function memory(id: number, content: string, importance = 0.5, day = 1): TellingMemory {
  return { id: String(id), content, importance, created_at: new Date(2026, 0, day) };
}

function mergesOf(...contents: string[]) {
  return findNearDuplicates(contents.map((content, i) => memory(i + 1, content)));
}

Deno.test("trigrams are those of pg_trgm's manual", () => {
  // show_trgm('cat'), show_trgm('foo|bar')
  assertEquals([...trigramsOf("Cat")].sort(), ["  c", " ca", "at ", "cat"]);
  assertEquals([...trigramsOf("foo|bar")].sort(), [
    "  b",
    "  f",
    " ba",
    " fo",
    "ar ",
    "bar",
    "foo",
    "oo ",
  ]);
});

Deno.test("similarity is what two sets share of all that is in either", () => {
  // similarity('word', 'two words') of pg_trgm's manual
  const value = similarity(trigramsOf("word"), trigramsOf("two words"));
  assert(Math.abs(value - 0.363636) < 1e-6, String(value));
  assertEquals(similarity(trigramsOf("a b"), trigramsOf("B, a!")), 1);
  assertEquals(similarity(new Set(), new Set()), 0);
});

for (
  const [one, other] of [
    ["The user prefers tea over coffee", "User prefers tea over coffee."],
    ["Works night shifts at the harbour", "works night shifts in the harbour"],
    ["Kedveli a lovaglást", "kedveli a lovaglást!"],
  ]
) {
  Deno.test(`"${other}" tells the same as "${one}"`, () => {
    assertEquals(mergesOf(one, other), [{ kept: "2", merged: "1" }]);
  });
}

for (
  const [one, other] of [
    ["Prefers tea", "Drinks no coffee"],
    ["The meeting is at 3 pm", "The meeting is at 4 pm"],
    ["Is allergic to walnuts", "Is not allergic to walnuts"],
    ["Likes the old harbour in autumn", "Hates the old harbour in autumn"],
    ["Sister's name is Emma", "Brother's name is Emma"],
    ["!?", "…"],
  ]
) {
  Deno.test(`"${other}" does not tell the same as "${one}"`, () => {
    assertEquals(mergesOf(one, other), []);
  });
}

Deno.test("the most important stays, of equals the newest, of these the later one", () => {
  const text = "Rides a red bicycle to work";
  assertEquals(
    findNearDuplicates([memory(1, text, 0.9), memory(2, text, 0.4), memory(3, text, 0.5)]),
    [{ kept: "1", merged: "3" }, { kept: "1", merged: "2" }],
  );
  assertEquals(findNearDuplicates([memory(1, text, 0.5, 9), memory(2, text, 0.5, 2)]), [
    { kept: "1", merged: "2" },
  ]);
  assertEquals(findNearDuplicates([memory(9, text), memory(10, text)]), [
    { kept: "10", merged: "9" },
  ]);
});

Deno.test("no chain of small steps makes one of things that differ", () => {
  const steps = [
    "walks to the lake with the dog on Sundays",
    "walks to the lake with the dog",
    "walks to the lake",
  ].map((content, i) => memory(i + 1, content, 0.9 - i / 10));
  const [first, , last] = steps.map(({ content }) => trigramsOf(content));
  assert(similarity(first, last) < NEAR_DUPLICATE);
  const kept = new Set(steps.map(({ id }) => id));
  for (const { merged } of findNearDuplicates(steps)) kept.delete(merged);
  assert(kept.has("1") && kept.has("3"));
});

Deno.test("the index finds what a look at every pair finds", () => {
  const words = "tea coffee prefers likes green black morning with the and milk sugar never at in"
    .split(" ");
  let state = 7;
  const next = (below: number) => (state = state * 48271 % 2147483647) % below;
  const memories = Array.from(
    { length: 200 },
    (_, i) =>
      memory(i + 1, Array.from({ length: 3 + next(4) }, () => words[next(words.length)]).join(" ")),
  );

  const merges = findNearDuplicates(memories);

  const merged = new Set(merges.map(({ merged }) => merged));
  const kept = memories.filter(({ id }) => !merged.has(id));
  assert(merges.length > 20, String(merges.length));
  const isNear = (a: TellingMemory, b: TellingMemory) =>
    similarity(trigramsOf(a.content), trigramsOf(b.content)) >= NEAR_DUPLICATE &&
    a.content.includes("never") === b.content.includes("never");
  for (const [i, one] of kept.entries()) {
    for (const other of kept.slice(i + 1)) {
      assert(!isNear(one, other), `${one.content} | ${other.content}`);
    }
  }
  const contentOf = new Map(memories.map((one) => [one.id, one]));
  for (const { kept, merged } of merges) {
    assert(isNear(contentOf.get(kept)!, contentOf.get(merged)!));
  }
});
