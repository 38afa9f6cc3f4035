/** What becomes of a run when an attempt of it ends: the one place where success, retry and failure are decided. */
import { backoffDelayMs } from "./backoff.ts";
import type { Json } from "./db/sql.ts";
import { errorMessage } from "./errors.ts";
import type { AnyJob } from "./job.ts";
import { formatReached, formatWanted } from "./percent.ts";
import type { RunRow } from "./run.ts";
import type { Settlement } from "./run_store.ts";

/** Why an attempt was ended from outside. */
export type AbortReason = "timeout" | "cancelled" | "lost" | "shutdown";

/** How an attempt ended; `items` counts what `ctx.forEach` went through over all attempts. */
export type Ending =
  | { kind: "returned"; result: Json | null; items: { done: number; failed: number } }
  | { kind: "threw"; error: unknown; retryable: boolean }
  | { kind: "aborted"; reason: AbortReason }
  | { kind: "refused"; reason: string; message: string };

/** The settlement for an ending; undefined when the run is somebody else's already. */
export function decideSettlement(job: AnyJob, run: RunRow, ending: Ending): Settlement | undefined {
  switch (ending.kind) {
    case "returned":
      return judgeItems(job, ending);
    case "threw":
      return retryOrFail(
        job,
        run,
        "failed",
        errorMessage(ending.error),
        isWorthRetrying(job, ending),
      );
    case "refused":
      return settled("skipped", "skipped", ending.reason, ending.message);
    case "aborted":
      return decideAborted(job, run, ending.reason);
  }
}

function decideAborted(job: AnyJob, run: RunRow, reason: AbortReason): Settlement | undefined {
  switch (reason) {
    case "timeout": {
      const error = `timed out after ${job.policies.timeoutMs / 1_000} s`;
      return retryOrFail(
        job,
        run,
        "timeout",
        error,
        isWorthRetrying(job, {
          error: new DOMException(error, "TimeoutError"),
          retryable: true,
        }),
      );
    }
    case "shutdown":
      return { ...settled("pending", "interrupted", "interrupted", null), delayMs: 0 };
    // Its row was changed by whoever took the run away.
    case "cancelled":
    case "lost":
      return undefined;
  }
}

function judgeItems(
  job: AnyJob,
  { result, items }: Extract<Ending, { kind: "returned" }>,
): Settlement {
  const all = items.done + items.failed;
  const successRate = all === 0 ? 1 : items.done / all;
  if (successRate >= job.policies.minSuccessRate) {
    const { slowAfterMs } = job.policies;
    return { ...settled("success", "success", null, null), result, slowAfterMs };
  }
  const reached = formatReached(successRate);
  const wanted = formatWanted(job.policies.minSuccessRate);
  const error = `${items.failed} of ${all} items failed: a success rate of ${reached}, ` +
    `at least ${wanted} is wanted`;
  return { ...settled("failed", "failed", "items", error), result, isFailure: true };
}

function retryOrFail(
  job: AnyJob,
  run: RunRow,
  outcome: "failed" | "timeout",
  error: string,
  worthRetrying: boolean,
): Settlement {
  const failures = run.failures + 1;
  const reason = outcome === "timeout" ? "timeout" : "error";
  if (!worthRetrying || failures > job.policies.retries) {
    return { ...settled("failed", outcome, reason, error), isFailure: true };
  }
  return {
    ...settled("pending", outcome, reason, error),
    isFailure: true,
    delayMs: backoffDelayMs(job.policies.backoff, failures),
  };
}

function isWorthRetrying(
  job: AnyJob,
  { error, retryable }: { error: unknown; retryable: boolean },
): boolean {
  if (!retryable) return false;
  try {
    return job.policies.retryIf?.(error) ?? true;
  } catch {
    // A run whose author erred here must be settled all the same.
    return true;
  }
}

function settled(
  status: Settlement["status"],
  outcome: Settlement["outcome"],
  reason: string | null,
  error: string | null,
): Settlement {
  return {
    status,
    outcome,
    reason,
    error,
    result: null,
    isFailure: false,
    delayMs: 0,
    slowAfterMs: null,
  };
}
