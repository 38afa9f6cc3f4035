import type { Engine } from "../lib/engine_api.ts";
import type { AnyJob } from "../lib/job.ts";
import {
  listCodeRows,
  listPausedRows,
  readJobFigures,
  readJobSchedules,
} from "../lib/job_overview_store.ts";
import type { ScheduleRow } from "../lib/schedule_row.ts";
import { type JobJson, toJob } from "./job_json.ts";
import { nextRuns } from "./next_run.ts";

/** A job as lists show it, and its own row; the row is absent until code and rows were synced. */
export interface JobOverview {
  json: JobJson;
  row: ScheduleRow | undefined;
}

/** What there is to say about some jobs, in their order: four statements, however many jobs. */
export async function readJobs(engine: Engine, jobs: AnyJob[]): Promise<JobOverview[]> {
  const { sql, clock, config } = engine;
  const ids = jobs.map(({ id }) => id);
  const [schedules, rows, paused, figures] = await Promise.all([
    readJobSchedules(sql, clock, ids),
    listCodeRows(sql, ids),
    listPausedRows(sql, clock, ids),
    readJobFigures(sql, ids),
  ]);
  const next = nextRuns(schedules, paused);
  return await Promise.all(jobs.map(async (job) => {
    const row = rows.find(({ id }) => id === job.id);
    const json = await toJob(job, config, {
      row,
      schedules: schedules.find(({ job_type }) => job_type === job.id),
      figures: figures.find(({ job_type }) => job_type === job.id),
      nextRunAt: next.get(job.id) ?? null,
    });
    return { json, row };
  }));
}
