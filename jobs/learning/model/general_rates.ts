import { CLASS_OF_OPERATION, type OperationClass } from "./edit_operation.ts";

/**
 * How often people in general make an edit of a class, per chance to make it: what a user without
 * history starts from, and what every user is drawn towards.
 *
 * Over an eight-letter word they give omissions, insertions, substitutions and transpositions in
 * about the shares of Pollock and Zamora (1984): 34, 27, 19 and 12.5 %. The split within each kind
 * is a judgement: vowels, doubled letters and neighbouring keys go wrong more often than the rest.
 * `first_letter` is no rate but a factor: how much rarer the first letter is hit than the others.
 */
export const GENERAL_RATES: Readonly<Record<OperationClass, number>> = {
  drop_vowel: 0.04,
  drop_consonant: 0.03,
  drop_double: 0.1,
  add_vowel: 0.0015,
  add_consonant: 0.0006,
  add_double: 0.015,
  substitute_vowels: 0.004,
  substitute_consonants: 0.0005,
  substitute_neighbour_keys: 0.0015,
  substitute_other: 0.0003,
  swap_vowels: 0.03,
  swap_other: 0.015,
  first_letter: 0.4,
};

/** Negative natural logarithms of the general rates, by the number of the operation. */
export const GENERAL_COSTS = Float64Array.from(
  CLASS_OF_OPERATION,
  (kind) => -Math.log(GENERAL_RATES[kind]),
);
