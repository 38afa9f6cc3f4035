import {
  listLiveRows,
  listTimelineGaps,
  listTimelineRuns,
  readSuccessSteps,
  type TimelineRun,
} from "../../../lib/dashboard_timeline_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { type GapReason, openGaps } from "../../../lib/plan.ts";
import { ScheduleError } from "../../../lib/schedule.ts";
import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { nextSlots } from "../../next_run.ts";

/** Rows that ghosts are worked out for, and ghosts of one lane. */
const ROWS_LOOKED_AT = 500;
const GHOSTS_A_LANE = 300;

/** A stretch of slots that became no run. */
export interface Absence {
  reason: GapReason;
  from: Date;
  to: Date;
}

/** Bars of all lanes together that lead to their runs: a page must stay light, however many jobs. */
const LINKS_SHOWN = 400;

/** Stretches that successes are told apart by; a finer one would not be seen. */
export const STEPS = 400;

/** A job on the timeline. */
export interface Lane {
  job: AnyJob;
  /** Those that lead to their page. */
  runs: TimelineRun[];
  /** The stretches, of `STEPS` over the whole, in which successes began. */
  successSteps: number[];
  absences: Absence[];
  /** Slots that are to come. */
  ghosts: Date[];
}

/** What ran and what is expected between two instants, a lane for each job. */
export async function readLanes(
  engine: Engine,
  from: Date,
  to: Date,
  now: Date,
): Promise<Lane[]> {
  const jobs = [...engine.jobs.values()];
  const ids = jobs.map(({ id }) => id);
  const stepMs = (to.getTime() - from.getTime()) / STEPS;
  const perJob = Math.max(3, Math.min(40, Math.floor(LINKS_SHOWN / Math.max(1, jobs.length))));
  const [runs, steps, gaps, rows] = await Promise.all([
    listTimelineRuns(engine.sql, ids, from, perJob),
    readSuccessSteps(engine.sql, ids, from, stepMs),
    listTimelineGaps(engine.sql, ids, from),
    listLiveRows(engine.sql, ids, ROWS_LOOKED_AT),
  ]);
  const runsByJob = Map.groupBy(runs, ({ job_type }) => job_type);
  const gapsByJob = Map.groupBy(gaps, ({ job_type }) => job_type);
  const rowsByJob = Map.groupBy(rows, ({ job_type }) => job_type);
  return jobs.map((job) => {
    const own = rowsByJob.get(job.id) ?? [];
    return {
      job,
      runs: runsByJob.get(job.id) ?? [],
      successSteps: steps.get(job.id) ?? [],
      absences: [
        ...(gapsByJob.get(job.id) ?? []).map((gap) => ({
          reason: gap.reason,
          from: gap.first_slot,
          to: gap.last_slot,
        })),
        ...own.flatMap((row) => openAbsences(row, now)),
      ],
      ghosts: own.flatMap((row) => nextSlots(row, now, GHOSTS_A_LANE))
        .filter((slot) => slot <= to)
        .sort((a, b) => a.getTime() - b.getTime())
        .slice(0, GHOSTS_A_LANE),
    };
  });
}

function openAbsences(row: ScheduleRow, now: Date): Absence[] {
  try {
    return openGaps(row, now).map(({ reason, firstSlot, lastSlot }) => ({
      reason,
      from: firstSlot,
      to: lastSlot,
    }));
  } catch (error) {
    if (error instanceof ScheduleError) return [];
    throw error;
  }
}
