import type { Hono } from "hono";
import type { AppDeps } from "../../deps.ts";
import type { PageEnv } from "../view.ts";
import { applyFilter, readFilter } from "./filter.ts";
import { overviewPage } from "./overview_page.tsx";
import { readOverview } from "./rows.ts";

/** The page at `/`. */
export function mountOverview(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.get("/", async (c) => {
    const view = c.get("view");
    const filter = readFilter(c.req.query());
    const all = await readOverview(engine, view.now, [...engine.jobs.values()]);
    return c.html(overviewPage({ view, all, shown: applyFilter(all, filter), filter }));
  });
}
