import type { AnySql } from "../../lib/db/sql.ts";
import { readCurrentAdapter } from "./adapters_store.ts";
import type { RankedCandidate } from "./correction_model.ts";
import { foldWord } from "./error_pair.ts";
import { loadModel } from "./load_model.ts";
import type { Lexicon } from "./word_frequencies.ts";

/** What a misspelling may mean, and who says so. */
export interface Correction {
  /** Best first; none when nothing is near. The scores of all candidates there are add up to 1. */
  candidates: RankedCandidate[];
  /** `prior`: the user has no adapter yet, so the candidates are ranked by word frequency alone. */
  ranked_by: "adapter" | "prior";
  /** The adapter that ranked them; null with `prior`. */
  adapter: { version: number; trained_at: Date } | null;
}

/**
 * Ranks what a user may have meant by a word, with the user's adapter in use.
 *
 * Gives at most `limit` candidates; null for a user that is not known.
 */
export async function correctWord(
  sql: AnySql,
  userId: string,
  word: string,
  limit = 5,
): Promise<Correction | null> {
  const current = await readCurrentAdapter(sql, userId);
  if (current === null) return null;
  const { loadAdapter, lexicon } = await loadModel();
  if (current.adapter === null) {
    return { candidates: rankByPrior(word, lexicon, limit), ranked_by: "prior", adapter: null };
  }
  const { artifact, version, trained_at } = current.adapter;
  return {
    candidates: loadAdapter(artifact, lexicon).correct(word, limit),
    ranked_by: "adapter",
    adapter: { version, trained_at },
  };
}

/** Ranks the words within two edits by how often people use them. */
function rankByPrior(word: string, lexicon: Lexicon, limit: number): RankedCandidate[] {
  const { ids } = lexicon.candidates(foldWord(word));
  const frequencies = Array.from(ids, (id) => Math.exp(lexicon.logFrequencies[id]));
  const total = frequencies.reduce((sum, frequency) => sum + frequency, 0);
  return Array.from(ids, (id, i) => ({ word: lexicon.words[id], score: frequencies[i] / total }))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}
