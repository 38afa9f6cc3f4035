import { setTimeout as sleep } from "node:timers/promises";
import type { JobContext } from "../lib/job.ts";

/** The longest body that is read, in bytes. */
const MAX_BODY_BYTES = 5_000_000;

/** A server that asks for a longer pause is asked again in the job's next run. */
const MAX_PAUSE_MS = 60_000;

const FIRST_PAUSE_MS = 500;

export interface JsonRequest {
  headers?: Record<string, string>;
  /** A question that is asked by POST, as JSON; it changes nothing where it is asked. */
  question?: unknown;
  /** Where headers hold a key: they would be sent on to wherever a redirect leads. Default: true. */
  followsRedirects?: boolean;
  /** For each try, until the body is read. */
  timeoutMs: number;
  /** Ends the pauses between tries. */
  signal: AbortSignal;
  /** Tries in all; default 3. */
  tries?: number;
}

/** A good answer; `body` is undefined when the server says that nothing has changed (304). */
export interface JsonAnswer {
  body: unknown;
  etag: string | null;
  lastModified: string | null;
}

/** An address did not give what was asked for; the message tells it without query and headers. */
export class JsonRequestError extends Error {
  constructor(message: string, readonly status: number | null, readonly pauseMs: number | null) {
    super(message);
    this.name = "JsonRequestError";
  }
}

/**
 * Asks for JSON, with a bounded time and size and with another try after what may pass: no connection, a
 * timeout, 408, 429 and 5xx.
 *
 * Pauses double from half a second; `Retry-After` (RFC 9110, 10.2.3) is honoured up to a minute, a
 * longer one ends the tries. Throws `JsonRequestError`, or the signal's reason.
 */
export async function fetchJson(
  fetch: JobContext["fetch"],
  url: string,
  request: JsonRequest,
): Promise<JsonAnswer> {
  const { signal, tries = 3 } = request;
  for (let tried = 1;; tried++) {
    try {
      return await tryOnce(fetch, url, request);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof JsonRequestError) || error.pauseMs === null || tried === tries) {
        throw error;
      }
      await sleep(Math.max(error.pauseMs, FIRST_PAUSE_MS * 2 ** (tried - 1)), undefined, {
        signal,
      });
    }
  }
}

async function tryOnce(
  fetch: JobContext["fetch"],
  url: string,
  { headers, question, timeoutMs, followsRedirects = true }: JsonRequest,
): Promise<JsonAnswer> {
  const place = withoutSecrets(url);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      ...(question !== undefined && asPost(question)),
      headers: {
        Accept: "application/json",
        ...(question !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      redirect: followsRedirects ? "follow" : "manual",
      signal: timeout.signal,
    });
    if (!response.ok && response.status !== 304) {
      await response.body?.cancel();
      throw refused(place, response);
    }
    return {
      body: response.status === 304 ? undefined : parse(place, await readText(place, response)),
      etag: response.headers.get("ETag"),
      lastModified: response.headers.get("Last-Modified"),
    };
  } catch (error) {
    if (error instanceof JsonRequestError) throw error;
    const reason = timeout.signal.aborted
      ? `did not answer within ${timeoutMs / 1000} s`
      : "cannot be reached, or broke off";
    throw new JsonRequestError(`${place} ${reason}`, null, 0);
  } finally {
    clearTimeout(timer);
  }
}

function asPost(question: unknown) {
  return { method: "POST", readOnly: true, body: JSON.stringify(question) };
}

/** The address without what may be secret in it: user, password, query. */
export function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function refused(place: string, { status, headers }: Response): JsonRequestError {
  const passes = status === 408 || status === 429 || status >= 500;
  if (!passes) return new JsonRequestError(`${place} answered ${status}`, status, null);
  const pauseMs = retryAfterMs(headers);
  if (pauseMs > MAX_PAUSE_MS) {
    const message = `${place} answered ${status} and wants a pause of ${pauseMs / 1000} s`;
    return new JsonRequestError(message, status, null);
  }
  return new JsonRequestError(`${place} answered ${status}`, status, pauseMs);
}

/** A date counts from the server's own `Date`, whatever this machine's clock says. */
function retryAfterMs(headers: Headers): number {
  const wanted = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(wanted)) return Number(wanted) * 1000;
  const pause = Date.parse(wanted) - Date.parse(headers.get("Date") ?? "");
  return Number.isNaN(pause) ? 0 : Math.max(0, pause);
}

async function readText(place: string, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      throw new JsonRequestError(`${place} gave over ${MAX_BODY_BYTES} bytes`, null, null);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** A body that was cut off is worth another try; what the parser says of it would quote it. */
function parse(place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonRequestError(`${place} gave ${text.length} characters, no JSON`, null, 0);
  }
}
