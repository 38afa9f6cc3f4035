import {
  listLiveRows,
  listRunStretches,
  listTimelineGaps,
  listTimelineRuns,
  type TimelineRun,
} from "../../../lib/dashboard_timeline_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { type Absence, gatherAbsences, openAbsences, toAbsence } from "./absences.ts";
import { type Ghosts, ghostsOf } from "./ghosts.ts";
import { type Hold, holdOf } from "./hold.ts";
import { type Mark, markRuns, stretchMs } from "./marks.ts";
import type { Scale } from "./scale.ts";

/** Rows that ghosts are worked out for. */
const ROWS_LOOKED_AT = 500;

/** Runs that did not succeed and have a bar of their own, over all lanes. */
const UNSUCCESSFUL_SHOWN = 400;

/** Bars of all lanes together of each sort, named and gathered: a page must stay light, however many jobs. */
const BARS_SHOWN = 280;

/** A job on the timeline. */
export interface Lane {
  job: AnyJob;
  marks: Mark[];
  absences: Absence[];
  /** What is to come. */
  ghosts: Ghosts;
  /** Why nothing is to come before that; null where nothing holds the job back. */
  hold: Hold | null;
}

/** What ran and what is expected on a scale, a lane for each of some jobs. */
export async function readLanes(
  engine: Engine,
  jobs: readonly AnyJob[],
  scale: Scale,
  now: Date,
): Promise<Lane[]> {
  const ids = jobs.map(({ id }) => id);
  const since = new Date(scale.fromMs);
  const perJob = Math.max(3, Math.min(40, Math.floor(BARS_SHOWN / Math.max(1, jobs.length))));
  const stretch = stretchMs(now.getTime() - scale.fromMs, perJob);
  const [stretches, runs, gaps, rows] = await Promise.all([
    listRunStretches(engine.sql, ids, since, stretch),
    listTimelineRuns(engine.sql, ids, since, perJob, UNSUCCESSFUL_SHOWN),
    listTimelineGaps(engine.sql, ids, since),
    listLiveRows(engine.sql, ids, ROWS_LOOKED_AT),
  ]);
  const stretchesByJob = Map.groupBy(stretches, ({ job_type }) => job_type);
  const runsByJob = Map.groupBy(runs, ({ job_type }) => job_type);
  const gapsByJob = Map.groupBy(gaps, ({ job_type }) => job_type);
  const rowsByJob = Map.groupBy(rows, ({ job_type }) => job_type);
  return jobs.map((job) => {
    const own = rowsByJob.get(job.id) ?? [];
    return {
      job,
      marks: markRuns(
        chooseNamed(runsByJob.get(job.id) ?? [], perJob),
        stretchesByJob.get(job.id) ?? [],
        { ...scale, stretch, now },
      ),
      absences: gatherAbsences(
        [
          ...(gapsByJob.get(job.id) ?? []).map(toAbsence),
          ...own.flatMap((row) => openAbsences(row, now)),
        ].filter(({ lastSlot }) => lastSlot >= since),
        stretch,
      ),
      ghosts: ghostsOf(own, scale, now),
      hold: holdOf(own, now),
    };
  });
}

/** What did not succeed comes first, then the newest. */
function chooseNamed(runs: readonly TimelineRun[], most: number): TimelineRun[] {
  return runs
    .toSorted((a, b) =>
      Number(a.status === "success") - Number(b.status === "success") ||
      b.began_at.getTime() - a.began_at.getTime()
    )
    .slice(0, most);
}
