import type { ErrorPair } from "../error_pair.ts";
import type { Lexicon } from "../word_frequencies.ts";
import type { CandidateSet } from "./candidates.ts";
import { countEdits, MAX_EDITS, toCodePoints } from "./edit_distance.ts";
import { alignEdits } from "./edit_script.ts";

/** What one user's pairs and their edits have taught: enough to score any candidate. */
export interface Knowledge {
  /** Natural logarithm of the user's rate of each operation. */
  weights: Float64Array;
  /** The corrections that the user made of each misspelling. */
  remembered: ReadonlyMap<string, readonly string[]>;
  /** The user's corrections that the lexicon does not have, with their code points. */
  ownWords: ReadonlyMap<string, Uint32Array>;
}

/** All candidates for one misspelling: those of the lexicon, then `extras` that only a user has. */
export interface Pool {
  misspelling: string;
  set: CandidateSet;
  extras: { word: string; operations: number[] }[];
  /** The prior: natural logarithm of each candidate's frequency, in the order of the pool. */
  logFrequencies: Float64Array;
}

/** Share of the probability that goes to what the user made of this very misspelling before. */
const MEMORY_SHARE = 0.9;

/** Gathers what a user's knowledge needs for scoring from the distinct pairs that it rests on. */
export function remember(
  pairs: readonly ErrorPair[],
  lexicon: Lexicon,
): Pick<Knowledge, "remembered" | "ownWords"> {
  const remembered = new Map<string, string[]>();
  const ownWords = new Map<string, Uint32Array>();
  for (const { misspelling, correction } of pairs) {
    const corrections = remembered.get(misspelling);
    if (corrections) corrections.push(correction);
    else remembered.set(misspelling, [correction]);
    if (lexicon.idOf(correction) === undefined) ownWords.set(correction, toCodePoints(correction));
  }
  return { remembered, ownWords };
}

/**
 * Gathers the candidates for a folded misspelling: words of the lexicon and the user's own within
 * two edits, and at any distance what the user made of this very misspelling before.
 */
export function gatherPool(misspelling: string, knowledge: Knowledge, lexicon: Lexicon): Pool {
  const set = lexicon.candidates(misspelling);
  const written = toCodePoints(misspelling);
  const extras = new Set<string>();
  for (const [word, letters] of knowledge.ownWords) {
    if (word !== misspelling && countEdits(written, letters) <= MAX_EDITS) extras.add(word);
  }
  for (const word of knowledge.remembered.get(misspelling) ?? []) {
    const id = lexicon.idOf(word);
    if (id === undefined || !set.ids.includes(id)) extras.add(word);
  }

  const logFrequencies = new Float64Array(set.ids.length + extras.size);
  for (let i = 0; i < set.ids.length; i++) {
    logFrequencies[i] = lexicon.logFrequencies[set.ids[i]];
  }
  let place = set.ids.length;
  for (const word of extras) {
    const id = lexicon.idOf(word);
    logFrequencies[place++] = id === undefined
      ? lexicon.unknownLogFrequency
      : lexicon.logFrequencies[id];
  }
  return {
    misspelling,
    set,
    logFrequencies,
    extras: Array.from(extras, (word) => ({
      word,
      operations: alignEdits(written, toCodePoints(word)),
    })),
  };
}

/**
 * Scores a pool for one user: probabilities that add up to 1, in the order of the pool.
 *
 * P(c | m) = (1 - μ) · P(m | c) · P(c) / Z + μ · [c was made of m before] / (number of those),
 * with P(m | c) the product of the rates of the operations between c and m. Without a memory of m,
 * μ is 0.
 */
export function scoreByUser(pool: Pool, knowledge: Knowledge, lexicon: Lexicon): Float64Array {
  const { set, extras } = pool;
  const { weights } = knowledge;
  const scores = pool.logFrequencies.slice();
  let highest = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    let score = scores[i];
    if (i < set.ids.length) {
      for (let at = set.starts[i]; at < set.starts[i + 1]; at++) {
        score += weights[set.operations[at]];
      }
    } else {
      for (const operation of extras[i - set.ids.length].operations) score += weights[operation];
    }
    scores[i] = score;
    if (score > highest) highest = score;
  }

  let total = 0;
  for (let i = 0; i < scores.length; i++) total += scores[i] = Math.exp(scores[i] - highest);
  const before = knowledge.remembered.get(pool.misspelling);
  const share = before ? 1 - MEMORY_SHARE : 1;
  for (let i = 0; i < scores.length; i++) scores[i] *= share / total;
  for (const word of before ?? []) {
    const place = placeOf(word, pool, lexicon);
    if (place >= 0) scores[place] += MEMORY_SHARE / before!.length;
  }
  return scores;
}

/** Where a word stands in a pool, or -1. */
export function placeOf(word: string, pool: Pool, lexicon: Lexicon): number {
  const id = lexicon.idOf(word);
  const place = id === undefined ? -1 : pool.set.ids.indexOf(id);
  if (place >= 0) return place;
  const extra = pool.extras.findIndex((candidate) => candidate.word === word);
  return extra < 0 ? -1 : pool.set.ids.length + extra;
}

/** The word at a place of a pool. */
export function wordAt(place: number, pool: Pool, lexicon: Lexicon): string {
  const { ids } = pool.set;
  return place < ids.length ? lexicon.words[ids[place]] : pool.extras[place - ids.length].word;
}

/** The rank, from 1, of the candidate at a place; of equal scores the earlier place comes first. */
export function rankOf(place: number, scores: Float64Array): number {
  const score = scores[place];
  let rank = 1;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] > score || (scores[i] === score && i < place)) rank++;
  }
  return rank;
}
