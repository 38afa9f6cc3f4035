import type { ErrorPair } from "./error_pair.ts";
import type { AdapterMetrics, Promotion } from "./promotion.ts";
import type { Lexicon } from "./word_frequencies.ts";

/**
 * What a user's adapter has learnt, as it is stored in `correction_adapters.artifact`: counts and
 * words only, plain JSON of a few kB. Read it with `loadAdapter(artifact, lexicon)`.
 */
export interface AdapterArtifact {
  format: "edge-cron/correction-adapter";
  format_version: 1;
  /** The pairs it was fitted to, as `[misspelling, correction]`. */
  pairs: [string, string][];
}

/** A word that may have been meant; `score` is its probability among the candidates, 0 to 1. */
export interface RankedCandidate {
  word: string;
  score: number;
}

/** A loaded adapter: `correct(word, limit = 5)` gives the likeliest words first, maybe none. */
export interface Adapter {
  correct(word: string, limit?: number): RankedCandidate[];
}

/** What retraining one user needs; `current` is the adapter in use, null when there is none. */
export interface TrainingInput {
  userId: string;
  /** The user's distinct pairs; held-out ones are told apart by `isHeldOut`. */
  pairs: readonly ErrorPair[];
  current: AdapterArtifact | null;
  lexicon: Lexicon;
}

/** One row of `correction_adapters`, but for user, version and instant. */
export interface TrainingResult extends Promotion {
  artifact: AdapterArtifact;
  /** Length of the artifact as JSON in UTF-8. */
  artifactBytes: number;
  trainedPairs: number;
  metrics: AdapterMetrics;
}

/** The shape of `trainAdapter`: pure, deterministic, never throws on what a user wrote. */
export type TrainAdapter = (input: TrainingInput) => TrainingResult;

/** The shape of `loadAdapter`; throws a TypeError when the artifact is of another format. */
export type LoadAdapter = (artifact: AdapterArtifact, lexicon: Lexicon) => Adapter;
