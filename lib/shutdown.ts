import { errorMessage, stackOf } from "./errors.ts";
import type { Log } from "./log.ts";

/** Deno Deploy kills 5 s after its signal. */
const LONGEST_END_MS = 4_500;

/** Ends the program in order on SIGTERM and SIGINT, with status 0, when `end` is over or has had its time. */
export function endOnSignals(log: Log, end: () => Promise<void>): void {
  let isEnding = false;
  const onSignal = async (signal: Deno.Signal) => {
    if (isEnding) return;
    isEnding = true;
    log.info(`${signal}: ending; what is unfinished is handed back`);
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

/** Keeps what a handler left behind, a promise or a timer, from ending the program when it fails: it is told instead. */
export function tellForgotten(log: Log): void {
  const tell = (event: Event, message: string, error: unknown) => {
    event.preventDefault();
    log.error(message, {
      reason: errorMessage(error),
      stack: stackOf(error),
    });
  };
  globalThis.addEventListener(
    "unhandledrejection",
    (event) => tell(event, "A promise was rejected and nobody waited for it", event.reason),
  );
  globalThis.addEventListener(
    "error",
    (event) => tell(event, "An error was thrown where nobody could catch it", event.error),
  );
}
