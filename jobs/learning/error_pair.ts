/** What a user wrote and what the user put in its place, both folded with {@link foldWord}. */
export interface ErrorPair {
  misspelling: string;
  correction: string;
}

/**
 * Folds a word as the database's `fold_word()` does: NFC, lower case.
 *
 * Lower case goes letter by letter, without the final sigma of Greek, and a letter that would
 * become two keeps the first (`İ` becomes `i`). Composed again afterwards: `T̈` has no composed
 * form, and `ẗ` has one.
 */
export function foldWord(word: string): string {
  if (PLAIN.test(word)) return word;
  let folded = "";
  for (const letter of word.normalize("NFC")) {
    const [lower] = letter.toLowerCase();
    folded += lower;
  }
  return folded.normalize("NFC");
}

/** What folds to itself, as most words do. */
const PLAIN = /^[a-z'-]*$/;

/**
 * Tells whether a pair of a user is held out: never trained on, for ever, only measured.
 *
 * True when FNV-1a (32 bits, over the UTF-8 bytes of user, misspelling and correction joined by
 * NUL) is divisible by 5, so about one pair in five, whatever else the user does.
 */
export function isHeldOut(userId: string, pair: ErrorPair): boolean {
  return fnv1a(`${userId}\0${pair.misspelling}\0${pair.correction}`) % 5 === 0;
}

/** FNV-1a of 32 bits, by Fowler, Noll and Vo. */
function fnv1a(text: string): number {
  // A code unit takes three bytes at most.
  if (bytes.length < 3 * text.length) bytes = new Uint8Array(3 * text.length);
  const { written } = encoder.encodeInto(text, bytes);
  let hash = 0x811c9dc5;
  for (let i = 0; i < written; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}

const encoder = new TextEncoder();
let bytes = new Uint8Array(1024);
