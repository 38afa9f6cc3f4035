/** Words that join others or that any rewording may add; they say nothing of anybody. */
const GLUE = new Set(
  ("a an and any are as at be been being but by can do does for from had has have he her his i in into is it its " +
    "like likes liking love loves enjoy enjoys live lives living located location make makes mainly me my name named " +
    "of often on or our owns prefer prefers preferred prefers she so some speak speaks that the their them " +
    "they this to use uses user using usually very want wants was were which who will with work works working you your")
    .split(" "),
);

const segmenter = new Intl.Segmenter("en", { granularity: "word" });

/**
 * The words that carry a text's meaning, folded, each once; of a text of nothing but glue ("yes, he is"),
 * all of its words.
 *
 * Words are Unicode's (UAX 29), so that a language without spaces has some too.
 */
export function contentWords(text: string): string[] {
  const words = new Set<string>();
  for (const { segment, isWordLike } of segmenter.segment(spaced(text))) {
    if (isWordLike) words.add(segment);
  }
  const content = [...words].filter((word) => !GLUE.has(word));
  return content.length > 0 ? content : [...words];
}

/** `homeLocation` and `home_location` are two words each. */
function spaced(text: string): string {
  return text.normalize("NFKC").replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").replaceAll("_", " ")
    .toLowerCase();
}

/** The letters by which two words count as forms of one: "developer" and "development". */
const STEM_LENGTH = 5;

/** Whether two words are the same or forms of one, by their beginning; numbers only when they are equal. */
export function areAlike(a: string, b: string): boolean {
  if (a === b) return true;
  if (/\p{N}/u.test(a + b)) return false;
  const shorter = Math.min(a.length, b.length, STEM_LENGTH);
  return shorter >= 3 && a.slice(0, shorter) === b.slice(0, shorter);
}

/** How many of these words have one like them among the others. */
export function countKnown(words: readonly string[], others: readonly string[]): number {
  return words.filter((word) => others.some((other) => areAlike(word, other))).length;
}

/** Words that turn a statement round: who dislikes a thing must not become one who likes it. */
const AGAINST =
  /\b(no|not|never|none|nor|neither|without|cannot|dislikes?|hates?|avoids?|stopped|quit|former|ex)\b|n['’]t\b/i;

/** Whether a statement says that something is not so, or not any more. */
export function isAgainst(text: string): boolean {
  return AGAINST.test(text);
}
