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
