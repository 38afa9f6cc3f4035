import { CLASS_OF_OPERATION, type OperationClass } from "./edit_operation.ts";

/**
 * How often people in general make an edit of a class, per chance to make it: what a user without
 * history starts from, and what every user is drawn towards.
 *
 * The figures are a judgement in the order that studies of misspellings agree on: omissions are the
 * commonest (Pollock and Zamora 1983); vowels, doubled letters and swaps of neighbours go wrong
 * often, the first letter seldom (Yannakoudakis and Fawthrop 1983). None is fitted to the data that
 * samples are made of. `first_letter` is no rate but a factor on an edit of the first letter.
 */
export const GENERAL_RATES: Readonly<Record<OperationClass, number>> = {
  drop_vowel: 0.045,
  drop_consonant: 0.035,
  drop_double: 0.1,
  add_vowel: 0.0015,
  add_consonant: 0.0006,
  add_double: 0.012,
  substitute_vowels: 0.005,
  substitute_consonants: 0.0007,
  substitute_neighbour_keys: 0.0015,
  substitute_other: 0.0003,
  swap_vowels: 0.03,
  swap_other: 0.016,
  first_letter: 0.4,
};

/** Negative natural logarithms of the general rates, by the number of the operation. */
export const GENERAL_COSTS = Float64Array.from(
  CLASS_OF_OPERATION,
  (kind) => -Math.log(GENERAL_RATES[kind]),
);
