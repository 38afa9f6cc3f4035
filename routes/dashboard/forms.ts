import type { MiddlewareHandler } from "hono";
import { equalTexts } from "../../lib/session.ts";
import { requireRole } from "./roles.ts";
import { HttpError } from "../problem.ts";
import type { PageContext, PageEnv } from "./view.ts";

/** What a viewer may do as well: it changes nothing but their own cookies. */
const PERSONAL = ["/ui/settings", "/ui/sign-out"];

/** The largest form that is read, in bytes. */
const MAX_FORM_BYTES = 200_000;

/** Lets a form through that carries its session's token, from a person who may do what it does. */
export function checkForm(): MiddlewareHandler<PageEnv> {
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return await next();
    const { session } = c.env;
    // Who comes with a key in a header needs no token: no other site can make a browser send one.
    if (session) {
      const form = await readForm(c);
      if (!equalTexts(form.text("form_token"), session.formToken)) {
        throw new HttpError(
          "stale_form",
          "It is not of the session that you are signed in with now, so nothing was done. Go back, reload the page, try again.",
        );
      }
    }
    if (!PERSONAL.includes(c.req.path)) requireRole(c, "operator");
    await next();
  };
}

/** The fields of a form. */
export interface Form {
  /** The text of a field; empty when it is not there. */
  text(name: string): string;
  has(name: string): boolean;
  /** Every field that is text. */
  all(): Record<string, string>;
}

/** Reads the fields of a form; the same request may be read again. Throws `HttpError` for one that is too large. */
export async function readForm(c: PageContext): Promise<Form> {
  if (Number(c.req.header("Content-Length") ?? 0) > MAX_FORM_BYTES) {
    throw new HttpError("payload_too_large", `A form may have at most ${MAX_FORM_BYTES} bytes.`);
  }
  const fields = await c.req.parseBody();
  const texts = new Map(
    Object.entries(fields).flatMap(([name, value]) =>
      // Postgres takes neither NUL nor half a surrogate pair in texts.
      typeof value === "string" ? [[name, value.replaceAll("\0", "").toWellFormed()] as const] : []
    ),
  );
  return {
    text: (name) => texts.get(name) ?? "",
    has: (name) => texts.has(name),
    all: () => Object.fromEntries(texts),
  };
}

/** Where a form leads back to: a path of this program, never another site. */
export function backOf(form: Form, fallback: string): string {
  return safePath(form.text("back")) ?? fallback;
}

/** A path of this program; undefined for whatever a browser would take for another site. */
export function safePath(text: string): string | undefined {
  return /^\/(?![/\\])[^\\\s]*$/.test(text) ? text : undefined;
}
