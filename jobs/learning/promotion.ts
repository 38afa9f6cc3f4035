/**
 * Shares of held-out pairs whose correction a ranking put first (`top1`) or among its first three
 * (`top3`), from 0 to 1; each is null when nothing was held out, `current_*` also when the user
 * has no adapter yet. All three rank the same candidates.
 */
export interface AdapterMetrics {
  /** Number of pairs that were measured. */
  held_out: number;
  top1: number | null;
  top3: number | null;
  prior_top1: number | null;
  prior_top3: number | null;
  current_top1: number | null;
  current_top3: number | null;
}

/** What becomes of a new adapter, and the sentence that says why. */
export interface Promotion {
  decision: "promoted" | "rejected";
  reason: string;
}
