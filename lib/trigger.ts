/** Runs by hand from code: what APScheduler users know as `trigger_job_now`. */
import type { Engine, RunRequest } from "./engine_api.ts";
import type { RunRow } from "./run.ts";

let engineOfProcess: Engine | null = null;

/** Makes an engine the one that `triggerJobNow` speaks to; called once, where the program is put together. */
export function useEngine(engine: Engine): void {
  engineOfProcess = engine;
}

/**
 * Runs a job now, beside its schedule; returns its run while the work goes on.
 *
 * Throws what `Engine.requestRun` throws, and `TypeError` in a process that has no engine.
 */
export async function triggerJobNow(
  jobId: string,
  request: Omit<RunRequest, "triggeredBy"> = {},
): Promise<RunRow> {
  if (!engineOfProcess) {
    throw new TypeError(`Cannot trigger "${jobId}" as this process has no engine: call useEngine`);
  }
  return await engineOfProcess.requestRun(jobId, { ...request, triggeredBy: "code" });
}
