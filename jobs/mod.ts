import type { AnyJob } from "../lib/job.ts";
import { cleanupOldErrorLogs } from "./learning/cleanup_old_error_logs.ts";
import { detectImprovementPatterns } from "./learning/detect_improvement_patterns.ts";
import { detectNoChangeWords } from "./learning/detect_no_change_words.ts";
import { generateProgressSnapshots } from "./learning/generate_progress_snapshots.ts";
import { triggerModelRetraining } from "./learning/trigger_model_retraining.ts";
import { refreshHistoryIndex } from "./matches/refresh_history_index.ts";
import { refreshModelRegistry } from "./matches/refresh_model_registry.ts";
import { refreshPatchMeta } from "./matches/refresh_patch_meta.ts";
import { memoryConsolidation } from "./profiles/memory_consolidation.ts";
import { memoryDecay } from "./profiles/memory_decay.ts";
import { profileMaintenance } from "./profiles/profile_maintenance.ts";
import { createDailySnapshots } from "./students/create_daily_snapshots.ts";
import { refreshRecommendations } from "./students/refresh_recommendations.ts";
import { cleanupOldRuns } from "./system/cleanup_old_runs.ts";

/**
 * The crontab: every job, in the order in which a night goes.
 *
 * All of these files are read at a cold start. A job loads its stores in `run`: only who runs waits for them.
 */
export const jobs: AnyJob[] = [
  detectNoChangeWords,
  triggerModelRetraining,
  cleanupOldErrorLogs,
  detectImprovementPatterns,
  generateProgressSnapshots,
  createDailySnapshots,
  refreshRecommendations,
  refreshHistoryIndex,
  refreshModelRegistry,
  refreshPatchMeta,
  profileMaintenance,
  memoryConsolidation,
  memoryDecay,
  cleanupOldRuns,
];
