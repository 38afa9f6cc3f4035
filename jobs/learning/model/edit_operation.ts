/**
 * The single edits that turn a correction into a misspelling, numbered for tables of weights.
 *
 * Letters are `a` to `z`, `'` for any mark within a word, and `·` for any other letter. Doubled
 * letters have operations of their own: dropping one `l` of `ll` is another habit than dropping `l`.
 */
const LETTERS = "abcdefghijklmnopqrstuvwxyz'·";
const N = LETTERS.length;
const MARKS = new Set(["'", "’", "-", " "].map((mark) => mark.codePointAt(0)!));

const DROP = 0;
const DROP_DOUBLE = N;
const ADD = 2 * N;
const ADD_DOUBLE = 3 * N;
const SUBSTITUTE = 4 * N;
const SWAP = SUBSTITUTE + N * N;
/** Not an edit: it goes along with an edit of the first letter. */
export const FIRST_LETTER = SWAP + N * N;
export const OPERATION_COUNT = FIRST_LETTER + 1;

/** The number of a letter, 0 to 27, from its code point. */
export function toLetter(codePoint: number): number {
  if (codePoint >= 97 && codePoint <= 122) return codePoint - 97;
  return MARKS.has(codePoint) ? N - 2 : N - 1;
}

/** `x` of the correction is missing; `doubled` when it stood beside another `x`. */
export function drop(x: number, doubled: boolean): number {
  return (doubled ? DROP_DOUBLE : DROP) + x;
}

/** `x` was added; `doubled` when the correction has an `x` beside it. */
export function add(x: number, doubled: boolean): number {
  return (doubled ? ADD_DOUBLE : ADD) + x;
}

/** `y` was written for `x`. */
export function substitute(x: number, y: number): number {
  return SUBSTITUTE + x * N + y;
}

/** `yx` was written for `xy`. */
export function swap(x: number, y: number): number {
  return SWAP + x * N + y;
}

/** The kinds of operations that share a rate where a user has shown little of each. */
export const OPERATION_CLASSES = [
  "drop_vowel",
  "drop_consonant",
  "drop_double",
  "add_vowel",
  "add_consonant",
  "add_double",
  "substitute_vowels",
  "substitute_consonants",
  "substitute_neighbour_keys",
  "substitute_other",
  "swap_vowels",
  "swap_other",
  "first_letter",
] as const;

export type OperationClass = typeof OPERATION_CLASSES[number];

const KEY_ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/** Row and column of each letter's key on a QWERTY keyboard, null for a letter without one. */
const KEYS = [...LETTERS].map((letter) => {
  const row = KEY_ROWS.findIndex((keys) => keys.includes(letter));
  return row < 0 ? null : { row, column: KEY_ROWS[row].indexOf(letter) };
});

/** The class of each operation, by its number. */
export const CLASS_OF_OPERATION: readonly OperationClass[] = Array.from(
  { length: OPERATION_COUNT },
  (_, operation) => classify(operation),
);

function classify(operation: number): OperationClass {
  if (operation < DROP_DOUBLE) return isVowel(operation) ? "drop_vowel" : "drop_consonant";
  if (operation < ADD) return "drop_double";
  if (operation < ADD_DOUBLE) return isVowel(operation - ADD) ? "add_vowel" : "add_consonant";
  if (operation < SUBSTITUTE) return "add_double";
  if (operation === FIRST_LETTER) return "first_letter";
  const pair = operation - (operation < SWAP ? SUBSTITUTE : SWAP);
  const x = Math.floor(pair / N);
  const y = pair % N;
  const vowels = isVowel(x) && isVowel(y);
  if (operation >= SWAP) return vowels ? "swap_vowels" : "swap_other";
  if (vowels) return "substitute_vowels";
  if (areNeighbourKeys(x, y)) return "substitute_neighbour_keys";
  return isVowel(x) || isVowel(y) ? "substitute_other" : "substitute_consonants";
}

/** The vowel letters of English, `y` among them. */
function isVowel(letter: number): boolean {
  return "aeiouy".includes(LETTERS[letter]);
}

/** Tells whether two keys touch; each row stands a little to the right of the one above. */
function areNeighbourKeys(x: number, y: number): boolean {
  const [a, b] = [KEYS[x], KEYS[y]];
  if (!a || !b) return false;
  const across = (b.column + b.row * 0.4) - (a.column + a.row * 0.4);
  return Math.abs(a.row - b.row) <= 1 && Math.abs(across) <= 1;
}

/** A short name for people and artifacts: `-e` `-ll` `+e` `+ll` `a>e` `ie>ei` `^`. */
export function nameOperation(operation: number): string {
  const letter = LETTERS[operation % N];
  if (operation < DROP_DOUBLE) return `-${letter}`;
  if (operation < ADD) return `-${letter}${letter}`;
  if (operation < ADD_DOUBLE) return `+${letter}`;
  if (operation < SUBSTITUTE) return `+${letter}${letter}`;
  if (operation === FIRST_LETTER) return "^";
  const pair = operation - (operation < SWAP ? SUBSTITUTE : SWAP);
  const x = LETTERS[Math.floor(pair / N)];
  const y = LETTERS[pair % N];
  return operation < SWAP ? `${x}>${y}` : `${x}${y}>${y}${x}`;
}
