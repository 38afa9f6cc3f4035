import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import type { RecommendationSet } from "./recommendations_store.ts";
import { studentParam } from "./student_param.ts";

/** Seed 002, "Scaling": batches of 100 users. */
const STUDENTS_PER_BATCH = 100;

const DAY_MS = 86_400_000;

/**
 * The weekly recommendations of seed 002, every one made anew ("force refresh"): what is advised again
 * is a new row with a new `created_at`, and the old one is kept as history for DATA_RETENTION_DAYS.
 *
 * Running twice as of the same instant leaves the same active set. What is advised stands in `rules/`.
 */
export const refreshRecommendations = defineJob({
  id: "refresh_recommendations",
  name: "Refresh recommendations",
  description:
    "Advises each active student anew: re-engage after a week of silence, catch up with the plan, review a weak topic, or move ahead.",
  tags: ["students"],
  schedule: { cron: "0 6 * * MON" },
  params: z.strictObject({ user_id: studentParam }),
  // Seed 002, "Monitoring": alert when under 90 % succeed, or when it takes over 5 minutes.
  policies: { minSuccessRate: 0.9, slowAfterMs: 300_000 },
  async run(ctx) {
    const { replaceRecommendations } = await import("./recommendations_store.ts");
    const { recommend } = await import("./rules/mod.ts");
    const { readStudentFigures } = await import("./student_figures_store.ts");
    const { studentsToRefresh } = await import("./students_to_refresh_source.ts");
    const { asOf, config } = ctx;
    const clock = { asOf, defaultTimeZone: config.defaultTimeZone };
    const keepSince = new Date(asOf.getTime() - config.dataRetentionDays * DAY_MS);

    const totals = await ctx.forEach<string, RecommendationSet[]>(
      studentsToRefresh(ctx.sql, asOf, ctx.params.user_id ?? null),
      (_students, tx, sets) => replaceRecommendations(tx, sets, { asOf, keepSince }),
      {
        batchSize: STUDENTS_PER_BATCH,
        prepare: async (students) =>
          (await readStudentFigures(ctx.sql, students, clock))
            .map((figures) => ({ userId: figures.userId, recommendations: recommend(figures) })),
      },
    );

    return {
      students: totals.total,
      students_failed: totals.failed,
      recommendations: totals.recommendations ?? 0,
      deactivated: totals.deactivated ?? 0,
    };
  },
});
