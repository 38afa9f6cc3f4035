import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { isConnectionError, isSqlState } from "../lib/db/errors.ts";
import { EdgeCronError } from "../lib/errors.ts";
import { ScheduleError } from "../lib/schedule.ts";

/** Status and title of each condition that a caller may react to, the engine's and the routes' own: the only such map. */
const CONDITIONS: Record<string, readonly [status: number, title: string]> = {
  unauthenticated: [401, "A key is needed"],
  forbidden: [403, "The key's role is too low"],
  stale_form: [403, "This form can no longer be sent"],
  not_found: [404, "Not found"],
  method_not_allowed: [405, "Method not allowed"],
  conflict: [409, "Conflict"],
  not_configured: [409, "A setting is missing"],
  lost_run: [409, "The run was taken away"],
  payload_too_large: [413, "The body is too large"],
  invalid_input: [422, "The input is wrong"],
  invalid_schedule: [422, "The schedule cannot be used"],
  internal: [500, "Internal error"],
  unavailable: [503, "The database is not ready"],
};

/** How long a caller should wait before it asks a program without its database again. */
export const RETRY_AFTER_SECONDS = 5;

/** SQLSTATE of a table that is not there: HTTP answers before the first migration ran. */
const UNDEFINED_TABLE = "42P01";

/** A condition of HTTP alone, which the engine knows nothing of. */
export class HttpError extends Error {
  constructor(
    readonly code:
      | "unauthenticated"
      | "forbidden"
      | "stale_form"
      | "method_not_allowed"
      | "payload_too_large",
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = "HttpError";
  }
}

/**
 * The answer to what was thrown, as `application/problem+json` (RFC 9457).
 *
 * Only conditions with a code speak; whatever else was thrown reads "Internal error".
 */
export function problemOf(error: Error): Response {
  if (error instanceof HTTPException) return error.getResponse();
  const code = "code" in error ? String(error.code) : "";
  if (error instanceof HttpError) return problem(code, error.message, {}, error.headers);
  if (error instanceof EdgeCronError && code in CONDITIONS) {
    return problem(code, error.message, error.details);
  }
  if (error instanceof ScheduleError) {
    return problem(code, error.message, { errors: { schedule: [error.reason] } });
  }
  if (isConnectionError(error)) return unavailable("The database cannot be reached.");
  if (isSqlState(error, UNDEFINED_TABLE)) return unavailable("The database lacks its tables yet.");
  return problem("internal", "Internal error");
}

/** The answer to a path that no route has, or has for other methods only. */
export function problemOfUnknownPath(c: Context, allowed: string[]): Response {
  const { method, path } = c.req;
  if (allowed.length === 0) return problem("not_found", `There is nothing at ${path}.`);
  const allow = allowed.join(", ");
  const detail = `${method} is not for ${path}; it takes ${allow}.`;
  return problem("method_not_allowed", detail, {}, { Allow: allow });
}

/** The answer while the database cannot be asked; `detail` is a sentence. */
export function unavailable(detail: string): Response {
  const headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
  return problem("unavailable", `${detail} Try again shortly; /readyz says more.`, {}, headers);
}

function problem(
  code: string,
  detail: string,
  details: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Response {
  const [status, title] = CONDITIONS[code];
  const told = { type: `urn:edge-cron:problem:${code}`, title, status, detail };
  // Twice: these come first, and no further fact takes their names.
  return new Response(JSON.stringify({ ...told, ...details, ...told }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}
