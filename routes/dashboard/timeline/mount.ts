import type { Hono } from "hono";
import type { AppDeps } from "../../deps.ts";
import type { PageEnv } from "../view.ts";
import { readLanes } from "./lanes.ts";
import { HOURS, timelinePage } from "./timeline_page.tsx";

const HOUR_MS = 3_600_000;

/** The page at `/ui/timeline`. */
export function mountTimeline(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.get("/ui/timeline", async (c) => {
    const view = c.get("view");
    const hours = HOURS.find((choice) => String(choice) === c.req.query("hours")) ?? 24;
    const nowMs = view.now.getTime();
    const scale = { fromMs: nowMs - hours * HOUR_MS, toMs: nowMs + hours * HOUR_MS };
    const lanes = await readLanes(engine, scale, view.now);
    return c.html(timelinePage({ view, lanes, scale, hours }));
  });
}
