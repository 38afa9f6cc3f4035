import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { weighOperations } from "../../../../jobs/learning/model/channel.ts";
import { toCodePoints } from "../../../../jobs/learning/model/edit_distance.ts";
import {
  drop,
  nameOperation,
  OPERATION_COUNT,
  substitute,
  swap,
  toLetter,
} from "../../../../jobs/learning/model/edit_operation.ts";
import { GENERAL_COSTS } from "../../../../jobs/learning/model/general_rates.ts";

const letter = (text: string) => toLetter(text.codePointAt(0)!);
const words = (...texts: string[]) => texts.map(toCodePoints);

Deno.test("weighOperations() gives the rates of people in general to a user without history", () => {
  const weights = weighOperations(new Map(), []);
  for (let operation = 0; operation < OPERATION_COUNT; operation++) {
    assertAlmostEquals(weights[operation], -GENERAL_COSTS[operation], 1e-12);
  }
});

Deno.test("weighOperations() raises what the user does, and its class with it", () => {
  const dropL = drop(letter("l"), true);
  const dropM = drop(letter("m"), true);
  const weights = weighOperations(new Map([[dropL, 4]]), words("ball", "call", "fell", "tell"));
  assertGreater(weights[dropL], weights[dropM]);
  assertGreater(weights[dropM], -GENERAL_COSTS[dropM]);
});

Deno.test("weighOperations() lowers what the user had the chance to do and did not", () => {
  const swapIe = swap(letter("i"), letter("e"));
  const weights = weighOperations(new Map(), words("field", "piece", "friend", "thief"));
  assertLess(weights[swapIe], -GENERAL_COSTS[swapIe]);
});

Deno.test("weighOperations() weighs the same count the more, the fewer the chances were", () => {
  const [aToE, oToE] = ["a", "o"].map((vowel) => substitute(letter(vowel), letter("e")));
  const weights = weighOperations(new Map([[aToE, 2], [oToE, 2]]), words("banana", "salad", "oo"));
  assertGreater(weights[oToE], weights[aToE]);
});

Deno.test("every operation has a name of its own", () => {
  const names = Array.from({ length: OPERATION_COUNT }, (_, operation) => nameOperation(operation));
  assertEquals(new Set(names).size, OPERATION_COUNT);
});
