import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import { daysBefore } from "./days_before.ts";
import { userIdParam } from "./user_param.ts";

/**
 * Source of the rule: seeds 000 and 001, "weekly aggregated progress stats" for active users.
 *
 * A week may be summed up again, for what came late. A snapshot whose logs have been cleaned up in part
 * stays as it is (`snapshots_kept`); one that was never written is of the logs that are left.
 */
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

    const retentionDays = ctx.config.dataRetentionDays;
    if (daysBefore(ctx.asOf, retentionDays) > week.startsAt) {
      ctx.log.warn("Logs of the week may have been deleted: new snapshots may count too few", {
        retention_days: retentionDays,
        week_start: week.weekStart,
      });
    }

    const totals = await ctx.forEach(
      userSource(ctx.sql, ctx.params.user_id),
      async (users, tx) => {
        const { written, kept } = await writeSnapshots(tx, users, week, ctx.asOf);
        return { snapshots: written, snapshots_kept: kept };
      },
    );
    const kept = totals.snapshots_kept ?? 0;
    if (kept > 0) {
      ctx.log.warn("Snapshots stay as they are: their logs are no longer whole", {
        snapshots: kept,
        week_start: week.weekStart,
      });
    }

    return {
      users: totals.total,
      users_failed: totals.failed,
      snapshots: totals.snapshots ?? 0,
      snapshots_kept: kept,
      week_start: week.weekStart,
    };
  },
});
