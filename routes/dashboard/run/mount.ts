import type { Hono } from "hono";
import { listRetriesOf } from "../../../lib/dashboard_runs_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { listAttempts, readRun } from "../../../lib/history_store.ts";
import { countItems, listItems, listLogs } from "../../../lib/run_detail_store.ts";
import { readItemPosition } from "../../cursor_parts.ts";
import type { AppDeps } from "../../deps.ts";
import { checkRunId, noSuchRun } from "../../run_id.ts";
import { act } from "../acts.ts";
import { settleAll } from "../settle_all.ts";
import { readTable } from "../table_page.ts";
import type { PageEnv } from "../view.ts";
import { readLogQuery } from "./log_query.ts";
import { runPage } from "./run_page.tsx";

const LINES_SHOWN = 1_000;

/** The log below the first items stays near; who asks for more of them gets more at once. */
const FIRST_ITEMS = 10;
const MORE_ITEMS = 50;

/** Lines of a log that are read at once for its download. */
const BATCH = 2_000;

/** The page of a run and its forms. */
export function mountRun(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.get("/ui/runs/:id", async (c) => {
    const id = checkRunId(c.req.param("id"));
    const { sql } = engine;
    const logQuery = readLogQuery(c.req.query());
    const url = new URL(c.req.url);
    const [run, attempts, items, logs, retries] = await settleAll([
      readRun(sql, id),
      listAttempts(sql, id),
      readTable(url, {
        name: "items",
        limit: url.searchParams.get("items") ? MORE_ITEMS : FIRST_ITEMS,
        read: readItemPosition,
        list: (after, limit) => listItems(sql, id, "failed", after, limit),
        position: ({ item, walk }) => [item, walk],
        count: () => countItems(sql, id, "failed"),
      }),
      listLogs(sql, id, 0, LINES_SHOWN + 1, logQuery.filter),
      listRetriesOf(sql, id),
    ]);
    if (!run) throw noSuchRun(id);
    const job = engine.jobs.get(run.job_type);
    const view = c.get("view");
    const log = { logs: logs.slice(0, LINES_SHOWN), isCut: logs.length > LINES_SHOWN, logQuery };
    return c.html(runPage({ view, run, job, attempts, items, log, retries }));
  });

  pages.get("/ui/runs/:id/log.txt", async (c) => {
    const id = checkRunId(c.req.param("id"));
    c.header("Content-Disposition", `attachment; filename="run-${id}.log"`);
    return c.text(await readLogText(engine, id));
  });

  pages.post("/ui/runs/:id/cancel", (c) =>
    act(c, async (_, by) => {
      await engine.cancelRun(checkRunId(c.req.param("id")), by);
      return { text: "The run is cancelled." };
    }));

  pages.post("/ui/runs/:id/retry", (c) =>
    act(c, async (form, by) => {
      const run = await engine.retryRun(checkRunId(c.req.param("id")), {
        triggeredBy: by,
        failedItemsOnly: form.text("failed_items_only") === "true",
      });
      return { text: "It runs again; this is the new run.", to: `/ui/runs/${run.id}` };
    }));
}

async function readLogText({ sql }: Engine, runId: string): Promise<string> {
  const lines: string[] = [];
  for (let seq = 0;;) {
    const found = await listLogs(sql, runId, seq, BATCH);
    for (const { at, level, message, fields } of found) {
      const facts = fields === null ? "" : ` ${JSON.stringify(fields)}`;
      lines.push(`${at.toISOString()} ${level.toUpperCase().padEnd(5)} ${message}${facts}\n`);
    }
    if (found.length < BATCH) return lines.join("");
    seq = found.at(-1)!.seq;
  }
}
