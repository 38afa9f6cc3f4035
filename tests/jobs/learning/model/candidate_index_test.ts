import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { indexCandidates } from "../../../../jobs/learning/model/candidate_index.ts";
import { countEdits, toCodePoints } from "../../../../jobs/learning/model/edit_distance.ts";

function nearByReadingAll(word: string, words: string[]): number[] {
  return words.flatMap((candidate, id) => {
    const edits = countEdits(toCodePoints(word), toCodePoints(candidate));
    return edits === 1 || edits === 2 ? [id] : [];
  });
}

Deno.test("near() finds every word within two edits and no other", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), maxLength: 8 });
  fc.assert(
    fc.property(fc.uniqueArray(word, { maxLength: 60 }), fc.array(word), (words, asked) => {
      const index = indexCandidates(words);
      for (const each of asked) {
        assertEquals([...index.near(each)], nearByReadingAll(each, words));
      }
    }),
    { numRuns: 40, seed: 1 },
  );
});

Deno.test("near() leaves out the word itself", () => {
  const index = indexCandidates(["form", "from", "farm"]);
  assertEquals([...index.near("form")], [1, 2]);
});

Deno.test("near() finds nothing for a word that is longer than all by more than two", () => {
  const index = indexCandidates(["short"]);
  assertEquals([...index.near("shortest")], []);
  assertEquals([...index.near("x".repeat(200))], []);
});

Deno.test("near() finds nothing in an empty vocabulary", () => {
  assertEquals([...indexCandidates([]).near("a")], []);
});

Deno.test("near() finds words of other scripts", () => {
  assertEquals([...indexCandidates(["привет", "слово"]).near("превет")], [0]);
});
