import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import { userIdParam } from "./user_param.ts";

const WINDOW_DAYS = 14;

/**
 * Signal "error stops appearing" of seed 001: the last two weeks against the two before them.
 *
 * A pattern last seen exactly 14 days ago has stopped (seed 000: "14+ days ago"), so the windows
 * are open at their start and closed at their end, and days are 24 hours. A run as of an older instant
 * (a backfill) judges what is not judged yet and leaves every newer judgement and its evidence.
 */
export const detectImprovementPatterns = defineJob({
  id: "detect_improvement_patterns",
  name: "Detect improvement patterns",
  description:
    "Marks errors that a user has not made for 14 days as improving and keeps both fortnights' counts as evidence; one that comes back is active again.",
  tags: ["learning"],
  schedule: { cron: "0 3 * * MON" },
  params: z.strictObject({ user_id: userIdParam }),
  policies: { slowAfterMs: 1_800_000 },
  async run(ctx) {
    const { markImproving, reactivateSeenAgain } = await import("./improvement_store.ts");
    const { userSource } = await import("./user_source.ts");
    const windows = { asOf: ctx.asOf, windowDays: WINDOW_DAYS };

    const totals = await ctx.forEach(
      userSource(ctx.sql, ctx.params.user_id),
      async (users, tx) => ({
        improving: await markImproving(tx, users, windows),
        active_again: await reactivateSeenAgain(tx, users, windows),
      }),
    );

    return {
      users: totals.total,
      users_failed: totals.failed,
      improving: totals.improving ?? 0,
      active_again: totals.active_again ?? 0,
    };
  },
});
