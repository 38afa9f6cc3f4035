import { z } from "zod";
import { readLearningStats } from "../../jobs/learning/learning_stats_store.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { listLatestRuns } from "../../lib/history_store.ts";
import { defineRoute, type Route } from "../contract.ts";
import type { AppDeps } from "../deps.ts";
import { findJob } from "../../lib/find_job.ts";
import { instantJson } from "../../lib/instant.ts";
import { answerWithRun, RUN_ANSWERS, WAIT_HEADER } from "../requested_run.ts";
import { runSummarySchema, toRunSummary } from "../run_json.ts";

/** The learning system's own addresses, as seed 001 has them, and where its results are read. */
export function learningRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/api/v1/learn/trigger-retrain",
      summary: "Retrain the correction models that are due",
      tag: "learning",
      role: "operator",
      body: () => z.strictObject({}),
      headers: WAIT_HEADER,
      answers: RUN_ANSWERS,
    }, async (_, c) => {
      const job = findJob(engine, "trigger_model_retraining");
      const run = await engine.requestRun(job.id, { triggeredBy: c.get("caller").name });
      return await answerWithRun(c, engine, run);
    }),

    defineRoute({
      method: "get",
      path: "/api/v1/learn/stats/:user_id",
      summary: "What was learnt of a user, and the last run of each learning job",
      tag: "learning",
      role: "viewer",
      answers: { 200: { description: "The figures", schema: statsSchema } },
    }, async ({ params }, c) => {
      const jobs = [...engine.jobs.values()].filter(({ tags }) => tags.includes("learning"));
      const [stats, runs] = await Promise.all([
        readLearningStats(engine.sql, params.user_id),
        listLatestRuns(engine.sql, jobs.map(({ id }) => id)),
      ]);
      if (!stats) throw noSuchUser(params.user_id);
      return c.json({
        ...stats,
        jobs: jobs.map(({ id, name }) => {
          const run = runs.find(({ job_type }) => job_type === id);
          return { id, name, last_run: run ? toRunSummary(run) : null };
        }),
      });
    }),

    defineRoute({
      method: "get",
      path: "/api/v1/learn/correct",
      summary: "What a user may have meant by a word",
      tag: "learning",
      role: "viewer",
      query: correctQuery,
      answers: { 200: { description: "The likeliest words first", schema: correctionSchema } },
    }, async ({ query }, c) => {
      const { correctWord } = await import("../../jobs/learning/adapters.ts");
      const correction = await correctWord(engine.sql, query.user_id, query.word);
      if (!correction) throw noSuchUser(query.user_id);
      return c.json({ ...query, ...correction });
    }),
  ];
}

function noSuchUser(userId: string): NotFoundError {
  return new NotFoundError(`No user has the id "${userId}".`);
}

const correctQuery = () =>
  z.strictObject({
    user_id: z.string().min(1).max(200),
    word: z.string().min(1).max(200).describe("As the user wrote it"),
  });

const correctionSchema = () =>
  z.strictObject({
    user_id: z.string(),
    word: z.string(),
    candidates: z.array(z.strictObject({ word: z.string(), score: z.number() })),
    ranked_by: z.enum(["adapter", "prior"]).describe("prior: the user has no adapter yet"),
    adapter: z.strictObject({ version: z.int(), trained_at: instantJson() }).nullable(),
  });

const statsSchema = () =>
  z.strictObject({
    user_id: z.string(),
    errors: z.int().describe("Logs that are still kept: corrected and ignored"),
    corrected: z.int(),
    ignored: z.int(),
    last_error_at: instantJson().nullable(),
    patterns_active: z.int(),
    patterns_improving: z.int(),
    dictionary_words: z.int(),
    adapter: adapterSchema().nullable().describe("The one in use"),
    last_retraining: adapterSchema().nullable().describe("Promoted or rejected"),
    last_snapshot: z.looseObject({ week_start: z.iso.date() }).nullable(),
    jobs: z.array(z.strictObject({
      id: z.string(),
      name: z.string(),
      last_run: runSummarySchema().nullable(),
    })),
  });

const adapterSchema = () =>
  z.strictObject({
    version: z.int(),
    status: z.enum(["promoted", "rejected"]),
    reason: z.string(),
    trained_pairs: z.int(),
    artifact_bytes: z.int(),
    metrics: z.record(z.string(), z.number().nullable()),
    trained_at: instantJson(),
  });
