import type { Hono } from "hono";
import type { AppDeps } from "../../deps.ts";
import type { PageEnv } from "../view.ts";
import { readLanes } from "./lanes.ts";
import { timelinePage } from "./timeline_page.tsx";

const HOUR_MS = 3_600_000;

/** The page at `/ui/timeline`. */
export function mountTimeline(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.get("/ui/timeline", async (c) => {
    const view = c.get("view");
    const hours = [6, 12].find((choice) => String(choice) === c.req.query("hours")) ?? 24;
    const from = new Date(view.now.getTime() - hours * HOUR_MS);
    const to = new Date(view.now.getTime() + hours * HOUR_MS);
    const lanes = await readLanes(engine, from, to, view.now);
    return c.html(timelinePage({ view, lanes, from, to, hours }));
  });
}
