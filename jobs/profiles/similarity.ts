/**
 * The trigrams of a text: of each word, folded, every three letters in a row, with two blanks before the
 * word and one after it.
 *
 * Source: Postgres' manual, "pg_trgm", Trigram (or Trigraph) Concepts, and its `show_trgm()`.
 */
export function trigramsOf(text: string): Set<string> {
  const trigrams = new Set<string>();
  for (const [word] of text.normalize("NFKC").toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    const padded = `  ${word} `;
    for (let at = 0; at + 3 <= padded.length; at++) trigrams.add(padded.slice(at, at + 3));
  }
  return trigrams;
}

/**
 * How like each other two sets are, from 0 to 1: what they share, of all that is in either.
 *
 * Source: Jaccard's index, over the shingles of texts as in Broder, "On the resemblance and containment of
 * documents" (1997); it is pg_trgm's `similarity()`. Of two empty sets it is 0.
 */
export function similarity<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const element of small) if (large.has(element)) shared++;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}
