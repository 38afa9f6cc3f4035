import { toStorableText } from "./storable.ts";

/**
 * A condition that a caller may react to, told apart by `code`.
 *
 * Routes turn the code into an HTTP status (`routes/problem.ts`, the only such map); everything
 * else that is thrown is a defect and reads "Internal error" outside.
 */
export abstract class EdgeCronError extends Error {
  abstract readonly code: string;
  /** Further facts for the caller: JSON, without secrets. */
  readonly details: Record<string, unknown>;

  constructor(message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = new.target.name;
    this.details = details;
  }
}

/** The environment holds values that cannot be used; `problems` has one line for each. */
export class ConfigError extends EdgeCronError {
  readonly code = "invalid_config";
  constructor(readonly problems: string[]) {
    super(`The environment has ${problems.length} wrong value(s):\n  ${problems.join("\n  ")}`);
  }
}

/** A job's declaration contradicts itself. */
export class JobDefinitionError extends EdgeCronError {
  readonly code = "invalid_job";
}

/** No job, run or schedule has that id. */
export class NotFoundError extends EdgeCronError {
  readonly code = "not_found";
}

/** The input does not fit its schema; `fields` maps a dotted path to what is wrong there. */
export class InvalidInputError extends EdgeCronError {
  readonly code = "invalid_input";
  constructor(message: string, readonly fields: Record<string, string[]> = {}) {
    super(message, { errors: fields });
  }
}

/** The act does not fit the present state, such as a second run of a job that never overlaps. */
export class ConflictError extends EdgeCronError {
  readonly code = "conflict";
}

/** The job lacks a setting; the message names the variable. */
export class NotConfiguredError extends EdgeCronError {
  readonly code = "not_configured";
}

/** The run was taken away (lease lost, cancelled, timed out): its writes are refused from now on. */
export class LostRunError extends EdgeCronError {
  readonly code = "lost_run";
}

const MAX_MESSAGE_LENGTH = 8_000;

/** What was thrown, as text that a column of the database takes: without NUL, bounded, never empty. */
export function errorMessage(error: unknown): string {
  return toStorableText(textOf(error).slice(0, MAX_MESSAGE_LENGTH)) || "unknown error";
}

/** Where an error was thrown; undefined where it does not tell. */
export function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error && typeof error.stack === "string" ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

/** Anything can be thrown: an object without a prototype has no text, and a getter may throw itself. */
function textOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const { message, name }: { message: unknown; name: unknown } = thrown;
    return (typeof message === "string" ? message : JSON.stringify(message)) || String(name);
  } catch {
    return "";
  }
}

/** The address that HTTP shall be answered at cannot be had. */
export class ListenError extends EdgeCronError {
  readonly code = "cannot_listen";
}
