import type { Context } from "hono";
import type { ApiKey, Role } from "../lib/config.ts";
import type { Engine } from "../lib/engine_api.ts";
import { readNow } from "../lib/schedule_store.ts";
import {
  claimedSessionId,
  formTokenOf,
  makeSecret,
  makeSessionId,
  markKey,
  openSession,
  sealSession,
  SESSION_HOURS,
} from "../lib/session.ts";
import { keepSessionSecret, readSessionState } from "../lib/session_store.ts";
import { readCookie, SESSION_COOKIE, writeCookie } from "./cookies.ts";

/** Who is signed in; `formToken` has to come with every form. */
export interface SignedIn {
  id: string;
  role: Role;
  expiresAt: Date;
  formToken: string;
}

/**
 * The holder of a request's session cookie; undefined when there is none that is good.
 *
 * Without the database nobody can tell whether the session was ended: then it throws, and opens nothing.
 */
export async function findSignedIn(
  c: Context,
  engine: Engine,
  keys: readonly ApiKey[],
): Promise<SignedIn | undefined> {
  const sealed = readCookie(c, SESSION_COOKIE);
  const claimedId = sealed && claimedSessionId(sealed);
  if (!claimedId) return undefined;
  const { now, session_secret, is_ended } = await readSessionState(
    engine.sql,
    engine.clock,
    claimedId,
  );
  const secret = engine.config.sessionSecret ?? session_secret;
  const session = secret ? await openSession(secret, sealed, now) : undefined;
  if (!session || is_ended) return undefined;
  const { id, role, keyMark, expiresAt } = session;
  if (keyMark !== null && !await isKnown(secret!, keyMark, role, keys)) return undefined;
  return { id, role, expiresAt, formToken: await formTokenOf(secret!, sealed) };
}

/** Puts a session into the answer's cookie; `key` null: who comes by the log's link. */
export async function startSession(
  c: Context,
  engine: Engine,
  { role, key }: { role: Role; key: string | null },
): Promise<void> {
  const now = await readNow(engine.sql, engine.clock);
  const secret = engine.config.sessionSecret ?? await keepSessionSecret(engine.sql, makeSecret());
  const expiresAt = new Date(now.getTime() + SESSION_HOURS * 3_600_000);
  const keyMark = key === null ? null : await markKey(secret, key);
  const sealed = await sealSession(secret, { id: makeSessionId(), role, keyMark, expiresAt });
  writeCookie(c, SESSION_COOKIE, sealed, SESSION_HOURS * 3_600);
}

/** Whether a session's key is still accepted, and for the same role. */
async function isKnown(
  secret: string,
  mark: string,
  role: Role,
  keys: readonly ApiKey[],
): Promise<boolean> {
  const marks = await Promise.all(
    keys.filter((known) => known.role === role).map(({ key }) => markKey(secret, key)),
  );
  return marks.includes(mark);
}
