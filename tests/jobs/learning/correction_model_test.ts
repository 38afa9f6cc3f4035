import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  type AdapterArtifact,
  loadAdapter,
  trainAdapter,
} from "../../../jobs/learning/correction_model.ts";
import { type ErrorPair, foldWord, isHeldOut } from "../../../jobs/learning/error_pair.ts";
import { generateLearningSample } from "../../../jobs/learning/sample/learning_sample.ts";
import { loadDeck } from "../../../jobs/learning/sample/misspellings.ts";
import { createLexicon, loadLexicon } from "../../../jobs/learning/word_frequencies.ts";

/** Words of equal frequency, so that the channel alone decides. */
const lexicon = createLexicon(
  ["ball", "bale", "bail", "call", "fell", "tell", "hello", "mile", "give", "tale", "safe", "wine"]
    .map((word) => ({ word, count: 100 })),
);

const train = (
  pairs: [string, string][],
  current: AdapterArtifact | null = null,
  userId = "u",
) =>
  trainAdapter({
    userId,
    pairs: pairs.map(([misspelling, correction]) => ({ misspelling, correction })),
    current,
    lexicon,
  });

const correct = (pairs: [string, string][], word: string) => {
  const { artifact } = train(pairs, null, findUserWithoutHeldOut(pairs));
  return loadAdapter(artifact, lexicon).correct(word).map((candidate) => candidate.word);
};

/** A user none of whose pairs is held out, so that all of them are learnt from. */
function findUserWithoutHeldOut(pairs: [string, string][]): string {
  for (let i = 0;; i++) {
    const isTrainedOn = ([misspelling, correction]: [string, string]) =>
      !isHeldOut(`user_${i}`, { misspelling, correction });
    if (pairs.every(isTrainedOn)) return `user_${i}`;
  }
}

const DROPS_DOUBLES: [string, string][] = [
  ["cal", "call"],
  ["fel", "fell"],
  ["tel", "tell"],
  ["helo", "hello"],
];
const DROPS_FINAL_E: [string, string][] = [
  ["mil", "mile"],
  ["giv", "give"],
  ["tal", "tale"],
  ["saf", "safe"],
  ["win", "wine"],
];

Deno.test("correct() ranks by the habits of its user: one bal is a ball, another's a bale", () => {
  assertEquals(correct(DROPS_DOUBLES, "bal")[0], "ball");
  assertEquals(correct(DROPS_FINAL_E, "bal")[0], "bale");
});

Deno.test("correct() ranks by word frequency where the edits say nothing", () => {
  const unequal = createLexicon([{ word: "bad", count: 3 }, { word: "bag", count: 5_000 }]);
  const { artifact } = trainAdapter({ userId: "u", pairs: [], current: null, lexicon: unequal });
  const words = loadAdapter(artifact, unequal).correct("ba").map(({ word }) => word);
  assertEquals(words, ["bag", "bad"]);
});

Deno.test("correct() puts first what the user made of the same misspelling before", () => {
  const pairs: [string, string][] = [["kernal", "colonel"], ["bal", "bail"], ...DROPS_DOUBLES];
  assertEquals(correct(pairs, "kernal")[0], "colonel");
  assertEquals(correct(pairs, "bal")[0], "bail");
  assertEquals(correct(pairs, "BAL")[0], "bail");
});

Deno.test("correct() knows the words that only its user has", () => {
  assertEquals(correct([["kubernets", "kubernetes"]], "kuberntes"), ["kubernetes"]);
});

Deno.test("correct() gives probabilities, best first, and no more than asked for", () => {
  const adapter = loadAdapter(train(DROPS_DOUBLES).artifact, lexicon);
  const all = adapter.correct("bal", 100);
  assertAlmostEquals(all.reduce((sum, { score }) => sum + score, 0), 1, 1e-9);
  assertEquals(all.map(({ score }) => score), all.map(({ score }) => score).sort((a, b) => b - a));
  assertEquals(adapter.correct("bal", 2), all.slice(0, 2));
});

Deno.test("correct() has nothing to say of an empty word or of one that is like no other", () => {
  const adapter = loadAdapter(train(DROPS_DOUBLES).artifact, lexicon);
  assertEquals(adapter.correct(""), []);
  assertEquals(adapter.correct("зeбра"), []);
  assertEquals(adapter.correct("w".repeat(60)), []);
});

Deno.test("loadAdapter() ranks the same after the artifact went through JSON", () => {
  const { artifact, artifactBytes } = train([...DROPS_DOUBLES, ["cafe", "café"], [
    "dont",
    "don't",
  ]]);
  const text = JSON.stringify(artifact);
  assertEquals(artifactBytes, new TextEncoder().encode(text).length);
  assertEquals(
    loadAdapter(JSON.parse(text), lexicon).correct("bal"),
    loadAdapter(artifact, lexicon).correct("bal"),
  );
});

