import { assertEquals } from "@std/assert";
import { faketimeTest } from "../support/faketime.ts";
import { MONDAY, runThrough } from "./accelerated.ts";

/** The README's schedules from Monday 00:00 until before 07:00. */
const RUNS = {
  cleanup_old_error_logs: 1,
  cleanup_old_runs: 1,
  create_daily_snapshots: 7,
  detect_improvement_patterns: 1,
  detect_no_change_words: 1,
  generate_progress_snapshots: 1,
  memory_consolidation: 1,
  memory_decay: 1,
  profile_maintenance: 7,
  refresh_history_index: 7,
  refresh_model_registry: 84,
  refresh_patch_meta: 1,
  refresh_recommendations: 1,
  trigger_model_retraining: 1,
};

faketimeTest(
  "a night of the real program gives each job exactly its runs (test:week has seven days)",
  async () => {
    const counts = await runThrough({ from: MONDAY, until: new Date("2026-01-05T07:00:00Z") });
    const runs = Object.entries(counts).map(([job, { runs }]) => [job, runs]);
    assertEquals(Object.fromEntries(runs), RUNS);
    for (const [job, { unsettled, others }] of Object.entries(counts)) {
      assertEquals({ unsettled, others }, { unsettled: 0, others: {} }, job);
    }
  },
);
