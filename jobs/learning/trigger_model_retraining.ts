import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import { daysBefore } from "./days_before.ts";
import type { TrainedUser } from "./training_store.ts";
import { userIdParam } from "./user_param.ts";

const MIN_NEW_PAIRS = 50;
const MIN_DAYS_BETWEEN = 7;

/** Together they bound what a batch holds in memory. */
const USERS_PER_BATCH = 50;
const MAX_PAIRS_PER_USER = 5_000;

/**
 * Retrains the correction model of users with 50 or more new error pairs since their last
 * retraining, the last one more than 7 days ago or never (seed 001). Seed 000 says it as "users with
 * 50+ new patterns in 7 days"; where the two differ, this is seed 001's rule.
 *
 * A new pair is one that the user never made before the last retraining. Only the newest 5,000
 * pairs of a user are trained on. How, and what is promoted, stands in correction_model.ts.
 */
export const triggerModelRetraining = defineJob({
  id: "trigger_model_retraining",
  name: "Retrain correction models",
  description:
    "Fits a new correction model for each user with 50 or more new error pairs, measures it on pairs it never saw, and takes it into use when it corrects better.",
  tags: ["learning"],
  schedule: { cron: "30 2 * * *" },
  params: z.strictObject({
    user_id: userIdParam,
    force: z.boolean().default(false)
      .describe("Retrain everybody with any pair, whatever their number and the last retraining."),
  }),
  policies: { timeoutMs: 14_400_000, slowAfterMs: 3_600_000 },
  async run(ctx) {
    const { loadModel } = await import("./load_model.ts");
    const { retrainingSource } = await import("./retraining_source.ts");
    const { insertAdapters, readTrainingData } = await import("./training_store.ts");
    const { user_id, force } = ctx.params;
    const rule = {
      asOf: ctx.asOf,
      minNewPairs: force ? 1 : MIN_NEW_PAIRS,
      lastBefore: force ? null : daysBefore(ctx.asOf, MIN_DAYS_BETWEEN),
      userId: user_id ?? null,
    };
    const { trainAdapter, lexicon } = await loadModel();

    async function trainBatch(users: string[]): Promise<TrainedUser[]> {
      const data = await readTrainingData(ctx.sql, users, ctx.asOf, MAX_PAIRS_PER_USER);
      const trained = [];
      for (const [userId, { pairs, current }] of data) {
        trained.push({ userId, result: trainAdapter({ userId, pairs, current, lexicon }) });
        // Heartbeats and HTTP get their turn between users, however long a batch takes.
        await setImmediate();
        ctx.signal.throwIfAborted();
      }
      return trained;
    }

    const totals = await ctx.forEach<string, TrainedUser[]>(
      retrainingSource(ctx.sql, rule),
      (_users, tx, trained) => insertAdapters(tx, trained, ctx.asOf),
      { batchSize: USERS_PER_BATCH, prepare: trainBatch },
    );

    return {
      users: totals.total,
      users_failed: totals.failed,
      promoted: totals.promoted ?? 0,
      rejected: totals.rejected ?? 0,
    };
  },
});
