import type { Hono } from "hono";
import { countRuns, listTouchedRuns } from "../../../lib/dashboard_runs_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { EdgeCronError, NotFoundError } from "../../../lib/errors.ts";
import type { RunFilter } from "../../../lib/history_store.ts";
import type { AppDeps } from "../../deps.ts";
import { act } from "../acts.ts";
import { formatCount } from "../format.ts";
import { requireRole } from "../roles.ts";
import { readRunQuery, readRuns } from "../run_query.ts";
import type { PageEnv } from "../view.ts";
import { BULK_ACTIONS, type BulkAction, isBulkAction, MOST_TOUCHED } from "./bulk.ts";
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
    const [{ runs, nextCursor }, count] = await Promise.all([
      readRuns(engine, query, RUNS_SHOWN),
      countRuns(engine.sql, query.filter, MOST_COUNTED + 1),
    ]);
    const url = (more: Record<string, string>) => {
      const params = new URLSearchParams({ ...query.texts, ...more });
      return params.size > 0 ? `/ui/runs?${params}` : "/ui/runs";
    };
    return c.html(runsPage({
      view,
      runs,
      texts: query.texts,
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
    const { texts, filter } = readRunQuery(c.req.query(), view.zone);
    const touched = await listTouched(engine, action, filter);
    return c.html(bulkPage({ view, action, texts, touched, names }));
  });

  pages.post("/ui/runs/all/:action", (c) =>
    act(c, async (form, by) => {
      const action = actionOf(c.req.param("action"));
      const { filter } = readRunQuery(form.all(), c.get("view").zone);
      // What came to fit since the preview was not seen there.
      const seen = new Date(Number(form.text("before")));
      const until = filter.until && filter.until < seen ? filter.until : seen;
      const touched = await listTouched(engine, action, { ...filter, until });
      return { text: await doToEach(engine, action, touched.map(({ id }) => id), by) };
    }));
}

function actionOf(text: string): BulkAction {
  if (isBulkAction(text)) return text;
  throw new NotFoundError(`Nothing can be done to runs by the name of "${text}".`);
}

function listTouched(engine: Engine, action: BulkAction, filter: RunFilter) {
  return listTouchedRuns(engine.sql, filter, [...BULK_ACTIONS[action].statuses], MOST_TOUCHED);
}

/** One after the other, oldest first; what is refused is counted and the rest goes on. */
async function doToEach(
  engine: Engine,
  action: BulkAction,
  ids: string[],
  by: string,
): Promise<string> {
  let done = 0;
  let refusal = "";
  for (const id of ids.toReversed()) {
    try {
      if (action === "cancel") await engine.cancelRun(id, by);
      else await engine.retryRun(id, { triggeredBy: by });
      done++;
    } catch (error) {
      if (!(error instanceof EdgeCronError)) throw error;
      refusal ||= error.message;
    }
  }
  const told = `${formatCount(done, "run")} ${BULK_ACTIONS[action].done}`;
  const refused = ids.length - done;
  return refused === 0 ? `${told}.` : `${told}, ${refused} refused (such as: ${refusal}).`;
}
