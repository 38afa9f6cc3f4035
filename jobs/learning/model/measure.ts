import type { ErrorPair } from "../error_pair.ts";
import type { AdapterMetrics } from "../promotion.ts";
import type { Lexicon } from "../word_frequencies.ts";
import { gatherPool, type Knowledge, placeOf, rankOf, scoreByUser } from "./ranking.ts";

/**
 * Measures on pairs that nothing was trained on how well a user's new knowledge, the knowledge in
 * use and word frequency alone rank the same candidates.
 *
 * A correction that is not among the candidates counts as a miss of all three.
 */
export function measure(
  { heldOut, knowledge, current, lexicon }: {
    heldOut: readonly ErrorPair[];
    knowledge: Knowledge;
    current: Knowledge | null;
    lexicon: Lexicon;
  },
): AdapterMetrics {
  const hits = { new: [0, 0], prior: [0, 0], current: [0, 0] };
  const note = (tally: number[], rank: number) => {
    if (rank <= 1) tally[0]++;
    if (rank <= 3) tally[1]++;
  };
  for (const { misspelling, correction } of heldOut) {
    const pool = gatherPool(misspelling, knowledge, lexicon);
    const place = placeOf(correction, pool, lexicon);
    if (place < 0) continue;
    note(hits.new, rankOf(place, scoreByUser(pool, knowledge, lexicon)));
    note(hits.prior, rankOf(place, pool.logFrequencies));
    if (current) note(hits.current, rankOf(place, scoreByUser(pool, current, lexicon)));
  }

  const share = (count: number) => heldOut.length ? count / heldOut.length : null;
  return {
    held_out: heldOut.length,
    top1: share(hits.new[0]),
    top3: share(hits.new[1]),
    prior_top1: share(hits.prior[0]),
    prior_top3: share(hits.prior[1]),
    current_top1: current && share(hits.current[0]),
    current_top3: current && share(hits.current[1]),
  };
}
