import type { Hono } from "hono";
import { equalTexts, makeSecret } from "../../../lib/session.ts";
import { endSession } from "../../../lib/session_store.ts";
import { acceptedKeys, findKey } from "../../auth.ts";
import { readCookie, SESSION_COOKIE, writeCookie } from "../../cookies.ts";
import type { AppDeps } from "../../deps.ts";
import { startSession } from "../../session_cookie.ts";
import { checkForm, readForm, safePath } from "../forms.ts";
import { keepLook, readLook } from "../look.ts";
import type { PageContext, PageEnv } from "../view.ts";
import { signInPage } from "./sign_in_page.tsx";

/** Holds the token of the form to sign in, for there is no session yet that could. */
const FORM_COOKIE = "edge_cron_form";

const FORM_SECONDS = 3_600;

/** Signing in, signing out, and how the pages look: what needs no database beyond the session. */
export function mountSignIn(pages: Hono<PageEnv>, { engine, signInLink }: AppDeps): void {
  const keys = acceptedKeys(engine.config);

  const show = (c: PageContext, status: 200 | 401, problem?: string) => {
    const formToken = readCookie(c, FORM_COOKIE) || makeSecret();
    writeCookie(c, FORM_COOKIE, formToken, FORM_SECONDS);
    const link = c.req.query("link");
    return c.html(
      signInPage({
        look: readLook(c, engine.config.defaultTimeZone),
        formToken,
        next: safePath(c.req.query("next") ?? "") ?? "/",
        link: link === undefined
          ? null
          : { token: link, isGood: signInLink?.isGood(link) ?? false },
        hasKeys: keys.length > 0,
        problem,
      }),
      status,
    );
  };

  pages.get("/ui/sign-in", (c) => show(c, 200));

  pages.post("/ui/sign-in", async (c) => {
    const form = await readForm(c);
    const expected = readCookie(c, FORM_COOKIE) ?? "";
    if (!expected || !equalTexts(form.text("form_token"), expected)) {
      return show(c, 401, "This page is too old, or cookies are switched off. Try again.");
    }
    const link = form.text("link");
    const key = link ? undefined : await findKey(keys, form.text("key").trim());
    if (link && !signInLink?.take(link)) {
      return show(c, 401, "The link is used up or too old; a restart prints a new one.");
    }
    if (!link && !key) return show(c, 401, "The key is not known.");
    await startSession(c, engine, key ?? { role: "admin", key: null });
    writeCookie(c, FORM_COOKIE, "", 0);
    return c.redirect(safePath(form.text("next")) ?? "/", 303);
  });

  pages.post("/ui/sign-out", checkForm(), async (c) => {
    // First: a sign-out that cannot be kept fails as a whole, rather than claim what is not so.
    if (c.env.session) await endSession(engine.sql, c.env.session);
    writeCookie(c, SESSION_COOKIE, "", 0);
    return c.redirect("/ui/sign-in", 303);
  });

  pages.post("/ui/settings", checkForm(), async (c) => {
    const form = await readForm(c);
    const theme = form.has("theme") ? form.text("theme") : undefined;
    const zoneChoice = form.has("zone") ? form.text("zone") : undefined;
    keepLook(c, readLook(c, engine.config.defaultTimeZone), { theme, zoneChoice });
    return c.redirect(safePath(form.text("back")) ?? "/", 303);
  });
}
