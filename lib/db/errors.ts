const NETWORK_CODES = new Set([
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "CONNECT_TIMEOUT",
]);

/** SQLSTATE: connection exceptions, a server that stops, crashed or starts, too many connections. */
const UNAVAILABLE = /^(08\d{3}|57P0[123]|53300)$/;

/**
 * Whether the database could not be reached or went away, so that the same act may succeed later.
 *
 * Whether the statement was carried out is unknown: repeat only what may be repeated. What a server says of another
 * one that it could not reach itself (`postgres_fdw`, `dblink`) has such a code as well, and leaves the session alive.
 */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionError);
  if (isFromServer(error) && !isFatal(error)) return false;
  const code = codeOf(error);
  return code !== null &&
    (NETWORK_CODES.has(code) || code.startsWith("CONNECTION_") || UNAVAILABLE.test(code));
}

/** A connection to the database that is gone, as the pool or a transaction finds it. */
export class ConnectionLostError extends Error {
  readonly code = "CONNECTION_CLOSED";
}

/** Whether a statement of ours failed so, and not another connection that a handler made: the driver notes it in the error. */
export function isStatementCut(error: unknown): boolean {
  return error instanceof ConnectionLostError ||
    isConnectionError(error) && "query" in (error as Error);
}

/** Whether a statement's error ended its connection: one that the server sends does only when it is fatal. */
export function endsConnection(error: unknown): boolean {
  return isFromServer(error) ? isFatal(error) : isConnectionError(error);
}

function isFromServer(error: unknown): error is Error & { severity: unknown } {
  return error instanceof Error && "severity" in error;
}

function isFatal({ severity }: { severity: unknown }): boolean {
  return severity === "FATAL" || severity === "PANIC";
}

/** Whether the database raised that SQLSTATE, such as `23505` for a duplicate key. */
export function isSqlState(error: unknown, sqlState: string): boolean {
  return codeOf(error) === sqlState;
}

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" ? code : null;
}
