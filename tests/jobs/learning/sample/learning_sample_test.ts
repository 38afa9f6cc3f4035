import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { foldWord } from "../../../../jobs/learning/error_pair.ts";
import { habitOf } from "../../../../jobs/learning/sample/habits.ts";
import {
  generateLearningSample,
  type SampleOptions,
  type SampleUser,
} from "../../../../jobs/learning/sample/learning_sample.ts";
import { loadDeck } from "../../../../jobs/learning/sample/misspellings.ts";

const DAY_MS = 86_400_000;
const until = new Date("2026-03-02T15:30:00Z");
const deck = await loadDeck();

const generate = (options: Partial<SampleOptions> = {}) => [
  ...generateLearningSample({ users: 20, weeks: 8, seed: 1, until, deck, ...options }),
];

const countPairs = ({ errors }: SampleUser) =>
  new Set(
    errors.flatMap(({ word, correction }) =>
      correction === null ? [] : [`${foldWord(word)}\0${foldWord(correction)}`]
    ),
  ).size;

/** The user's words that were left alone in three sessions or more and never corrected. */
function findNoChangeWords({ errors }: SampleUser): string[] {
  const corrected = new Set(
    errors.filter(({ correction }) => correction !== null).map(({ word }) => foldWord(word)),
  );
  const sessions = new Map<string, Set<string>>();
  for (const { word, sessionId } of errors) {
    const folded = foldWord(word);
    if (corrected.has(folded)) continue;
    sessions.set(folded, (sessions.get(folded) ?? new Set()).add(sessionId));
  }
  return [...sessions].filter(([, ids]) => ids.size >= 3).map(([word]) => word);
}

Deno.test("generateLearningSample() gives the same sample for the same seed, another for another", () => {
  assertEquals(generate(), generate());
  assertNotEquals(generate({ seed: 2 }), generate());
});

Deno.test("generateLearningSample() gives a user the same part in a sample of any size", () => {
  assertEquals(generate({ users: 5 }), generate().slice(0, 5));
});

Deno.test("generateLearningSample() depends on the day of its end, not on the hour", () => {
  assertEquals(generate({ until: new Date("2026-03-02T00:00:00Z") }), generate());
});

Deno.test("generateLearningSample() stays within its weeks, which end with the day before", () => {
  const end = Date.parse("2026-03-02T00:00:00Z");
  for (const { errors, createdAt } of generate()) {
    const instants = errors.map(({ occurredAt }) => occurredAt.getTime());
    assertEquals(instants, instants.toSorted((a, b) => a - b));
    assertGreater(instants[0], end - 56 * DAY_MS);
    assertGreater(end, instants.at(-1)!);
    assertEquals(createdAt.getTime(), instants[0]);
  }
});

Deno.test("generateLearningSample() has test_user first, with something to do for every job", () => {
  const [user] = generate({ users: 1 });
  assertEquals(user.userId, "test_user");
  assertGreater(countPairs(user), 50);
  assertGreater(findNoChangeWords(user).length, 0);
});

Deno.test("generateLearningSample() makes most users write enough to be retrained, not all", () => {
  const users = generate({ users: 150 });
  const qualified = users.filter((user) => countPairs(user) >= 50).length;
  assertGreater(qualified, 150 * 0.6);
  assertGreater(150 * 0.9, qualified);
});

Deno.test("generateLearningSample() has words that are left alone, and ones corrected now and then", () => {
  const users = generate({ users: 150 });
  const ignoring = users.filter((user) => findNoChangeWords(user).length > 0).length;
  assertGreater(ignoring, 50);
  assertGreater(150, ignoring);
  const ofTwoMinds = users.filter(({ errors }) => {
    const corrected = new Set(
      errors.filter(({ correction }) => correction !== null).map(({ word }) => word),
    );
    return errors.some(({ word, correction }) => correction === null && corrected.has(word));
  });
  assertGreater(ofTwoMinds.length, 50);
});

Deno.test("generateLearningSample() types a word of one's own in more than one form", () => {
  const typed = generate({ users: 150 }).flatMap(({ errors }) => errors.map(({ word }) => word));
  const forms = new Set(typed.filter((word) => foldWord(word) === "zoë"));
  assert(forms.has("Zoë"), [...forms].join());
  assert(forms.has("Zoe\u0308"), [...forms].join());
});

Deno.test("generateLearningSample() has users who give up a habit, and all of its errors with it", () => {
  const end = Date.parse("2026-03-02T00:00:00Z");
  const improved = generate({ users: 60 }).filter(({ errors }) => {
    const late = new Map<string, number>();
    const early = new Map<string, number>();
    for (const { word, correction, occurredAt } of errors) {
      if (correction === null) continue;
      const habit = habitOf(foldWord(word), foldWord(correction));
      const span = end - occurredAt.getTime() < 14 * DAY_MS ? late : early;
      span.set(habit, (span.get(habit) ?? 0) + 1);
    }
    return [...early].some(([habit, count]) => count >= 15 && !late.has(habit));
  });
  assertGreater(improved.length, 5);
  assertLessOrEqual(improved.length, 30);
});

Deno.test("generateLearningSample() refuses users and weeks that are no whole number from 1", () => {
  for (const options of [{ users: 0 }, { weeks: -1 }, { users: 1.5 }, { weeks: NaN }]) {
    assertThrows(() => generate(options), RangeError, "must be a whole number from 1");
  }
});
