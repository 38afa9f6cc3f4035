import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import type { DueGroup } from "./due_students_store.ts";
import { studentParam } from "./student_param.ts";

/** Seed 002, "Scaling": batches of 100 users. */
const STUDENTS_PER_BATCH = 100;

/**
 * The daily snapshots of seed 002. There they are taken at 00:00 UTC; here each student's at the first
 * full hour after the student's own midnight, so that a day is a day wherever the school is.
 *
 * A late run, after a standstill of days, covers each student's last day alone: plans and zones of days
 * gone by are not known for certain. Who wants these days runs their slots again (backfill, or `as_of`).
 * A student who moves to another zone has no day twice; what falls between two zones' days may be in
 * neither or in both. A student whose snapshot fails is tried again every hour, uncounted: the run that
 * failed first has told it, and one student must not fail the runs of a whole day.
 */
export const createDailySnapshots = defineJob({
  id: "create_daily_snapshots",
  name: "Create daily snapshots",
  description:
    "Writes down each active student's last whole day, on the student's own clock: pace against the plan, quiz average, lessons completed and time spent.",
  tags: ["students"],
  schedule: { cron: "0 * * * *" },
  params: z.strictObject({
    user_id: studentParam,
    retake: z.boolean().default(false)
      .describe("Take the snapshot again where the day has one."),
  }),
  // Seed 002, "Monitoring": alert when under 90 % succeed, or when it takes over 5 minutes.
  policies: { minSuccessRate: 0.9, slowAfterMs: 300_000 },
  async run(ctx) {
    const { writeDailySnapshots } = await import("./daily_snapshot_store.ts");
    const { dueStudents } = await import("./due_students_source.ts");
    ctx.log.info("Starting daily snapshot creation", { as_of: ctx.asOf.toISOString() });
    const rule = {
      asOf: ctx.asOf,
      defaultTimeZone: ctx.config.defaultTimeZone,
      userId: ctx.params.user_id ?? null,
      retake: ctx.params.retake,
      runId: ctx.runId,
    };

    const take = (group: DueGroup, counted: boolean) =>
      ctx.forEach(
        dueStudents(ctx.sql, rule, group),
        async (students, tx) => ({ snapshots: await writeDailySnapshots(tx, students, rule) }),
        { batchSize: STUDENTS_PER_BATCH, counted },
      );
    const totals = await take("new", true);
    const again = await take("failed_before", false);

    const snapshots = (totals.snapshots ?? 0) + (again.snapshots ?? 0);
    const errors = totals.failed + again.failed;
    ctx.log.info(`Daily snapshots completed: ${snapshots} success, ${errors} errors`);
    return {
      students: totals.total,
      students_failed: totals.failed,
      tried_again: again.total,
      tried_again_failed: again.failed,
      snapshots,
    };
  },
});
