/**
 * How well adapters correct what they never saw, on generated users: `--users 150 --weeks 8`.
 *
 * Each user is retrained after `weeks` weeks and again after twice as many, if the rule of
 * trigger_model_retraining says so (50 new pairs). Every ranking is of the same candidates. Prints
 * the tables of the README; pure model work, no database.
 */
import { parseArgs } from "node:util";
import {
  type AdapterArtifact,
  trainAdapter,
  type TrainingResult,
} from "../../jobs/learning/correction_model.ts";
import { type ErrorPair, foldWord } from "../../jobs/learning/error_pair.ts";
import {
  generateLearningSample,
  type SampleUser,
} from "../../jobs/learning/sample/learning_sample.ts";
import type { AdapterMetrics } from "../../jobs/learning/promotion.ts";
import { SAMPLE_SEED } from "../../jobs/learning/sample/load_learning_sample.ts";
import { loadDeck } from "../../jobs/learning/sample/misspellings.ts";
import { loadLexicon } from "../../jobs/learning/word_frequencies.ts";

const MIN_NEW_PAIRS = 50;
const WEEK_MS = 7 * 86_400_000;

const { values: options } = parseArgs({
  options: {
    users: { type: "string", default: "150" },
    weeks: { type: "string", default: "8" },
    seed: { type: "string", default: String(SAMPLE_SEED) },
  },
});
const weeks = Number(options.weeks);
const until = new Date("2026-03-02T00:00:00Z");
const lexicon = await loadLexicon();
const [seed, users] = [Number(options.seed), Number(options.users)];
const sample = generateLearningSample({
  users,
  weeks: weeks * 2,
  seed,
  until,
  deck: await loadDeck(),
});

/** What one retraining of one user showed; `general` has people in general as the current adapter. */
interface Outcome {
  decision: TrainingResult["decision"];
  result: AdapterMetrics;
  general: AdapterMetrics;
}

const rounds: [Outcome[], Outcome[]] = [[], []];
const halfAt = until.getTime() - weeks * WEEK_MS;
let trainingMs = 0;
let peakRss = 0;
const nothingLearnt = trainAdapter({ userId: "", pairs: [], current: null, lexicon }).artifact;

for (const user of sample) {
  const pairs = firstSeen(user);
  const early = pairs.filter((pair) => pair.firstSeenAt < halfAt);
  let current: AdapterArtifact | null = null;
  let known = 0;
  for (const [round, seen] of [early, pairs].entries()) {
    if (seen.length - known < MIN_NEW_PAIRS) continue;
    known = seen.length;
    const startedAt = performance.now();
    const result = trainAdapter({ userId: user.userId, pairs: seen, current, lexicon });
    trainingMs += performance.now() - startedAt;
    const general = trainAdapter({
      userId: user.userId,
      pairs: seen,
      current: nothingLearnt,
      lexicon,
    });
    rounds[round].push({
      decision: result.decision,
      result: result.metrics,
      general: general.metrics,
    });
    if (result.decision === "promoted") current = result.artifact;
  }
  peakRss = Math.max(peakRss, Deno.memoryUsage().rss);
}

const trainings = rounds[0].length + rounds[1].length;
console.log(`${users} users, seed ${seed}, retrained after ${weeks} and ${weeks * 2} weeks\n`);
console.log(
  "| retraining | users | promoted | rejected | held-out pairs | ranking | top-1 | top-3 |",
);
console.log("|---|--:|--:|--:|--:|---|--:|--:|");
rounds.forEach((outcomes, round) => {
  const promoted = outcomes.filter(({ decision }) => decision === "promoted").length;
  const heldOut = outcomes.reduce((sum, { result }) => sum + result.held_out, 0);
  const counts = [outcomes.length, promoted, outcomes.length - promoted, heldOut];
  const results = outcomes.map(({ result }) => result);
  const generals = outcomes.map(({ general }) => general);
  const rows = [
    ["word frequency alone (the prior)", ...means(results, "prior_top1", "prior_top3")],
    ["prior × edits of people in general", ...means(generals, "current_top1", "current_top3")],
    ["adapter in use", ...means(results, "current_top1", "current_top3")],
    ["**new adapter**", ...means(results, "top1", "top3")],
  ];
  rows.forEach((row, place) => {
    const head = place === 0 ? [round === 0 ? "first" : "second", ...counts] : Array(5).fill("");
    console.log(`| ${[...head, ...row].join(" | ")} |`);
  });
});
console.log(
  `\nTop-1 and top-3 are means over users, in %. ${
    Math.round(1_000 * trainings / trainingMs)
  } retrainings a second, peak memory ${Math.round(peakRss / 1e6)} MB (generator included).`,
);

/** A user's distinct folded pairs, in the order in which they came up. */
function firstSeen(user: SampleUser): (ErrorPair & { firstSeenAt: number })[] {
  const pairs = new Map<string, ErrorPair & { firstSeenAt: number }>();
  for (const { word, correction, occurredAt } of user.errors) {
    if (correction === null) continue;
    const pair = { misspelling: foldWord(word), correction: foldWord(correction) };
    const key = `${pair.misspelling}\0${pair.correction}`;
    if (!pairs.has(key)) pairs.set(key, { ...pair, firstSeenAt: occurredAt.getTime() });
  }
  return [...pairs.values()];
}

/** Means of figures over the users who have them, in %; a dash where nobody does. */
function means(metrics: AdapterMetrics[], ...figures: (keyof AdapterMetrics)[]): string[] {
  return figures.map((figure) => {
    const shares = metrics.map((each) => each[figure]).filter((share) => share !== null);
    const sum = shares.reduce((sum, share) => sum + share, 0);
    return shares.length > 0 ? (100 * sum / shares.length).toFixed(1) : "–";
  });
}
