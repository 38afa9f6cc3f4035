import { EdgeCronError, errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";

/**
 * Ends the program with status 1: a condition that a person can mend is told in one clear message, a
 * defect with its stack.
 */
export function exitWith(log: Log, error: unknown): never {
  const isDefect = error instanceof Error && !(error instanceof EdgeCronError) &&
    !(error instanceof Deno.errors.AddrInUse);
  log.error(errorMessage(error), { stack: isDefect ? error.stack : undefined });
  Deno.exit(1);
}
