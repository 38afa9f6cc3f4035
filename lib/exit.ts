import { isConnectionError, isSqlState } from "./db/errors.ts";
import { EdgeCronError, errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";

/** SQLSTATE of what is wrong with DATABASE_URL: no such database, no such user, wrong password. */
const WRONG_ADDRESS = ["3D000", "28000", "28P01"];

/**
 * Ends the program with status 1: a condition that a person can mend is told in one clear message, a
 * defect with its stack.
 */
export function exitWith(log: Log, error: unknown): never {
  const isDefect = error instanceof Error && !isMendable(error);
  log.error(errorMessage(error), { stack: isDefect ? error.stack : undefined });
  Deno.exit(1);
}

function isMendable(error: Error): boolean {
  return error instanceof EdgeCronError || isConnectionError(error) ||
    WRONG_ADDRESS.some((state) => isSqlState(error, state)) ||
    error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.NotCapable;
}
