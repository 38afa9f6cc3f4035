import { findJob } from "../lib/find_job.ts";
import type { Engine } from "../lib/engine_api.ts";
import { hasEverBeenScheduled } from "../lib/schedule_list_store.ts";

/**
 * Checks that each id is a job's, be it gone from the code: its history stays.
 *
 * Throws `NotFoundError` as `findJob` does for an id that neither the code nor the database knows.
 */
export async function checkJobsKnown(engine: Engine, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    if (engine.jobs.has(id) || await hasEverBeenScheduled(engine.sql, id)) continue;
    findJob(engine, id);
  }
}
