import type { Context } from "hono";

/** The cookie that holds a signed session. */
export const SESSION_COOKIE = "edge_cron_session";

/** A cookie of the request; undefined when it is not there. */
export function readCookie(c: Context, name: string): string | undefined {
  for (const part of (c.req.header("Cookie") ?? "").split(";")) {
    const [found, ...value] = part.trim().split("=");
    if (found === name) return decode(value.join("="));
  }
}

/** Sets a cookie that no script and no other site can use; `maxAgeSeconds` 0 takes it back. */
export function writeCookie(
  c: Context,
  name: string,
  value: string,
  maxAgeSeconds: number,
): void {
  const parts = [
    `${name}=${encodeURIComponent(value)}`,
    "Path=/",
    `Max-Age=${maxAgeSeconds}`,
    "HttpOnly",
    "SameSite=Strict",
    ...(isSecure(c) ? ["Secure"] : []),
  ];
  c.header("Set-Cookie", parts.join("; "), { append: true });
}

function isSecure(c: Context): boolean {
  return c.req.url.startsWith("https:") || c.req.header("X-Forwarded-Proto") === "https";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
