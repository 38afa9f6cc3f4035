/** The vocabulary and how often each word is used; made once per process by `loadLexicon()`. */
export interface Lexicon {
  /** Number of words. */
  readonly size: number;
  /** Natural logarithm of the word's smoothed relative frequency; defined for unknown words too. */
  logFrequency(word: string): number;
  /** Words within Damerau-Levenshtein distance 2 of a folded word, without the word itself. */
  near(word: string): readonly string[];
}
