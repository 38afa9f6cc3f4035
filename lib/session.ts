/** Signed dashboard sessions: what a cookie holds, and how it is known to be ours. */
import type { Role } from "./config.ts";

/** How long a session lasts. */
export const SESSION_HOURS = 12;

/** What a session says of its holder. */
export interface Session {
  /** 128 random bits, by which it can be ended before its time. */
  id: string;
  role: Role;
  /** A mark of the key it was made with, so that it ends with the key; null: made by the log's link. */
  keyMark: string | null;
  expiresAt: Date;
}

/** A session as the text of a cookie: its facts and their HMAC-SHA-256, both base64url. */
export async function sealSession(secret: string, session: Session): Promise<string> {
  const facts = encode(new TextEncoder().encode(JSON.stringify({
    id: session.id,
    role: session.role,
    key: session.keyMark,
    until: session.expiresAt.getTime(),
  })));
  return `${facts}.${encode(await sign(secret, `session ${facts}`))}`;
}

/** The session that a cookie's text holds; undefined when it was not sealed with this secret, or is over. */
export async function openSession(
  secret: string,
  sealed: string,
  now: Date,
): Promise<Session | undefined> {
  const [facts, signature, ...rest] = sealed.split(".");
  if (!facts || !signature || rest.length > 0) return undefined;
  const given = decode(signature);
  if (!given || !await verify(secret, `session ${facts}`, given)) return undefined;
  const { id, role, key, until } = JSON.parse(new TextDecoder().decode(decode(facts)));
  return until > now.getTime() ? { id, role, keyMark: key, expiresAt: new Date(until) } : undefined;
}

/** The id that a cookie's text claims to have, whoever sealed it; undefined for what is no session. */
export function claimedSessionId(sealed: string): string | undefined {
  try {
    const { id } = JSON.parse(new TextDecoder().decode(decode(sealed.split(".")[0])));
    return typeof id === "string" && /^[\w-]{22}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** A new session's id. */
export function makeSessionId(): string {
  return encode(crypto.getRandomValues(new Uint8Array(16)));
}

/** The token that forms of a session carry; another site cannot know it. */
export async function formTokenOf(secret: string, sealed: string): Promise<string> {
  return encode(await sign(secret, `form ${sealed}`));
}

/** A mark that tells keys apart and tells nothing of the key to who has not got the secret. */
export async function markKey(secret: string, key: string): Promise<string> {
  return encode(await sign(secret, `key ${key}`)).slice(0, 16);
}

/** A new secret, 256 random bits. */
export function makeSecret(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

/** Compares two texts in a time that says nothing about where they differ, only about their length. */
export function equalTexts(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

async function sign(secret: string, text: string): Promise<Uint8Array> {
  const key = await importKey(secret, "sign");
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
}

async function verify(
  secret: string,
  text: string,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const key = await importKey(secret, "verify");
  return await crypto.subtle.verify("HMAC", key, signature, new TextEncoder().encode(text));
}

function importKey(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
