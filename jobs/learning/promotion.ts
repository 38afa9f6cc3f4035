/**
 * Shares of the held-out pairs whose correction a ranking put first (`top1`) or among its first
 * three (`top3`), from 0 to 1; all rankings are of the same candidates. Shares are null when
 * nothing was held out, `current_*` also when the user has no adapter yet.
 */
export interface AdapterMetrics {
  /** Number of held-out pairs that were measured. */
  held_out: number;
  top1: number | null;
  top3: number | null;
  /** Of word frequency alone. */
  prior_top1: number | null;
  prior_top3: number | null;
  /** Of the adapter in use. */
  current_top1: number | null;
  current_top3: number | null;
}

/** What becomes of a new adapter, and the sentence that says why. */
export interface Promotion {
  decision: "promoted" | "rejected";
  reason: string;
}

/**
 * Decides whether a new adapter replaces the one in use.
 *
 * Promoted when its top-1 accuracy on the held-out pairs is above that of word frequency alone and
 * at least that of the current adapter; where the two adapters' top-1 are equal, its top-3 must be
 * at least the current one's. An equal adapter is promoted, having seen more of the user. With
 * nothing held out there is no evidence, and it is rejected.
 */
export function decidePromotion(metrics: AdapterMetrics): Promotion {
  const { held_out, top1, top3, prior_top1, current_top1, current_top3 } = metrics;
  if (held_out === 0 || top1 === null || top3 === null || prior_top1 === null) {
    return { decision: "rejected", reason: "No pair is held out to measure it on." };
  }
  const better = `Top-1 ${percent(top1)} is above the prior's ${percent(prior_top1)}`;
  if (top1 <= prior_top1) {
    return {
      decision: "rejected",
      reason: `Top-1 ${percent(top1)} is not above the prior's ${percent(prior_top1)}.`,
    };
  }
  if (current_top1 === null || current_top3 === null) {
    return { decision: "promoted", reason: `${better}, and no adapter was in use before.` };
  }
  if (top1 !== current_top1) {
    return top1 > current_top1
      ? { decision: "promoted", reason: `${better} and the current ${percent(current_top1)}.` }
      : {
        decision: "rejected",
        reason: `Top-1 ${percent(top1)} is below the current ${percent(current_top1)}.`,
      };
  }
  return top3 >= current_top3
    ? {
      decision: "promoted",
      reason: `${better} and equals the current; top-3 ${percent(top3)} is not below its ${
        percent(current_top3)
      }.`,
    }
    : {
      decision: "rejected",
      reason: `Top-1 equals the current ${percent(current_top1)}, but top-3 ${
        percent(top3)
      } is below its ${percent(current_top3)}.`,
    };
}

/** A share in words: `81.3 %`. */
function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
