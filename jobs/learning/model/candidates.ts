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
 * Misspellings repeat between users, and nothing in a set depends on the user. The sets that are
 * kept take about `maxBytes` together: 24 MB are some 30,000 misspellings.
 */
export function keepCandidates(
  index: CandidateIndex,
  maxBytes = 24_000_000,
): (misspelling: string) => CandidateSet {
  const sets = new Map<string, CandidateSet>();
  let bytes = 0;
  return (misspelling) => {
    let set = sets.get(misspelling);
    if (set) {
      // A Map keeps the order of insertion: what was used last goes to its end.
      sets.delete(misspelling);
    } else {
      set = findCandidates(misspelling, index);
      bytes += sizeOf(set);
    }
    sets.set(misspelling, set);
    for (const [oldest, old] of sets) {
      if (bytes <= maxBytes) break;
      sets.delete(oldest);
      bytes -= sizeOf(old);
    }
    return set;
  };
}

/** Bytes of a set: its numbers, and about 600 for its objects and its place in the map. */
function sizeOf({ ids, starts, operations }: CandidateSet): number {
  return ids.byteLength + starts.byteLength + operations.byteLength + 600;
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
