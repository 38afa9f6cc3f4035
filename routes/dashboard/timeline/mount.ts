import type { Hono } from "hono";
import { z } from "zod";
import type { AppDeps } from "../../deps.ts";
import { readQuery } from "../../input.ts";
import type { PageEnv } from "../view.ts";
import { readLanes } from "./lanes.ts";
import { HOURS, timelinePage } from "./timeline_page.tsx";

const HOUR_MS = 3_600_000;

/** Lanes of one page; what it takes to draw more would be waited for. */
const LANES_SHOWN = 40;

/** The page at `/ui/timeline`. */
export function mountTimeline(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.get("/ui/timeline", async (c) => {
    const view = c.get("view");
    const { hours, page: asked } = readQuery(c, querySchema());
    const nowMs = view.now.getTime();
    const scale = { fromMs: nowMs - hours * HOUR_MS, toMs: nowMs + hours * HOUR_MS };
    const jobs = [...engine.jobs.values()];
    const pages = Math.max(1, Math.ceil(jobs.length / LANES_SHOWN));
    const page = Math.min(asked, pages);
    const shown = jobs.slice((page - 1) * LANES_SHOWN, page * LANES_SHOWN);
    const lanes = await readLanes(engine, shown, scale, view.now);
    return c.html(timelinePage({ view, lanes, scale, hours, page, pages, jobs: jobs.length }));
  });
}

function querySchema() {
  return z.strictObject({
    hours: z.coerce.number().pipe(z.literal(HOURS)).default(24),
    page: z.coerce.number().int().min(1).default(1),
  });
}
