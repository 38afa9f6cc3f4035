import { Buffer } from "node:buffer";
import { type ErrorPair, foldWord, isHeldOut } from "./error_pair.ts";
import { weighOperations } from "./model/channel.ts";
import { toCodePoints } from "./model/edit_distance.ts";
import { nameOperation, OPERATION_COUNT } from "./model/edit_operation.ts";
import { alignEdits } from "./model/edit_script.ts";
import { measure } from "./model/measure.ts";
import { gatherPool, type Knowledge, remember, scoreByUser, wordAt } from "./model/ranking.ts";
import { type AdapterMetrics, decidePromotion, type Promotion } from "./promotion.ts";
import type { Lexicon } from "./word_frequencies.ts";

/**
 * What a user's adapter has learnt, as it is stored in `correction_adapters.artifact`: plain JSON
 * of a few kB, counts and words only. Read it with {@link loadAdapter}.
 */
export interface AdapterArtifact {
  format: "edge-cron/correction-adapter";
  format_version: 1;
  /** The distinct pairs that it was fitted to, as `[misspelling, correction]`, folded. */
  pairs: [string, string][];
  /** How often each edit occurs in them: `-e` `-ll` `+e` `+ll` `a>e` `ie>ei`, `^` first letter. */
  edits: Record<string, number>;
}

/** A word that may have been meant, folded; `score` is its probability among the candidates. */
export interface RankedCandidate {
  word: string;
  score: number;
}

/** A loaded adapter. */
export interface Adapter {
  /** The likeliest words for a misspelling, best first, at most `limit` (5), maybe none. */
  correct(word: string, limit?: number): RankedCandidate[];
}

/** What retraining one user needs; `current` is the adapter in use, null when there is none. */
export interface TrainingInput {
  userId: string;
  /** The user's pairs; folded here, and taken once each. */
  pairs: readonly ErrorPair[];
  current: AdapterArtifact | null;
  lexicon: Lexicon;
}

/** What becomes a row of `correction_adapters`. */
export interface TrainingResult extends Promotion {
  artifact: AdapterArtifact;
  /** Length of the artifact as JSON in UTF-8. */
  artifactBytes: number;
  trainedPairs: number;
  metrics: AdapterMetrics;
}

/**
 * Fits a user's correction model to the user's own pairs, measures it on those held out for ever
 * and decides whether it replaces the current one.
 *
 * The model is a noisy channel (Kernighan, Church and Gale 1990, "A spelling correction program
 * based on a noisy channel model"; Brill and Moore 2000 for learning the edits from pairs):
 * P(correction | misspelling) ∝ P(misspelling | correction) · P(correction), where the first
 * factor is the product of the user's own rates of the edits between the two, smoothed towards
 * those of people in general, and the second the word's frequency. It stands where the original
 * design has a neural adapter: it is trained in a millisecond and calls no network.
 *
 * Pure and deterministic. Pairs that are empty or equal after folding teach nothing and are left
 * out; no pair at all gives an adapter that knows only people in general, and `rejected`.
 */
export function trainAdapter(input: TrainingInput): TrainingResult {
  const { userId, current, lexicon } = input;
  const trained: ErrorPair[] = [];
  const heldOut: ErrorPair[] = [];
  for (const pair of takeDistinct(input.pairs)) {
    (isHeldOut(userId, pair) ? heldOut : trained).push(pair);
  }

  const artifact = fit(trained);
  const metrics = measure({
    heldOut,
    knowledge: toKnowledge(artifact, lexicon),
    current: current && toKnowledge(current, lexicon),
    lexicon,
  });
  return {
    artifact,
    artifactBytes: Buffer.byteLength(JSON.stringify(artifact)),
    trainedPairs: trained.length,
    metrics,
    ...decidePromotion(metrics),
  };
}

/**
 * Makes a stored adapter ready to correct words.
 *
 * Throws a TypeError when the artifact is not of the format that this version writes.
 */
export function loadAdapter(artifact: AdapterArtifact, lexicon: Lexicon): Adapter {
  const knowledge = toKnowledge(artifact, lexicon);
  return {
    correct(word, limit = 5) {
      const misspelling = foldWord(word);
      if (misspelling === "") return [];
      const pool = gatherPool(misspelling, knowledge, lexicon);
      const scores = scoreByUser(pool, knowledge, lexicon);
      return Array.from(scores.keys())
        .sort((a, b) => scores[b] - scores[a] || a - b)
        .slice(0, limit)
        .map((place) => ({ word: wordAt(place, pool, lexicon), score: scores[place] }));
    },
  };
}

function takeDistinct(pairs: readonly ErrorPair[]): ErrorPair[] {
  const distinct = new Map<string, ErrorPair>();
  for (const pair of pairs) {
    const misspelling = foldWord(pair.misspelling);
    const correction = foldWord(pair.correction);
    if (misspelling === "" || correction === "" || misspelling === correction) continue;
    distinct.set(`${misspelling}\0${correction}`, { misspelling, correction });
  }
  return [...distinct.values()];
}

function fit(pairs: readonly ErrorPair[]): AdapterArtifact {
  const counts = new Map<number, number>();
  for (const { misspelling, correction } of pairs) {
    for (const edit of alignEdits(toCodePoints(misspelling), toCodePoints(correction))) {
      counts.set(edit, (counts.get(edit) ?? 0) + 1);
    }
  }
  return {
    format: "edge-cron/correction-adapter",
    format_version: 1,
    pairs: pairs.map(({ misspelling, correction }) => [misspelling, correction]),
    edits: Object.fromEntries(
      Array.from(counts, ([edit, count]) => [nameOperation(edit), count]),
    ),
  };
}

function toKnowledge(artifact: AdapterArtifact, lexicon: Lexicon): Knowledge {
  const { format, format_version, edits } = artifact;
  if (format !== "edge-cron/correction-adapter" || format_version !== 1) {
    throw new TypeError(
      `Cannot load the adapter as its format must be edge-cron/correction-adapter 1: current value is ${format} ${format_version}`,
    );
  }
  const pairs = artifact.pairs.map(([misspelling, correction]) => ({ misspelling, correction }));
  const counts = new Map(
    Object.entries(edits).map(([name, count]) => [NUMBER_OF_OPERATION.get(name)!, count]),
  );
  const corrections = pairs.map(({ correction }) => toCodePoints(correction));
  return { weights: weighOperations(counts, corrections), ...remember(pairs, lexicon) };
}

const NUMBER_OF_OPERATION = new Map(
  Array.from({ length: OPERATION_COUNT }, (_, edit) => [nameOperation(edit), edit]),
);
