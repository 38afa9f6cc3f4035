import type { Hono } from "hono";
import { planBackfill } from "../../../lib/backfill.ts";
import { EdgeCronError, InvalidInputError } from "../../../lib/errors.ts";
import type { AppDeps } from "../../deps.ts";
import { findJob } from "../../../lib/find_job.ts";
import { act, sayRefusal } from "../acts.ts";
import { formatCount } from "../format.ts";
import { readLocalTime } from "../local_time.ts";
import { requireRole } from "../roles.ts";
import { type PageEnv, say, type View } from "../view.ts";
import { backfillPage } from "./backfill_page.tsx";

/** Running slots of the past again: a page that says which, and the form that does it. */
export function mountBackfill(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.get("/ui/jobs/:id/backfill", async (c) => {
    requireRole(c, "operator");
    const job = findJob(engine, c.req.param("id"));
    const view = c.get("view");
    const { from = "", to = "", schedule = "" } = c.req.query();
    try {
      const range = readRange({ from, to, schedule }, view);
      const plan = await planBackfill(engine, job.id, range);
      return c.html(backfillPage({ view, job, plan, texts: { from, to, schedule } }));
    } catch (error) {
      if (!(error instanceof EdgeCronError)) throw error;
      say(c, "bad", sayRefusal(error));
      return c.redirect(`/ui/jobs/${job.id}#backfill`, 303);
    }
  });

  pages.post("/ui/jobs/:id/backfill", (c) =>
    act(c, async (form, by) => {
      const { id, name } = findJob(engine, c.req.param("id"));
      const range = readRange(form.all(), c.get("view"));
      const { created } = await engine.backfill(id, { ...range, triggeredBy: by });
      return {
        text: created === 0
          ? "Every slot in that range was run again before."
          : `${formatCount(created, "slot")} of ${name} will run again.`,
        to: `/ui/runs?job=${id}&trigger=backfill`,
      };
    }));
}

/** The range that a form names, on the viewer's clock. Throws `InvalidInputError`. */
function readRange(texts: Record<string, string>, { zone }: View) {
  const from = readLocalTime(texts.from ?? "", zone);
  const to = readLocalTime(texts.to ?? "", zone);
  if (!from || !to) {
    const wrong = from ? "to" : "from";
    throw new InvalidInputError("The range needs two times", { [wrong]: ["must be a time"] });
  }
  return { from, to, scheduleId: texts.schedule?.trim() || undefined };
}
