import {
  add,
  CLASS_OF_OPERATION,
  drop,
  FIRST_LETTER,
  OPERATION_CLASSES,
  OPERATION_COUNT,
  substitute,
  swap,
  toLetter,
} from "./edit_operation.ts";
import { GENERAL_RATES } from "./general_rates.ts";

/** How often a user made each operation, by its number; operations never made are left out. */
export type OperationCounts = ReadonlyMap<number, number>;

/**
 * Natural logarithms of a user's rate of each operation, by its number.
 *
 * A rate is the number of times an operation was made over the number of chances to make it in the
 * corrections, as Kernighan, Church and Gale (1990) divide their confusion counts, smoothed twice
 * with a gamma prior: `(n + k) / (chances + k / r)`, where r is the rate of the operation's class
 * for this user (k = {@link OPERATION_STRENGTH}), and the class's own r is that of people in
 * general (k = {@link CLASS_STRENGTH}). Without history every rate is the general one.
 */
export function weighOperations(
  counts: OperationCounts,
  corrections: readonly Uint32Array[],
): Float64Array {
  const chances = countChances(corrections);
  const classCounts = new Float64Array(OPERATION_CLASSES.length);
  const classChances = new Float64Array(OPERATION_CLASSES.length);
  for (const [operation, count] of counts) classCounts[CLASS_NUMBERS[operation]] += count;
  for (let operation = 0; operation < OPERATION_COUNT; operation++) {
    classChances[CLASS_NUMBERS[operation]] += chances[operation];
  }
  // Of how many edits one would expect to hit the first letter, were every place alike.
  let edits = -(counts.get(FIRST_LETTER) ?? 0);
  for (const count of counts.values()) edits += count;
  const letters = corrections.reduce((sum, word) => sum + word.length, 0);
  classChances[CLASS_NUMBERS[FIRST_LETTER]] = letters && edits * corrections.length / letters;

  const classRates = OPERATION_CLASSES.map((name, kind) =>
    smooth(classCounts[kind], classChances[kind], GENERAL_RATES[name], CLASS_STRENGTH)
  );
  const weights = new Float64Array(OPERATION_COUNT);
  for (let operation = 0; operation < OPERATION_COUNT; operation++) {
    weights[operation] = chances[operation] === 0
      ? Math.log(classRates[CLASS_NUMBERS[operation]])
      : Math.log(smooth(
        counts.get(operation) ?? 0,
        chances[operation],
        classRates[CLASS_NUMBERS[operation]],
        OPERATION_STRENGTH,
      ));
  }
  return weights;
}

/**
 * How many of a user's own edits the general rate of a class weighs as much as. This and the next
 * were chosen on generated samples of other seeds than the one that figures are reported for.
 */
export const CLASS_STRENGTH = 5;

/** How many edits the user's rate of a class weighs as much as against a single operation's. */
export const OPERATION_STRENGTH = 1;

const CLASS_NUMBERS = Uint8Array.from(
  CLASS_OF_OPERATION,
  (kind) => OPERATION_CLASSES.indexOf(kind),
);

function smooth(count: number, chances: number, rate: number, strength: number): number {
  return (count + strength) / (chances + strength / rate);
}

/** Counts, for each operation, the places in these words where it could have been made. */
function countChances(words: readonly Uint32Array[]): Float64Array {
  const chances = new Float64Array(OPERATION_COUNT);
  const lettersSeen = new Float64Array(toLetter(0) + 1);
  let gaps = 0;
  for (const word of words) {
    gaps += word.length + 1;
    for (let i = 0; i < word.length; i++) {
      const x = toLetter(word[i]);
      lettersSeen[x]++;
      if (word[i] === word[i - 1]) {
        chances[drop(x, true)]++;
      } else if (word[i] !== word[i + 1]) {
        chances[drop(x, false)]++;
        chances[add(x, true)]++;
      }
      if (i > 0 && word[i] !== word[i - 1]) chances[swap(toLetter(word[i - 1]), x)]++;
    }
  }
  for (let x = 0; x < lettersSeen.length; x++) {
    chances[add(x, false)] = gaps;
    for (let y = 0; y < lettersSeen.length; y++) chances[substitute(x, y)] = lettersSeen[x];
  }
  return chances;
}
