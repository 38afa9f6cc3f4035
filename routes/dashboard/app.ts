import { Hono } from "hono";
import { compress } from "hono/compress";
import { errorMessage } from "../../lib/errors.ts";
import type { AppDeps } from "../deps.ts";
import { problemOf } from "../problem.ts";
import { answerAsset } from "./assets.ts";
import { errorPage } from "./error_page.tsx";
import { tellProblem } from "./tell_problem.ts";
import { checkForm } from "./forms.ts";
import { mountJob } from "./job/mount.ts";
import { mountBackfill } from "./job/mount_backfill.ts";
import { mountOverview } from "./overview/mount.ts";
import { mountResults } from "./results/mount.ts";
import { mountRun } from "./run/mount.ts";
import { mountRuns } from "./runs/mount.ts";
import { mountSchedules } from "./schedules/mount.ts";
import { mountSignIn } from "./sign_in/mount.ts";
import { mountTimeline } from "./timeline/mount.ts";
import { makeView, type PageEnv, type View } from "./view.ts";

export { findSignedIn } from "../session_cookie.ts";
export { tellProblem } from "./tell_problem.ts";

/**
 * Every page of the dashboard and every form on them.
 *
 * Reached only through `routes/dashboard.ts`, behind the keys and sessions of the app; what changes
 * something is checked once more, here: a session's form token, and the role.
 */
export function createPages(deps: AppDeps): Hono<PageEnv> {
  const { engine } = deps;
  const pages = new Hono<PageEnv>();
  pages.use(compress());
  pages.get("/ui/assets/:name", (c) => answerAsset(c, c.req.param("name")) ?? c.notFound());
  mountSignIn(pages, deps);
  pages.use(checkForm());
  pages.use(async (c, next) => {
    c.set("view", await makeView(c, engine));
    await next();
  });
  mountOverview(pages, deps);
  mountJob(pages, deps);
  mountBackfill(pages, deps);
  mountRuns(pages, deps);
  mountRun(pages, deps);
  mountSchedules(pages, deps);
  mountTimeline(pages, deps);
  mountResults(pages, deps);

  pages.onError(async (error, c) => {
    const answer = problemOf(error);
    if (answer.status >= 500) {
      engine.log.error(`${c.req.method} ${c.req.path} failed`, {
        error: errorMessage(error),
        stack: answer.status === 500 ? error.stack : undefined,
      });
    }
    return await tellProblem(c, answer, c.get("view") as View | undefined);
  });
  pages.notFound((c) => {
    const problem = { title: "Not found", detail: `There is no page at ${c.req.path}.` };
    return c.html(errorPage(c.get("view") as View | undefined, problem), 404);
  });
  return pages;
}
