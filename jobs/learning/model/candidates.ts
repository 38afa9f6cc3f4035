import type { CandidateIndex } from "./candidate_index.ts";
import { toCodePoints } from "./edit_distance.ts";
import { alignEdits } from "./edit_script.ts";

/** The candidates for one misspelling, with the operations that make each into it. */
export interface CandidateSet {
  /** Positions in the vocabulary, ascending. */
  readonly ids: Uint32Array;
  /** The operations of candidate i are `operations[starts[i]]` up to `operations[starts[i + 1]]`. */
  readonly starts: Uint32Array;
  readonly operations: Uint16Array;
}

/**
 * Finds candidates and keeps the sets that were asked for last.
 *
 * Misspellings repeat between users, and nothing in a set depends on the user. At most
 * `maxKept` candidates are kept over all sets (about 12 bytes each).
 */
export function keepCandidates(
  index: CandidateIndex,
  maxKept = 500_000,
): (misspelling: string) => CandidateSet {
  const sets = new Map<string, CandidateSet>();
  let kept = 0;
  return (misspelling) => {
    let set = sets.get(misspelling);
    if (set) {
      // A Map keeps the order of insertion: what was used last goes to its end.
      sets.delete(misspelling);
    } else {
      set = findCandidates(misspelling, index);
      kept += costOf(set);
    }
    sets.set(misspelling, set);
    for (const [oldest, old] of sets) {
      if (kept <= maxKept) break;
      sets.delete(oldest);
      kept -= costOf(old);
    }
    return set;
  };
}

/** An empty set takes room too: it counts as a few candidates. */
function costOf(set: CandidateSet): number {
  return set.ids.length + 16;
}

function findCandidates(misspelling: string, index: CandidateIndex): CandidateSet {
  const ids = index.near(misspelling);
  const written = toCodePoints(misspelling);
  const starts = new Uint32Array(ids.length + 1);
  const operations: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    for (const operation of alignEdits(written, index.lettersOf(ids[i]))) {
      operations.push(operation);
    }
    starts[i + 1] = operations.length;
  }
  return { ids, starts, operations: Uint16Array.from(operations) };
}