Deno.test("loadAdapter() refuses an artifact of another format", () => {
  const artifact = { ...train([]).artifact, format_version: 2 } as unknown as AdapterArtifact;
  assertThrows(() => loadAdapter(artifact, lexicon), TypeError, "current value is");
});

Deno.test("trainAdapter() trains on no pair that is held out", () => {
  const pairs: [string, string][] = Array.from({ length: 200 }, (_, i) => [`w${i}x`, `w${i}`]);
  const { artifact, metrics, trainedPairs } = train(pairs);
  const heldOut = pairs.filter(([misspelling, correction]) =>
    isHeldOut("u", { misspelling, correction })
  );
  assertEquals(metrics.held_out, heldOut.length);
  assertEquals(trainedPairs, 200 - heldOut.length);
  const trained = new Set(artifact.pairs.map(([misspelling]) => misspelling));
  assertEquals(heldOut.filter(([misspelling]) => trained.has(misspelling)), []);
});

Deno.test("trainAdapter() takes pairs that fold alike once and leaves out what teaches nothing", () => {
  const { artifact } = train([
    ["Helo", "Hello"],
    ["helo", "hello"],
    ["monday", "Monday"],
    ["", "hello"],
    ["helo", ""],
  ]);
  assertEquals(artifact.pairs, [["helo", "hello"]]);
  assertEquals(artifact.edits, { "-ll": 1 });
});

Deno.test("trainAdapter() rejects what it could not measure", () => {
  for (const pairs of [[], DROPS_DOUBLES.slice(0, 1)]) {
    const { decision, metrics } = train(pairs);
    assertEquals(decision, "rejected");
    assertEquals(metrics, {
      held_out: 0,
      top1: null,
      top3: null,
      prior_top1: null,
      prior_top3: null,
      current_top1: null,
      current_top3: null,
    });
  }
});

Deno.test("trainAdapter() counts a correction that is no candidate as a miss of every ranking", () => {
  const unreachable = Array.from({ length: 40 }, (_, i): [string, string] => [`q${i}`, "hello"]);
  const { metrics } = train(unreachable, train(DROPS_DOUBLES).artifact);
  assertGreater(metrics.held_out, 0);
  assertEquals(
    [metrics.top1, metrics.prior_top1, metrics.current_top1, metrics.top3],
    [0, 0, 0, 0],
  );
});

Deno.test("trainAdapter() never throws on what a user wrote", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom("", "'", "don't", "naïve", "日本語", "x".repeat(60), "👩‍👩‍👧", "constructor"),
  );
  const pairs = fc.array(fc.tuple(word, word), { maxLength: 20 });
  fc.assert(
    fc.property(pairs, word, (pairs, asked) => {
      const { artifact } = train(pairs, train(pairs.slice(0, 5)).artifact);
      for (const { score } of loadAdapter(artifact, lexicon).correct(asked)) {
        assert(score >= 0 && score <= 1 + 1e-9);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("on the sample, promoted adapters beat word frequency and people in general", async () => {
  const english = await loadLexicon();
  const sample = generateLearningSample({
    users: 60,
    weeks: 8,
    seed: 1,
    until: new Date("2026-03-02T00:00:00Z"),
    deck: await loadDeck(),
  });
  const nothingLearnt =
    trainAdapter({ userId: "", pairs: [], current: null, lexicon: english }).artifact;
  const sums = { promoted: 0, adapter: 0, prior: 0, general: 0 };
  for (const { userId, errors } of sample) {
    const pairs = errors.flatMap(({ word, correction }): ErrorPair[] =>
      correction === null ? [] : [{ misspelling: foldWord(word), correction: foldWord(correction) }]
    );
    const result = trainAdapter({ userId, pairs, current: null, lexicon: english });
    assertEquals(trainAdapter({ userId, pairs, current: null, lexicon: english }), result);
    if (result.decision === "rejected") continue;
    const { metrics } = trainAdapter({ userId, pairs, current: nothingLearnt, lexicon: english });
    assertGreater(result.metrics.top1!, result.metrics.prior_top1!);
    assertGreaterOrEqual(result.metrics.top3!, result.metrics.prior_top3!);
    sums.promoted++;
    sums.adapter += metrics.top1!;
    sums.prior += metrics.prior_top1!;
    sums.general += metrics.current_top1!;
  }
  assertGreater(sums.promoted, 50);
  assertGreater(sums.adapter / sums.promoted, 0.95);
  assertGreater(sums.adapter, sums.general);
  assertGreater(sums.general, sums.prior);
});
