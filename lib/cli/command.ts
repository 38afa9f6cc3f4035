import type { Config } from "../config.ts";
import { loadConfig } from "../config.ts";
import { exitWith } from "../exit.ts";
import { createLog, type Log } from "../log.ts";

/** What a command of `deno task` is given. */
export interface CommandDeps {
  config: Config;
  /** To stderr: stdout belongs to the command's result. */
  log: Log;
}

/**
 * Runs a command to its end and leaves with its exit status; what a person can mend is told in one
 * message and gives status 1, wrong arguments status 2.
 */
export async function runCommand(
  usage: string,
  command: (deps: CommandDeps) => Promise<number>,
): Promise<never> {
  const log = createLog((line) => console.error(line));
  try {
    Deno.exit(await command({ config: loadConfig(), log }));
  } catch (error) {
    // What node:util's parseArgs throws.
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code.startsWith("ERR_PARSE_ARGS") || error instanceof UsageError) {
      console.error(`${(error as Error).message}\nUsage: ${usage}`);
      Deno.exit(2);
    }
    exitWith(log, error);
  }
}

/** The arguments of a command are wrong. */
export class UsageError extends Error {}

/** An option that is a whole number of at least 1; undefined when it is absent. */
export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new UsageError(`Cannot take --${name} ${text}: it must be a whole number of at least 1`);
  }
  return Number(text);
}
