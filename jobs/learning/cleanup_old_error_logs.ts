import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import { daysBefore } from "./days_before.ts";

const BATCH_SIZE = 10_000;

/**
 * How far back the weekly jobs look in the logs: two windows of a fortnight; on a Monday morning, the
 * last week and the week before it, an hour longer when clocks change.
 */
const LOOK_BACK_DAYS = { detect_improvement_patterns: 28, generate_progress_snapshots: 15 };

/**
 * Source of the rule: seed 000, "Delete error logs past retention period (90 days)".
 *
 * What is asked for is deleted, even before a weekly job has counted it; the run's log then names
 * the jobs that need more days.
 */
export const cleanupOldErrorLogs = defineJob({
  id: "cleanup_old_error_logs",
  name: "Clean up old error logs",
  description:
    "Deletes error logs that are older than the retention period. Patterns, dictionaries and snapshots stay.",
  tags: ["learning"],
  schedule: { cron: "0 3 * * *" },
  params: z.strictObject({
    retention_days: z.int().min(1).max(36_500).optional()
      .describe("Logs older than this many days go; absent: DATA_RETENTION_DAYS."),
  }),
  policies: { slowAfterMs: 1_800_000 },
  async run(ctx) {
    const { countErrorLogsBefore, deleteErrorLogsBefore } = await import(
      "./error_retention_store.ts"
    );
    const { sweepAll } = await import("../sweep.ts");
    const retentionDays = ctx.params.retention_days ?? ctx.config.dataRetentionDays;
    const before = daysBefore(ctx.asOf, retentionDays);
    const tooShortFor = Object.entries(LOOK_BACK_DAYS).filter(([_, days]) => retentionDays < days);
    if (tooShortFor.length > 0) {
      const names = tooShortFor.map(([job]) => job).join(" and ");
      ctx.log.warn(`Logs are deleted before they are counted by ${names}`, {
        retention_days: retentionDays,
        needed_days: Math.max(...tooShortFor.map(([_, days]) => days)),
      });
    }

    const { error_logs } = await sweepAll(ctx, [{
      name: "error_logs",
      count: (sql) => countErrorLogsBefore(sql, before),
      deleteBatch: (tx, after) => deleteErrorLogsBefore(tx, before, after, BATCH_SIZE),
    }]);

    return { deleted: error_logs, retention_days: retentionDays };
  },
});
