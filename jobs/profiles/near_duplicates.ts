import { similarity, trigramsOf } from "./similarity.ts";
import { isAgainst } from "./words.ts";

/**
 * From this similarity on two memories tell one thing. Other words for it stay below ("prefers tea" and
 * "drinks no coffee"): they are merged by nobody, since what is merged wrongly is gone from sight.
 */
export const NEAR_DUPLICATE = 0.7;

/** A memory, as far as it takes to find those that tell the same. */
export interface TellingMemory {
  id: string;
  content: string;
  importance: number;
  created_at: Date;
}

/** A memory that goes, and the one that stays in its place. */
export interface Merge {
  kept: string;
  merged: string;
}

/**
 * Which of one entity's memories are to be merged into which: each into the likest of those that stay, the
 * most important first, of equals the newest.
 *
 * Each is held against those that stay and not against those that went, so that no chain of small steps
 * makes one of things that differ. Memories that differ in a number, or of which only one is a denial, are
 * never merged.
 */
export function findNearDuplicates(memories: readonly TellingMemory[]): Merge[] {
  const candidates = memories.toSorted((a, b) =>
    b.importance - a.importance || b.created_at.getTime() - a.created_at.getTime() ||
    Number(BigInt(b.id) - BigInt(a.id))
  ).map(toCandidate);
  const index = new PrefixIndex(candidates);
  const merges: Merge[] = [];
  for (const candidate of candidates) {
    const kept = index.likest(candidate);
    if (kept) merges.push({ kept: kept.id, merged: candidate.id });
    else index.add(candidate);
  }
  return merges;
}

interface Candidate {
  id: string;
  trigrams: Set<string>;
  /** What must be the same in both. */
  exact: string;
}

function toCandidate({ id, content }: TellingMemory): Candidate {
  const numbers = content.match(/\p{N}+/gu) ?? [];
  return {
    id,
    trigrams: trigramsOf(content),
    exact: JSON.stringify([isAgainst(content), numbers.toSorted()]),
  };
}

/**
 * Finds what is similar without looking at all pairs: two sets that are similar enough share one of the
 * rarest elements of each.
 *
 * Source: prefix filtering, Bayardo et al., "Scaling up all pairs similarity search" (2007), section 4:
 * a prefix of |x| − ⌈t·|x|⌉ + 1 elements will do.
 */
class PrefixIndex {
  private readonly frequency = new Map<string, number>();
  private readonly byElement = new Map<string, Candidate[]>();

  constructor(candidates: readonly Candidate[]) {
    for (const { trigrams } of candidates) {
      for (const trigram of trigrams) {
        this.frequency.set(trigram, (this.frequency.get(trigram) ?? 0) + 1);
      }
    }
  }

  add(candidate: Candidate): void {
    for (const element of this.prefixOf(candidate)) {
      const others = this.byElement.get(element);
      if (others) others.push(candidate);
      else this.byElement.set(element, [candidate]);
    }
  }

  /** The one that is most like this, if any is enough; of equals, the one that was added first. */
  likest(candidate: Candidate): Candidate | undefined {
    const others = new Set(
      this.prefixOf(candidate).flatMap((element) => this.byElement.get(element) ?? []),
    );
    let [best, bestSimilarity]: [Candidate | undefined, number] = [undefined, 0];
    for (const other of others) {
      if (other.exact !== candidate.exact) continue;
      const value = similarity(candidate.trigrams, other.trigrams);
      if (value < NEAR_DUPLICATE || value <= bestSimilarity) continue;
      [best, bestSimilarity] = [other, value];
    }
    return best;
  }

  private prefixOf({ trigrams }: Candidate): string[] {
    const length = trigrams.size - Math.ceil(NEAR_DUPLICATE * trigrams.size) + 1;
    return [...trigrams]
      .sort((a, b) => this.frequency.get(a)! - this.frequency.get(b)! || (a < b ? -1 : 1))
      .slice(0, length);
  }
}
