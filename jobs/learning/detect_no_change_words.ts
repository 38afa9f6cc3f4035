import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import { userIdParam } from "./user_param.ts";

/**
 * Signal "no change over time" of seed 001: flagged in 3 or more sessions and never corrected.
 *
 * A word that was added stays, even if the user corrects it later: the dictionary is the user's own.
 * One that is taken out by hand comes back for as long as its logs say that it was never corrected.
 */
export const detectNoChangeWords = defineJob({
  id: "detect_no_change_words",
  name: "Detect no-change words",
  description:
    "Adds words that a user keeps although they are flagged again and again to the user's personal dictionary, so that they are flagged no more.",
  tags: ["learning"],
  schedule: { cron: "0 2 * * *" },
  params: z.strictObject({
    user_id: userIdParam,
    min_sessions: z.int().min(2).max(1000).default(3)
      .describe("Number of different sessions in which the word was flagged and left alone."),
  }),
  policies: { slowAfterMs: 1_800_000 },
  async run(ctx) {
    const { addNoChangeWords } = await import("./dictionary_store.ts");
    const { userSource } = await import("./user_source.ts");
    ctx.log.info("Running daily no-change word detection job");
    const rule = { asOf: ctx.asOf, minSessions: ctx.params.min_sessions };

    const totals = await ctx.forEach(
      userSource(ctx.sql, ctx.params.user_id),
      async (users, tx) => ({ words_added: await addNoChangeWords(tx, users, rule) }),
    );

    const result = {
      users: totals.total,
      users_failed: totals.failed,
      words_added: totals.words_added ?? 0,
    };
    ctx.log.info("No-change word detection completed", result);
    return result;
  },
});
