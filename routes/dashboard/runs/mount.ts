import type { Hono } from "hono";
import { countRuns, listTouchedRuns } from "../../../lib/dashboard_runs_store.ts";
import { NotFoundError } from "../../../lib/errors.ts";
import type { RunFilter } from "../../../lib/history_store.ts";
import { isUsable } from "../../../lib/instant.ts";
import type { AppDeps } from "../../deps.ts";
import { readForm } from "../forms.ts";
import { requireRole } from "../roles.ts";
import { isReadable, readRunQuery, readRuns, requireReadable } from "../run_query.ts";
import { settleAll } from "../settle_all.ts";
import type { PageEnv } from "../view.ts";
import { BULK_ACTIONS, type BulkAction, doToEach, isBulkAction, MOST_TOUCHED } from "./bulk.ts";
import { bulkDonePage } from "./bulk_done_page.tsx";
import { bulkPage } from "./bulk_page.tsx";
import { runsPage } from "./runs_page.tsx";

const RUNS_SHOWN = 50;

/** Counting goes no further: of a million runs nobody needs the exact number. */
const MOST_COUNTED = 10_000;

/** The page of all runs, and what can be done to all that fit. */
export function mountRuns(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  const names = new Map([...engine.jobs.values()].map(({ id, name }) => [id, name]));

  pages.get("/ui/runs", async (c) => {
    const view = c.get("view");
    const query = readRunQuery(c.req.query(), view.zone);
    const [{ runs, nextCursor }, count] = await settleAll([
      readRuns(engine, query, RUNS_SHOWN),
      isReadable(query) ? countRuns(engine.sql, query.filter, MOST_COUNTED + 1) : 0,
    ]);
    const url = (more: Record<string, string>) => {
      const params = new URLSearchParams({ ...query.texts, ...more });
      return params.size > 0 ? `/ui/runs?${params}` : "/ui/runs";
    };
    return c.html(runsPage({
      view,
      runs,
      texts: query.texts,
      problems: query.problems,
      names,
      count: Math.min(count, MOST_COUNTED),
      isMore: count > MOST_COUNTED,
      nextUrl: nextCursor && url({ cursor: nextCursor }),
      firstUrl: query.after ? url({}) : null,
    }));
  });

  pages.get("/ui/runs/all/:action", async (c) => {
    requireRole(c, "operator");
    const action = actionOf(c.req.param("action"));
    const view = c.get("view");
    const query = readRunQuery(c.req.query(), view.zone);
    requireReadable(query);
    const { texts, filter } = query;
    const touched = await listTouched(action, filter);
    return c.html(bulkPage({ view, action, texts, touched, names }));
  });

  // Answered by a page and not by a way to one: what came of each run is told nowhere else.
  pages.post("/ui/runs/all/:action", async (c) => {
    const action = actionOf(c.req.param("action"));
    const view = c.get("view");
    const form = await readForm(c);
    const query = readRunQuery(form.all(), view.zone);
    requireReadable(query);
    const { texts, filter } = query;
    // What came to fit since the preview was not seen there.
    const seen = new Date(Number(form.text("before")));
    const seenAt = isUsable(seen) ? seen : new Date(0);
    const until = filter.until && filter.until < seenAt ? filter.until : seenAt;
    const touched = await listTouched(action, { ...filter, until });
    const outcome = await doToEach(engine, action, touched, c.env.caller!.name);
    return c.html(bulkDonePage({ view, action, texts, names, ...outcome }));
  });

  function listTouched(action: BulkAction, filter: RunFilter) {
    const statuses = [...BULK_ACTIONS[action].statuses];
    return listTouchedRuns(engine.sql, filter, statuses, MOST_TOUCHED);
  }
}

function actionOf(text: string): BulkAction {
  if (isBulkAction(text)) return text;
  throw new NotFoundError(`Nothing can be done to runs by the name of "${text}".`);
}
