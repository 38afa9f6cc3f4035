import {
  type LastError,
  readLastErrors,
  readRecentRuns,
  readSlotGaps,
  readSlotRuns,
  type RecentRuns,
} from "../../../lib/dashboard_overview_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { listCodeRows, listPausedRows, readJobSchedules } from "../../../lib/job_overview_store.ts";
import { missingSettings } from "../../../lib/missing_settings.ts";
import { isPaused, pauseEnd, type ScheduleRow } from "../../../lib/schedule_row.ts";
import { nextRuns } from "../../next_run.ts";
import { describeColumns } from "../schedule_words.ts";
import { declaredColumns } from "../../job_json.ts";
import { lastSlots, type SlotCell } from "../slots.ts";
import {
  addUp,
  hasEverEnded,
  type Health,
  judgeJob,
  lastMissed,
  type Missed,
  type RunFigures,
} from "./job_health.ts";

/** A job as the overview shows it. */
export interface OverviewRow {
  job: AnyJob;
  health: Health;
  /** In words, with its zone. */
  schedule: string;
  /** How many schedules it has beside its own. */
  moreSchedules: number;
  figures: RunFigures;
  last: RecentRuns["last"];
  runningId: string | null;
  nextRunAt: Date | null;
  /** The newest slot that was missed in the last day, or that nothing came after, whatever its health. */
  missed: Missed | null;
  /** Whether any of its schedules is enabled, whatever its health. */
  enabled: boolean;
  /** Whether its own schedule is paused now, whatever its health. */
  paused: boolean;
  /** Null also for a pause without end. */
  pausedUntil: Date | null;
  pauseReason: string | null;
  missingSetting: string | null;
  /** Of a job that fails. */
  lastError: LastError | null;
  cells: SlotCell[];
}

/** Jobs as the overview shows them, in their order: six statements, however many jobs, and one where some fail. */
export async function readOverview(
  engine: Engine,
  now: Date,
  jobs: AnyJob[],
): Promise<OverviewRow[]> {
  const { sql, clock, config } = engine;
  const ids = jobs.map(({ id }) => id);
  const [schedules, rows, pausedRows, recent, slotRuns, gaps] = await Promise.all([
    readJobSchedules(sql, clock, ids),
    listCodeRows(sql, ids),
    listPausedRows(sql, clock, ids),
    readRecentRuns(sql, ids),
    readSlotRuns(sql, ids),
    readSlotGaps(sql, ids),
  ]);
  const rowById = new Map(rows.map((row) => [row.id, row]));
  const recentByJob = new Map(recent.map((runs) => [runs.jobType, runs]));
  const schedulesByJob = new Map(schedules.map((found) => [found.job_type, found]));
  const next = nextRuns(schedules, pausedRows);
  const shown = await Promise.all(jobs.map(async (job) => {
    const row = rowById.get(job.id);
    const { runs, last, runningId } = recentByJob.get(job.id)!;
    const figures = addUp(runs);
    const nextRunAt = next.get(job.id) ?? null;
    const missingSetting = missingSettings(job, config).join(", ") || null;
    const found = schedulesByJob.get(job.id);
    const gapsOfRow = gaps.get(job.id) ?? [];
    const cells = row ? lastSlots(row, slotRuns.get(job.id) ?? [], gapsOfRow, now) : [];
    const state = {
      missed: lastMissed(runs, gapsOfRow, cells.at(-1)?.slotMs ?? -Infinity, now),
      enabled: found?.enabled ?? false,
      paused: row !== undefined && isPaused(row, now),
      figures,
      missingSetting,
    };
    return {
      job,
      health: judgeJob({ ...state, hasRun: hasEverEnded(runs), dueAt: nextRunAt }, now),
      schedule: await describeColumns(row ?? declaredColumns(job, config)),
      moreSchedules: Math.max(0, (found?.schedules ?? 1) - 1),
      ...state,
      last,
      runningId,
      nextRunAt,
      ...pauseOf(row, now),
      cells,
    };
  }));
  const failing = shown.filter(({ health }) => health === "failing").map(({ job }) => job.id);
  const errors = failing.length > 0 ? await readLastErrors(sql, failing) : new Map();
  return shown.map((row) => ({ ...row, lastError: errors.get(row.job.id) ?? null }));
}

function pauseOf(row: ScheduleRow | undefined, now: Date) {
  if (!row || !isPaused(row, now)) return { pausedUntil: null, pauseReason: null };
  const { pause_reason, paused_by } = row;
  const words = [paused_by && `by ${paused_by}`, pause_reason].filter(Boolean).join(": ");
  return { pausedUntil: pauseEnd(row), pauseReason: words || null };
}
