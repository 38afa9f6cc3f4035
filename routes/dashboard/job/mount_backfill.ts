import type { Hono } from "hono";
import { planBackfill } from "../../../lib/backfill.ts";
import { listSchedulesOf } from "../../../lib/dashboard_job_store.ts";
import { EdgeCronError, InvalidInputError } from "../../../lib/errors.ts";
import type { AppDeps } from "../../deps.ts";
import { findJob } from "../../../lib/find_job.ts";
import { act } from "../acts.ts";
import { formatCount } from "../format.ts";
import { readLocalTime } from "../local_time.ts";
import { requireRole } from "../roles.ts";
import type { PageEnv, View } from "../view.ts";
import { backfillPage, SLOTS_LISTED } from "./backfill_page.tsx";
import { rangePage } from "./range_page.tsx";
import { SCHEDULES_SHOWN } from "./schedule_rows.tsx";
import { readSlotOutcomes } from "./slot_outcomes.ts";

/** Running slots of the past again: a page that says which, and the form that does it. */
export function mountBackfill(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.get("/ui/jobs/:id/backfill", async (c) => {
    requireRole(c, "operator");
    const job = findJob(engine, c.req.param("id"));
    const view = c.get("view");
    const { from = "", to = "", schedule = "" } = c.req.query();
    const texts = { from, to, schedule };
    try {
      const plan = await planBackfill(engine, job.id, readRange(texts, view));
      const listed = plan.wanted.slice(0, SLOTS_LISTED);
      const outcomes = await readSlotOutcomes(engine.sql, plan.row, listed, view.now);
      return c.html(backfillPage({ view, job, plan, outcomes, texts }));
    } catch (error) {
      if (!(error instanceof EdgeCronError)) throw error;
      const rows = await listSchedulesOf(engine.sql, job.id, SCHEDULES_SHOWN);
      const errors = error instanceof InvalidInputError ? error.fields : {};
      const page = rangePage({
        view,
        job,
        scheduleIds: rows.map(({ id }) => id),
        texts,
        errors,
        problem: error.message,
      });
      return c.html(page, 422);
    }
  });

  pages.post("/ui/jobs/:id/backfill", (c) =>
    act(c, async (form, by) => {
      const { id, name } = findJob(engine, c.req.param("id"));
      const range = readRange(form.all(), c.get("view"));
      const { created } = await engine.backfill(id, { ...range, triggeredBy: by });
      return {
        text: created === 0
          ? "No slot in that range is left to run: each succeeded, has a run, or was run again before."
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
    throw new InvalidInputError("The range needs two times", {
      ...(!from && { from: ["must be a time"] }),
      ...(!to && { to: ["must be a time"] }),
    });
  }
  return { from, to, scheduleId: texts.schedule?.trim() || undefined };
}
