import type { Engine } from "../lib/engine_api.ts";
import { NotFoundError } from "../lib/errors.ts";
import type { AnyJob } from "../lib/job.ts";
import { nearestId } from "./nearest_id.ts";

/** The job with an id. Throws `NotFoundError` that names the nearest one. */
export function findJob(engine: Engine, id: string): AnyJob {
  const job = engine.jobs.get(id);
  if (job) return job;
  const nearest = nearestId(id, engine.jobs.keys());
  throw new NotFoundError(
    `No job has the id "${id}".${nearest ? ` Did you mean "${nearest}"?` : ""}`,
    nearest ? { nearest } : {},
  );
}
