import { assert, assertEquals } from "@std/assert";
import { foldWord, isHeldOut } from "../../../jobs/learning/error_pair.ts";

Deno.test("foldWord() folds case and Unicode form", () => {
  assertEquals(foldWord("Cafe\u0301"), "café");
  assertEquals(foldWord("ÉCOLE"), "école");
  assertEquals(foldWord("Don't"), "don't");
  assertEquals(foldWord(""), "");
});

Deno.test("foldWord() changes no more letters than Postgres does", () => {
  assertEquals(foldWord("ΟΔΟΣ"), "οδοσ");
  assertEquals(foldWord("İzmir"), "izmir");
});

Deno.test("isHeldOut() gives the same answer for ever", () => {
  const heldOut = ["recieve", "untill", "wich", "seperate", "definately", "goverment", "wierd"]
    .filter((misspelling) => isHeldOut("test_user", { misspelling, correction: "word" }));
  assertEquals(heldOut, ["untill"]);
});

Deno.test("isHeldOut() depends on the user, the misspelling and the correction", () => {
  const answers = (pairOf: (i: number) => [string, string, string]) =>
    new Set(Array.from({ length: 60 }, (_, i) => {
      const [userId, misspelling, correction] = pairOf(i);
      return isHeldOut(userId, { misspelling, correction });
    })).size;
  assertEquals(answers((i) => [`user_${i}`, "teh", "the"]), 2);
  assertEquals(answers((i) => ["user", `teh${i}`, "the"]), 2);
  assertEquals(answers((i) => ["user", "teh", `the${i}`]), 2);
});

Deno.test("isHeldOut() holds out about one pair in five", () => {
  let heldOut = 0;
  for (let i = 0; i < 10_000; i++) {
    if (isHeldOut(`user_${i % 100}`, { misspelling: `m${i}`, correction: `c${i}` })) heldOut++;
  }
  assert(heldOut > 1_850 && heldOut < 2_150, `${heldOut} of 10,000`);
});
