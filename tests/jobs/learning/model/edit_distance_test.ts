import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { countEdits, toCodePoints } from "../../../../jobs/learning/model/edit_distance.ts";

const count = (a: string, b: string) => countEdits(toCodePoints(a), toCodePoints(b));

Deno.test("countEdits() counts a swap of neighbours as one edit", () => {
  assertEquals(count("teh", "the"), 1);
  assertEquals(count("recieve", "receive"), 1);
});

Deno.test("countEdits() tells 0, 1 and 2 edits and says 3 for all beyond", () => {
  assertEquals(count("", ""), 0);
  assertEquals(count("word", "word"), 0);
  assertEquals(count("untill", "until"), 1);
  assertEquals(count("accomodate", "accommodate"), 1);
  assertEquals(count("definatly", "definitely"), 2);
  assertEquals(count("kernal", "colonel"), 3);
  assertEquals(count("", "abc"), 3);
});

Deno.test("countEdits() edits no letter twice: ca to abc takes three", () => {
  assertEquals(count("ca", "abc"), 3);
});

Deno.test("countEdits() takes a letter outside the basic plane as one letter", () => {
  assertEquals(count("𝒶b", "b"), 1);
  assertEquals(count("𝒶b", "b𝒶"), 1);
});

Deno.test("countEdits() agrees with the whole table on words of few letters", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 9 });
  fc.assert(
    fc.property(word, word, (a, b) => count(a, b) === Math.min(3, distanceByWholeTable(a, b))),
    { numRuns: 3_000, seed: 1 },
  );
});

/** The textbook's table, every cell of it. */
function distanceByWholeTable(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= b.length; j++) table[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      table[i][j] = Math.min(
        table[i - 1][j] + 1,
        table[i][j - 1] + 1,
        table[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.length][b.length];
}
