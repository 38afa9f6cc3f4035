import { z } from "zod";
import { defineJob } from "../../lib/job.ts";

const DAY_MS = 86_400_000;

/** A run takes its attempts, logs and items with it, so a batch of runs is many more rows. */
const RUNS_PER_BATCH = 500;
const ROWS_PER_BATCH = 10_000;

/** The engine's own history. Counters (`job_stats`) outlive it. */
export const cleanupOldRuns = defineJob({
  id: "cleanup_old_runs",
  name: "Clean up old runs",
  description:
    "Deletes runs, gaps and sent alerts that are older than the retention period. The newest run of each job stays, and so do the counters. Sessions of the dashboard that are over are forgotten.",
  tags: ["system"],
  schedule: { cron: "0 4 * * *" },
  params: z.strictObject({
    retention_days: z.int().min(1).max(36_500).optional()
      .describe("History older than this many days goes; absent: RUN_RETENTION_DAYS."),
  }),
  policies: { slowAfterMs: 1_800_000 },
  async run(ctx) {
    const { countAlertsBefore, countGapsBefore, deleteAlertsBefore, deleteGapsBefore } =
      await import("./history_retention_store.ts");
    const { countRunsBefore, deleteRunsBefore } = await import("./run_retention_store.ts");
    const { countEndedSessions, deleteEndedSessions } = await import(
      "./session_retention_store.ts"
    );
    const { sweepAll } = await import("../sweep.ts");
    const retentionDays = ctx.params.retention_days ?? ctx.config.runRetentionDays;
    const before = new Date(ctx.asOf.getTime() - retentionDays * DAY_MS);

    const deleted = await sweepAll(ctx, [
      {
        name: "runs",
        count: (sql) => countRunsBefore(sql, before),
        deleteBatch: (tx, after) => deleteRunsBefore(tx, before, after, RUNS_PER_BATCH),
      },
      {
        name: "gaps",
        count: (sql) => countGapsBefore(sql, before),
        deleteBatch: (tx, after) => deleteGapsBefore(tx, before, after, ROWS_PER_BATCH),
      },
      {
        name: "alerts",
        count: (sql) => countAlertsBefore(sql, before),
        deleteBatch: (tx, after) => deleteAlertsBefore(tx, before, after, ROWS_PER_BATCH),
      },
      {
        name: "ended_sessions",
        count: (sql) => countEndedSessions(sql, ctx.asOf),
        deleteBatch: (tx, after) => deleteEndedSessions(tx, ctx.asOf, after, ROWS_PER_BATCH),
      },
    ]);

    return { ...deleted, retention_days: retentionDays };
  },
});
