import type { Context, Hono } from "hono";
import type { ApiKey } from "../lib/config.ts";
import type { AppDeps, AppEnv, Caller } from "./deps.ts";
import type { SignedIn } from "./session_cookie.ts";

/** The dashboard's part of the app; nothing of it is loaded before it is first asked for. */
export interface Dashboard {
  answer(c: Context<AppEnv>): Promise<Response>;
  /** The holder of the request's session cookie; undefined when there is none that is good. */
  findSignedIn(c: Context, keys: readonly ApiKey[]): Promise<SignedIn | undefined>;
  /** A problem as a page, for who asked with a browser. */
  tellProblem(c: Context<AppEnv>, problem: Response): Promise<Response>;
}

/** What the pages are told of a request by what let it through; nothing on the page to sign in. */
export interface Visitor {
  caller?: Caller;
  session?: SignedIn;
}

export function createDashboard(deps: AppDeps): Dashboard {
  type Pages = typeof import("./dashboard/app.ts");
  let loading: Promise<Pages> | undefined;
  let pages: ReturnType<Pages["createPages"]> | undefined;
  const load = () => loading ??= import("./dashboard/app.ts");
  return {
    async answer(c) {
      const { createPages } = await load();
      pages ??= createPages(deps);
      return await pages.fetch(c.req.raw, { caller: c.get("caller"), session: c.get("session") });
    },
    async findSignedIn(c, keys) {
      const { findSignedIn } = await load();
      return await findSignedIn(c, deps.engine, keys);
    },
    async tellProblem(c, problem) {
      const { tellProblem } = await load();
      return await tellProblem(c, problem);
    },
  };
}

/** Mounts the pages under `/ui/`; for all methods, since the pages know their own. */
export function mountDashboard(app: Hono<AppEnv>, dashboard: Dashboard): void {
  app.all("/ui/*", (c) => dashboard.answer(c));
}
