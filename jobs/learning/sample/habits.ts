/**
 * Ways in which people go wrong in writing, told from the letters in which a misspelling and its
 * correction differ; after Yannakoudakis and Fawthrop (1983), "The rules of spelling errors".
 */
export const HABITS = [
  "drops_a_doubled_letter",
  "doubles_a_letter",
  "swaps_ie",
  "swaps_letters",
  "mixes_up_vowels",
  "drops_a_vowel",
  "drops_a_silent_letter",
  "drops_a_consonant",
  "mixes_up_like_sounds",
  "slips_to_the_next_key",
  "adds_a_letter",
  "other",
] as const;

export type Habit = typeof HABITS[number];

/** Names the habit that a misspelling shows. */
export function habitOf(misspelling: string, correction: string): Habit {
  let start = 0;
  while (start < correction.length && misspelling[start] === correction[start]) start++;
  let same = 0;
  const longest = Math.min(misspelling.length, correction.length) - start;
  while (same < longest && misspelling.at(-1 - same) === correction.at(-1 - same)) same++;
  const wrong = misspelling.slice(start, misspelling.length - same);
  const right = correction.slice(start, correction.length - same);
  const before = correction[start - 1] ?? "";
  const after = correction[start + right.length] ?? "";

  if (right.length === 1 && wrong === "") {
    if (right === before || right === after) return "drops_a_doubled_letter";
    if (SILENT.test(`${before}<${right}>${after}`)) return "drops_a_silent_letter";
    return isVowel(right) ? "drops_a_vowel" : "drops_a_consonant";
  }
  if (right === "" && wrong.length === 1) {
    return wrong === before || wrong === after ? "doubles_a_letter" : "adds_a_letter";
  }
  if (right.length === 2 && wrong === right[1] + right[0]) {
    return right === "ie" || right === "ei" ? "swaps_ie" : "swaps_letters";
  }
  if (right.length === 1 && wrong.length === 1) {
    if (isVowel(right) && isVowel(wrong)) return "mixes_up_vowels";
    if (LIKE_SOUNDS.some((sounds) => sounds.includes(right) && sounds.includes(wrong))) {
      return "mixes_up_like_sounds";
    }
    if (NEXT_KEYS.some((keys) => keys.includes(right + wrong) || keys.includes(wrong + right))) {
      return "slips_to_the_next_key";
    }
  }
  return "other";
}

/** A letter, in angle brackets, that is seldom heard between its neighbours. */
const SILENT = /[wrgckt]<h>|^<[kgpw]>[nrs]|m<b>|s<t>[el]|<e>$|<g>n|[a-z]<e>[lm]|s<c>|<d>g|l<k>/;

const LIKE_SOUNDS = ["cskqxz", "gj", "fv", "dt", "mn", "pb", "wv"];
const NEXT_KEYS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

function isVowel(letter: string): boolean {
  return "aeiouy".includes(letter);
}
