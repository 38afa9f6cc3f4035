import type { TouchedRun } from "../../../lib/dashboard_runs_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { EdgeCronError, errorMessage } from "../../../lib/errors.ts";
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

/** Runs that one press may touch: one after the other they take seconds, and nobody waits a minute for an answer. */
export const MOST_TOUCHED = 200;

/** The acts that may touch a run of the status that a filter has, of any run where it has none. */
export function bulkActionsOn(status: string | undefined): BulkAction[] {
  const actions = Object.keys(BULK_ACTIONS) as BulkAction[];
  return actions.filter((action) =>
    !status || BULK_ACTIONS[action].statuses.some((one) => one === status)
  );
}

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

/**
 * Does an act to one run after the other, oldest first; what is refused is told and the rest goes on.
 *
 * So does what fails: an answer that only says so would keep from the reader what was done.
 */
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
      outcome.refused.push({ run, why: sayWhyNot(engine, run.id, error) });
    }
  }
  return outcome;
}

function sayWhyNot(engine: Engine, id: string, error: unknown): string {
  if (error instanceof EdgeCronError) return error.message;
  engine.log.error(`Cannot act on run "${id}"`, { reason: errorMessage(error) });
  return "It failed, and the program's log says why";
}

async function doTo(engine: Engine, action: BulkAction, id: string, by: string) {
  if (action === "retry") return (await engine.retryRun(id, { triggeredBy: by })).id;
  await engine.cancelRun(id, by);
  return null;
}
