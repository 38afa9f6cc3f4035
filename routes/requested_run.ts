import type { Context } from "hono";
import type { Engine } from "../lib/engine_api.ts";
import { isSettled, type RunRow } from "../lib/run.ts";
import { z } from "zod";
import type { Answer } from "./contract.ts";
import { MAX_WAIT_SECONDS, preferredWaitSeconds } from "./prefer.ts";
import { runSchema, toRun } from "./run_json.ts";

/**
 * The answer to a request for a run: 202 with its place, or 200 once it is settled when the caller prefers to wait.
 *
 * A run that takes longer than the caller waits is a 202 too.
 */
export async function answerWithRun(c: Context, engine: Engine, run: RunRow): Promise<Response> {
  const seconds = preferredWaitSeconds(c.req.header("Prefer"));
  const current = seconds === null ? run : await engine.waitForRun(run.id, seconds * 1000);
  if (seconds !== null) c.header("Preference-Applied", `wait=${seconds}`);
  if (seconds !== null && isSettled(current)) return c.json({ run: toRun(current) });
  c.header("Location", `/runs/${run.id}`);
  return c.json({ run: toRun(current) }, 202);
}

/** What `answerWithRun` gives, for contracts. */
export const RUN_ANSWERS: Record<number, Answer> = {
  200: { description: "The run, settled", schema: () => z.strictObject({ run: runSchema() }) },
  202: {
    description: "The run goes on; Location says where to look",
    schema: () => z.strictObject({ run: runSchema() }),
  },
  409: { description: "It cannot be now; run_id names the run that is in the way, if one is" },
};

/** The header that `answerWithRun` looks at, for contracts. */
export const WAIT_HEADER = {
  Prefer:
    `wait=SECONDS holds the answer back until the run is settled, at most ${MAX_WAIT_SECONDS}`,
};
