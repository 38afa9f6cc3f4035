import { NotFoundError } from "./errors.ts";
import type { AnyJob } from "./job.ts";
import { nearestId } from "./nearest_id.ts";

/** The job with an id. Throws `NotFoundError` with the `nearest` one, which its sentence names if it is close. */
export function findJob({ jobs }: { jobs: ReadonlyMap<string, AnyJob> }, id: string): AnyJob {
  const job = jobs.get(id);
  if (job) return job;
  const nearest = nearestId(id, jobs.keys());
  throw new NotFoundError(
    `No job has the id "${id}".${nearest?.isClose ? ` Did you mean "${nearest.id}"?` : ""}`,
    nearest ? { nearest: nearest.id } : {},
  );
}
