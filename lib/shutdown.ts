import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";

/** Deno Deploy kills 5 s after its signal. */
const LONGEST_END_MS = 4_500;

/** Ends the program in order on SIGTERM and SIGINT, with status 0: `stopping` is aborted, then `end` has its time. */
export function endOnSignals(
  log: Log,
  stopping: AbortController,
  end: () => Promise<void>,
): void {
  const onSignal = async (signal: Deno.Signal) => {
    if (stopping.signal.aborted) return;
    log.info(`${signal}: ending; what is unfinished is handed back`);
    stopping.abort();
    const late = new Promise((resolve) => setTimeout(resolve, LONGEST_END_MS));
    await Promise.race([
      end().catch((error) => log.error("Cannot end in order", { reason: errorMessage(error) })),
      late,
    ]);
    Deno.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => onSignal(signal));
  }
}

/** Keeps a promise that a handler left behind from ending the program: it is told instead. */
export function tellRejections(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("A promise was rejected and nobody waited for it", {
      reason: errorMessage(event.reason),
      stack: event.reason instanceof Error ? event.reason.stack : undefined,
    });
  });
}
