import { z } from "zod";
import { isSettled } from "../../lib/run.ts";
import { defineRoute, type Route } from "../contract.ts";
import type { AppDeps } from "../deps.ts";
import { findJob } from "../../lib/find_job.ts";
import { MAX_WAIT_SECONDS } from "../prefer.ts";

/** The addresses with which seed 003 triggers its jobs: the last part, the job, and what it is called. */
const REFRESHES = [
  ["history-index", "refresh_history_index", "History index"],
  ["model-registry", "refresh_model_registry", "Model registry"],
  ["patch-meta", "refresh_patch_meta", "Patch metadata"],
] as const;

/** `POST /admin/refresh/...` of seed 003: each runs one job and answers when it is done. */
export function matchesAdminRoutes({ engine }: AppDeps): Route[] {
  return REFRESHES.map(([part, jobId, what]) =>
    defineRoute({
      method: "post",
      path: `/admin/refresh/${part}`,
      summary: `${what}: refresh it now and wait for it`,
      tag: "matches",
      role: "operator",
      body: () => z.strictObject({}),
      answers: {
        200: { description: "It is done", schema: answerSchema },
        202: { description: "It goes on; Location says where to look", schema: answerSchema },
        409: { description: "It cannot be now; run_id names the run that is in the way" },
        500: { description: "It failed; Location says where to look" },
      },
    }, async (_, c) => {
      const { id: job } = findJob(engine, jobId);
      const { id } = await engine.requestRun(job, { triggeredBy: c.get("caller").name });
      const run = await engine.waitForRun(id, MAX_WAIT_SECONDS * 1000);
      c.header("Location", `/runs/${id}`);
      if (run.status === "success") {
        const message = `${what} refresh completed successfully`;
        return c.json({ status: "success", job, message });
      }
      if (!isSettled(run)) {
        return c.json({ status: run.status, job, message: `${what} refresh goes on` }, 202);
      }
      return c.json({ status: "error", job, message: `${what} refresh ended: ${run.status}` }, 500);
    })
  );
}

const answerSchema = () =>
  z.strictObject({ status: z.string(), job: z.string(), message: z.string() });
