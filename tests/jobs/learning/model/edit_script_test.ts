import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { countEdits, toCodePoints } from "../../../../jobs/learning/model/edit_distance.ts";
import { FIRST_LETTER, nameOperation } from "../../../../jobs/learning/model/edit_operation.ts";
import { alignEdits } from "../../../../jobs/learning/model/edit_script.ts";

const align = (misspelling: string, correction: string) =>
  alignEdits(toCodePoints(misspelling), toCodePoints(correction));

const named = (misspelling: string, correction: string) =>
  align(misspelling, correction).map(nameOperation);

Deno.test("alignEdits() names what went wrong", () => {
  assertEquals(named("recieve", "receive"), ["ei>ie"]);
  assertEquals(named("definately", "definitely"), ["i>a"]);
  assertEquals(named("goverment", "government"), ["-n"]);
  assertEquals(named("hobart", "hobbart"), ["-bb"]);
  assertEquals(named("untill", "until"), ["+ll"]);
  assertEquals(named("athelete", "athlete"), ["+e"]);
  assertEquals(named("accomodatoin", "accommodation"), ["-mm", "io>oi"]);
});

Deno.test("alignEdits() marks an edit of the first letter, and no other", () => {
  assertEquals(named("nife", "knife"), ["^", "-k"]);
  assertEquals(named("hte", "the"), ["^", "th>ht"]);
  assertEquals(named("fone", "gone"), ["^", "g>f"]);
  assertEquals(named("tthe", "the"), ["+tt"]);
});

Deno.test("alignEdits() puts marks and letters of other alphabets under one name each", () => {
  assertEquals(named("dont", "don't"), ["-'"]);
  assertEquals(named("cafe", "café"), ["·>e"]);
  assertEquals(named("превет", "привет"), ["·>·"]);
});

Deno.test("alignEdits() is empty for equal words alone, and as long as the distance at least", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "e", "'"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (misspelling, correction) => {
      const script = align(misspelling, correction).filter((edit) => edit !== FIRST_LETTER);
      const distance = countEdits(toCodePoints(misspelling), toCodePoints(correction));
      assert(script.length >= distance);
      assertEquals(script.length === 0, misspelling === correction);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

Deno.test("alignEdits() goes through the longest words that the tables hold", () => {
  assertEquals(align("a".repeat(200), "b".repeat(200)).length > 0, true);
});
