import { HABITS } from "./habits.ts";
import type { MisspellingDeck } from "./misspellings.ts";
import type { Random } from "./random.ts";

/** A person of the sample: how much they write, and what goes wrong. */
export interface Writer {
  userId: string;
  /** Sessions in a usual week, and flagged words in a usual session. */
  sessionsPerWeek: number;
  errorsPerSession: number;
  /** Chance of each habit, by its position in {@link HABITS}; adds up to 1. */
  habits: Float64Array;
  /** Chance that a flagged word is one that went wrong before. */
  repeats: number;
  /** Chance that a misspelling is left as it is. */
  carelessness: number;
  /** Right words that are flagged all the same: names and jargon, never corrected. */
  ownWords: string[];
  /** A habit given up, and the day, counted from the sample's first, since when; null for none. */
  improvement: { habit: number; fromDay: number } | null;
}

/** Words that no general dictionary has, in the spellings that people really type. */
const JARGON = [
  "Kubernetes",
  "kubectl",
  "Postgres",
  "nginx",
  "refactor",
  "webhook",
  "cron",
  "onboarding",
  "async",
  "backlog",
  "Grafana",
  "TypeScript",
  "dyslexic",
  "phonics",
  "neurodiverse",
  "Pilates",
  "kombucha",
  "sriracha",
  "quinoa",
  "hygge",
  "Zoë",
  "Siobhán",
  "Łukasz",
  "Nguyễn",
  "Müller",
  "Chloé",
  "İzmir",
  "Reykjavík",
  "Wagamama",
  "Brexit",
  "podcast",
  "hashtag",
  "selfie",
  "emoji",
  "blockchain",
  "fintech",
  "cosplay",
  "anime",
  "vlog",
  "doomscrolling",
];

/**
 * Makes up a writer: two to four strong habits that show in most of the errors, and now and then
 * any other in its usual share.
 *
 * One in six writes little. The first writer is `test_user`, who writes enough for every job to
 * have something to do.
 */
export function createWriter(
  place: number,
  days: number,
  deck: MisspellingDeck,
  random: Random,
): Writer {
  const first = place === 0;
  const little = random.chance(1 / 6) && !first;
  const strong = pickStrongHabits(deck.shares, random);
  const focus = 0.65 + 0.2 * random.next();
  const habits = deck.shares.map((share, habit) =>
    (1 - focus) * share + focus * (strong.get(habit) ?? 0)
  );
  const ownWords = Array.from(
    { length: first ? 4 : random.chance(0.6) ? random.between(1, 4) : 0 },
    () => random.pick(JARGON),
  );
  const improves = random.chance(0.3) || first;
  return {
    userId: first ? "test_user" : `user_${String(place).padStart(5, "0")}`,
    sessionsPerWeek: little ? random.between(1, 2) : random.between(3, 6),
    errorsPerSession: random.between(3, 5),
    habits,
    repeats: 0.25 + 0.2 * random.next(),
    carelessness: 0.02 + 0.13 * random.next(),
    ownWords: [...new Set(ownWords)],
    improvement: improves
      ? { habit: [...strong.keys()][0], fromDay: days - random.between(15, 30) }
      : null,
  };
}

/** Chooses strong habits, rarer ones as readily as usual ones, and their weights. */
function pickStrongHabits(shares: Float64Array, random: Random): Map<number, number> {
  const named = Array.from(shares.keys())
    .filter((habit) => HABITS[habit] !== "other" && shares[habit] > 0);
  const strong = new Map<number, number>();
  const count = Math.min(random.between(2, 4), named.length);
  while (strong.size < count) strong.set(random.pick(named), 0.5 + random.next());
  const total = [...strong.values()].reduce((sum, weight) => sum + weight, 0);
  for (const [habit, weight] of strong) strong.set(habit, weight / total);
  return strong;
}

/** Chooses the habit that goes wrong on this day, by its position in {@link HABITS}. */
export function chooseHabit(writer: Writer, day: number, random: Random): number {
  const { habits } = writer;
  const weights = habits.map((weight, habit) => hasGivenUp(writer, habit, day) ? 0 : weight);
  let aim = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  let chosen = weights.findIndex((weight) => weight > 0);
  for (let habit = chosen; habit < weights.length && aim >= 0; habit++) {
    if (weights[habit] === 0) continue;
    chosen = habit;
    aim -= weights[habit];
  }
  return chosen;
}

/** Tells whether the writer no longer makes errors of this habit on this day. */
export function hasGivenUp({ improvement }: Writer, habit: number, day: number): boolean {
  return improvement !== null && improvement.habit === habit && day >= improvement.fromDay;
}
