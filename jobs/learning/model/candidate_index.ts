import { countEdits, MAX_EDITS, toCodePoints } from "./edit_distance.ts";

/** Finds the words of a fixed vocabulary that lie within two edits of a given word. */
export interface CandidateIndex {
  /** Positions in the vocabulary, ascending, of the words 1 or 2 edits away. */
  near(word: string): Uint32Array;
  /** The code points of the word at a position. */
  lettersOf(id: number): Uint32Array;
}

/**
 * Indexes a vocabulary by what is left of each word after up to two deletions.
 *
 * Two words within two edits share such a remainder (Garbe's symmetric deletion, "SymSpell"), so
 * a look-up hashes the remainders of the word asked for and checks the true distance of what it
 * meets. Remainders are kept as hashes only: 74,000 words take about 15 MB and half a second.
 */
export function indexCandidates(words: readonly string[]): CandidateIndex {
  const lettersOf = packLetters(words);
  const longest = words.reduce((length, _, id) => Math.max(length, lettersOf(id).length), 0);
  const remainders = remaindersUpTo(longest + MAX_EDITS);

  // Counted first, then filled from the end of each bucket, which leaves its start behind.
  const starts = new Uint32Array(BUCKETS + 1);
  for (let id = 0; id < words.length; id++) {
    const count = remainders.take(lettersOf(id));
    for (let i = 0; i < count; i++) starts[remainders.buckets[i]]++;
  }
  for (let bucket = 1; bucket <= BUCKETS; bucket++) starts[bucket] += starts[bucket - 1];
  const entries = new Uint32Array(starts[BUCKETS]);
  for (let id = 0; id < words.length; id++) {
    const count = remainders.take(lettersOf(id));
    for (let i = 0; i < count; i++) entries[--starts[remainders.buckets[i]]] = id;
  }

  // A word met by several remainders is checked once: it bears the number of the look-up.
  const metBy = new Uint32Array(words.length);
  let lookUp = 0;
  return {
    lettersOf,
    near(word) {
      const asked = toCodePoints(word);
      if (asked.length > longest + MAX_EDITS) return new Uint32Array();
      lookUp++;
      const found: number[] = [];
      const count = remainders.take(asked);
      for (let i = 0; i < count; i++) {
        const bucket = remainders.buckets[i];
        for (let at = starts[bucket]; at < starts[bucket + 1]; at++) {
          const id = entries[at];
          if (metBy[id] === lookUp) continue;
          metBy[id] = lookUp;
          const edits = countEdits(asked, lettersOf(id));
          if (edits > 0 && edits <= MAX_EDITS) found.push(id);
        }
      }
      return Uint32Array.from(found).sort();
    },
  };
}

/** The code points of all words in one array: an array for each would take five times the room. */
function packLetters(words: readonly string[]): (id: number) => Uint32Array {
  const starts = new Uint32Array(words.length + 1);
  words.forEach((word, id) => starts[id + 1] = starts[id] + toCodePoints(word).length);
  const letters = new Uint32Array(starts[words.length]);
  words.forEach((word, id) => letters.set(toCodePoints(word), starts[id]));
  return (id) => letters.subarray(starts[id], starts[id + 1]);
}

const BUCKETS = 1 << 20;
const BASE = 0x2c1b3c6d;

/** Makes a work table that takes the remainders of words of up to so many letters. */
function remaindersUpTo(maxLength: number) {
  const buckets = new Uint32Array(1 + maxLength + (maxLength * (maxLength - 1)) / 2);
  const prefix = new Int32Array(maxLength + 1);
  const power = new Int32Array(maxLength + 1);
  power[0] = 1;
  for (let i = 1; i <= maxLength; i++) power[i] = Math.imul(power[i - 1], BASE);

  return {
    /** The buckets of the word that was taken last. */
    buckets,
    /**
     * Puts the buckets of the word and of what one or two deletions leave of it in `buckets`, and
     * returns their number. Polynomial hashes modulo 2^32 let parts be joined unread.
     */
    take(word: Uint32Array): number {
      const length = word.length;
      for (let i = 0; i < length; i++) prefix[i + 1] = (Math.imul(prefix[i], BASE) + word[i]) | 0;
      const whole = prefix[length];
      let count = 0;
      buckets[count++] = toBucket(whole);
      for (let i = 0; i < length; i++) {
        // Any letter of a run leaves the same remainder: only the first is deleted.
        if (i > 0 && word[i] === word[i - 1]) continue;
        const without = prefix[i] - prefix[i + 1];
        buckets[count++] = toBucket(whole + Math.imul(without, power[length - i - 1]));
        for (let j = i + 1; j < length; j++) {
          if (j > i + 1 && word[j] === word[j - 1]) continue;
          const head = (prefix[j] + Math.imul(without, power[j - i - 1])) | 0;
          const change = Math.imul(head - prefix[j + 1], power[length - j - 1]);
          buckets[count++] = toBucket(whole + change);
        }
      }
      return count;
    },
  };
}

/** Spreads a hash with the finalizer of MurmurHash3 and cuts it to the number of buckets. */
function toBucket(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}
