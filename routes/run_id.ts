import { NotFoundError } from "../lib/errors.ts";

/** The id of a run as its column takes it. Throws `NotFoundError`: what is no UUID is no run's id. */
export function checkRunId(id: string): string {
  if (isUuid(id)) return id;
  throw noSuchRun(id);
}

/** What to throw when there is no run of that id. */
export function noSuchRun(id: string): NotFoundError {
  return new NotFoundError(`No run has the id "${id}".`);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a value can be the id of a run. */
export function isUuid(text: unknown): text is string {
  return typeof text === "string" && UUID.test(text);
}
