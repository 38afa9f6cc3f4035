import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import { userIdParam } from "./user_param.ts";

/** Source of the rule: seeds 000 and 001, "weekly aggregated progress stats" for active users. */
export const generateProgressSnapshots = defineJob({
  id: "generate_progress_snapshots",
  name: "Generate progress snapshots",
  description:
    "Sums up each active user's last whole week, Monday to Sunday: errors, corrections, improving patterns, the change against the week before and the five most frequent patterns.",
  tags: ["learning"],
  schedule: { cron: "30 3 * * MON" },
  params: z.strictObject({ user_id: userIdParam }),
  policies: { slowAfterMs: 1_800_000 },
  async run(ctx) {
    const { readLastWeek, writeSnapshots } = await import("./snapshot_store.ts");
    const { userSource } = await import("./user_source.ts");
    const week = await readLastWeek(ctx.sql, ctx.asOf, ctx.config.defaultTimeZone);

    const totals = await ctx.forEach(
      userSource(ctx.sql, ctx.params.user_id),
      async (users, tx) => ({ snapshots: await writeSnapshots(tx, users, week, ctx.asOf) }),
    );

    return {
      users: totals.total,
      users_failed: totals.failed,
      snapshots: totals.snapshots ?? 0,
      week_start: week.weekStart,
    };
  },
});
