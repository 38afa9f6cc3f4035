import type { TouchedRun } from "../../../lib/dashboard_runs_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { EdgeCronError } from "../../../lib/errors.ts";
import type { RunStatus } from "../../../lib/run.ts";

/** What can be done to all runs that fit a filter, and which of them it can touch. */
export const BULK_ACTIONS = {
  retry: {
    words: "Retry all that fit…",
    verb: "Retry",
    done: "asked to run again",
    statuses: ["failed", "cancelled", "skipped"],
  },
  cancel: {
    words: "Cancel all that fit…",
    verb: "Cancel",
    done: "cancelled",
    statuses: ["pending", "running"],
  },
} as const satisfies Record<string, {
  words: string;
  verb: string;
  done: string;
  statuses: readonly RunStatus[];
}>;

export type BulkAction = keyof typeof BULK_ACTIONS;

/** Runs that one press may touch. */
export const MOST_TOUCHED = 1_000;

export function isBulkAction(text: string): text is BulkAction {
  return Object.hasOwn(BULK_ACTIONS, text);
}

/** The page that says what an act would touch. */
export function bulkUrl(action: BulkAction, texts: Record<string, string>): string {
  return `/ui/runs/all/${action}?${new URLSearchParams(texts)}`;
}

/** What an act on many runs came to. */
export interface BulkOutcome {
  /** The runs that it was done to; of a retry the new runs, with those that they repeat. */
  done: { run: TouchedRun; newId: string | null }[];
  refused: { run: TouchedRun; why: string }[];
}

/** Does an act to one run after the other, oldest first; what is refused is told and the rest goes on. */
export async function doToEach(
  engine: Engine,
  action: BulkAction,
  runs: readonly TouchedRun[],
  by: string,
): Promise<BulkOutcome> {
  const outcome: BulkOutcome = { done: [], refused: [] };
  for (const run of runs.toReversed()) {
    try {
      outcome.done.push({ run, newId: await doTo(engine, action, run.id, by) });
    } catch (error) {
      if (!(error instanceof EdgeCronError)) throw error;
      outcome.refused.push({ run, why: error.message });
    }
  }
  return outcome;
}

async function doTo(engine: Engine, action: BulkAction, id: string, by: string) {
  if (action === "retry") return (await engine.retryRun(id, { triggeredBy: by })).id;
  await engine.cancelRun(id, by);
  return null;
}
