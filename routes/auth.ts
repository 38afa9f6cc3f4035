import type { Context, MiddlewareHandler } from "hono";
import { type ApiKey, type Config, DEVELOPMENT_KEY, type Role, ROLES } from "../lib/config.ts";
import { wantsHtml } from "./accept.ts";
import { readCookie, SESSION_COOKIE } from "./cookies.ts";
import type { AppEnv, Caller } from "./deps.ts";
import { isEmbedded } from "./deps.ts";
import { HttpError } from "./problem.ts";
import type { SignedIn } from "./session_cookie.ts";

/** Headers that may carry a key, in the order in which they are looked at. */
const KEY_HEADERS = ["X-API-Key", "X-STRATMANCER-KEY"];

/** Whether a path is open to everybody; all others need a key, whether a route is there or not. */
export function isOpen(path: string): boolean {
  return ["/", "/healthz", "/readyz", "/ui/sign-in"].includes(path) ||
    path.startsWith("/ui/assets/");
}

/**
 * The keys that are good under a configuration; none: every call is refused.
 *
 * The development key is good only where nobody else can reach: embedded database, loopback host
 * and no `API_KEYS`. In `API_KEYS` it is never good, since everybody knows it.
 */
export function acceptedKeys(config: Config): ApiKey[] {
  const own = config.apiKeys.filter(({ key }) => key !== DEVELOPMENT_KEY);
  const alone = config.apiKeys.length === 0 && config.resident && isEmbedded(config) &&
    isLoopback(config.host);
  return alone ? [{ role: "admin", key: DEVELOPMENT_KEY }] : own;
}

/**
 * Lets a request through with a good key, with a session, or to an open path; a browser that asks for a
 * page without either is sent to sign in. Throws `HttpError` for the others.
 *
 * A session reads everything and writes under `/ui/` only, where the pages ask for its form token.
 */
export function authenticate(
  keys: readonly ApiKey[],
  findSignedIn: (c: Context) => Promise<SignedIn | undefined>,
): MiddlewareHandler<AppEnv> {
  let known: Promise<{ role: Role; digest: Uint8Array }[]> | undefined;
  return async (c, next) => {
    const { path, method } = c.req;
    if (isOpen(path) && !(path === "/" && wantsHtml(c))) return await next();
    const key = keyOf(c);
    const session = !key && readCookie(c, SESSION_COOKIE) ? await findSignedIn(c) : undefined;
    if (session && (isRead(method) || path.startsWith("/ui/"))) {
      c.set("caller", { role: session.role, name: `ui:${session.role}` });
      c.set("session", session);
      return await next();
    }
    if (!key && isPage(path) && wantsHtml(c)) return sendToSignIn(c);
    if (keys.length === 0) {
      throw unauthenticated("Every call is refused: no API_KEYS are configured.");
    }
    if (!key) {
      throw unauthenticated("Send a key as Authorization: Bearer KEY, or as X-API-Key.");
    }
    known ??= Promise.all(keys.map(async ({ role, key }) => ({ role, digest: await digest(key) })));
    const caller = findCaller(await known, await digest(key));
    if (!caller) throw unauthenticated("The key is not known.");
    c.set("caller", caller);
    if (!isRead(c.req.method)) requireRole(c, "operator");
    return await next();
  };
}

/** The key among those given that a text is; undefined when it is none of them. */
export async function findKey(keys: readonly ApiKey[], text: string): Promise<ApiKey | undefined> {
  const given = await digest(text);
  const known = await Promise.all(
    keys.map(async (key) => ({ key, digest: await digest(key.key) })),
  );
  return known.filter(({ digest }) => equalBytes(digest, given))[0]?.key;
}

/** Refuses a caller whose role is below the one needed. Throws `HttpError`. */
export function requireRole(c: Context<AppEnv>, needed: Role): void {
  const { role } = c.get("caller");
  if (ROLES.indexOf(role) >= ROLES.indexOf(needed)) return;
  throw new HttpError("forbidden", `This takes the role ${needed}; the key has the role ${role}.`);
}

/** Every key is compared, and digests have one length, so the time taken says nothing about a key. */
function findCaller(
  known: { role: Role; digest: Uint8Array }[],
  given: Uint8Array,
): Caller | undefined {
  const [match] = known.filter(({ digest }) => equalBytes(digest, given));
  return match && { role: match.role, name: `api:${match.role}` };
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

async function digest(key: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
}

function keyOf(c: Context): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  return bearer ?? KEY_HEADERS.map((name) => c.req.header(name)?.trim()).find(Boolean);
}

function unauthenticated(message: string): HttpError {
  return new HttpError("unauthenticated", message, { "WWW-Authenticate": "Bearer" });
}

/** Whether a path is for people with browsers. */
export function isPage(path: string): boolean {
  return path === "/" || path === "/docs" || path.startsWith("/ui/");
}

/** What htmx asks for is a part of a page: it gets the refusal itself, for the page to reload. */
function sendToSignIn(c: Context): Response {
  if (c.req.header("HX-Request")) throw unauthenticated("Sign in again.");
  const { pathname, search } = new URL(c.req.url);
  const next = isRead(c.req.method) && pathname !== "/" ? pathname + search : "";
  return c.redirect(`/ui/sign-in${next && `?next=${encodeURIComponent(next)}`}`, 303);
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
