import { isConnectionError } from "./db/errors.ts";

/** How often work is tried again while the database is away; a minute in all. */
const TRIES = 120;
const RETRY_MS = 500;

/**
 * Does work until the database is there for it, for about a minute; then rejects as the work did last.
 *
 * Whether the database did what it was asked before it went away is unknown, so the work must bear being
 * done twice, or find out. `isAway` tells its absence from what else the work throws. A signal that aborts
 * ends the waiting with its reason.
 */
export async function whileDatabaseIsAway<T>(
  work: () => Promise<T>,
  { isAway = isConnectionError, signal }: {
    isAway?: (error: unknown) => boolean;
    signal?: AbortSignal;
  } = {},
): Promise<T> {
  for (let tried = 1;; tried++) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || tried === TRIES) throw error;
      await pause(RETRY_MS, signal);
    }
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal!.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(resolve, ms);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}
