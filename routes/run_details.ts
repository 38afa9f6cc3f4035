import { z } from "zod";
import { type ItemRow, listItems, listLogs, readRunStatus } from "../lib/run_detail_store.ts";
import { LOG_LEVELS } from "../lib/log.ts";
import type { Engine } from "../lib/engine_api.ts";
import { isSettled } from "../lib/run.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { instantJson } from "../lib/instant.ts";
import { followLogs } from "./log_stream.ts";
import { readItemPosition } from "./cursor_parts.ts";
import { cursorField, cutPage, limitField, nextCursorField } from "./page.ts";
import { checkRunId, noSuchRun } from "./run_id.ts";

export function runDetailRoutes(deps: AppDeps): Route[] {
  const { engine } = deps;
  return [
    defineRoute({
      method: "get",
      path: "/runs/:id/logs",
      summary: "What a run said, line by line",
      description:
        "With `Accept: text/event-stream` live: an event `log` for each line, its id the " +
        "line's seq, and an event `end` with the run's status once it is settled.",
      tag: "runs",
      role: "viewer",
      query: logsQuery,
      headers: {
        Accept: "text/event-stream follows the run; anything else gives JSON",
        "Last-Event-ID": "When following: go on after this seq",
      },
      answers: {
        200: { description: "A page of lines in order, or the stream", schema: logPage },
        204: { description: "Followed to the end already: the run is settled and told" },
      },
    }, async ({ params, query }, c) => {
      const id = checkRunId(params.id);
      const run = await statusOf(engine, id);
      if (acceptsEvents(c.req.header("Accept"))) {
        const lastEventId = c.req.header("Last-Event-ID") ?? "";
        const seenSeq = /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : undefined;
        // An EventSource whose stream ended comes back by itself; only 204 tells it to stop.
        const told = seenSeq !== undefined && isSettled(run) &&
          (await listLogs(engine.sql, id, seenSeq, 1)).length === 0;
        if (told) return c.body(null, 204);
        return followLogs(deps, id, seenSeq ?? query.cursor ?? 0);
      }
      const found = await listLogs(engine.sql, id, query.cursor ?? 0, query.limit + 1);
      const { rows, next_cursor } = cutPage(found, query.limit, ({ seq }) => [seq]);
      return c.json({ logs: rows, next_cursor });
    }),

    defineRoute({
      method: "get",
      path: "/runs/:id/items",
      summary: "What became of each item of a run",
      tag: "runs",
      role: "viewer",
      query: itemsQuery,
      answers: { 200: { description: "A page of items by name", schema: itemPage } },
    }, async ({ params, query }, c) => {
      const id = checkRunId(params.id);
      await statusOf(engine, id);
      const { status, cursor, limit } = query;
      const found = await listItems(engine.sql, id, status, cursor ?? null, limit + 1);
      const { rows, next_cursor } = cutPage(found, limit, ({ item, walk }) => [item, walk]);
      return c.json({ items: rows, next_cursor });
    }),
  ];
}

async function statusOf(engine: Engine, runId: string) {
  const run = await readRunStatus(engine.sql, runId);
  if (!run) throw noSuchRun(runId);
  return run;
}

function acceptsEvents(accept = ""): boolean {
  return accept.toLowerCase().includes("text/event-stream");
}

const ITEM_STATUSES = ["success", "failed"] as const satisfies ItemRow["status"][];

const logsQuery = () =>
  z.strictObject({
    limit: limitField(1000, 5000),
    cursor: cursorField(([seq]) => isSeq(seq) ? seq : undefined),
  });

const itemsQuery = () =>
  z.strictObject({
    status: z.enum(ITEM_STATUSES).optional(),
    limit: limitField(200, 1000),
    cursor: cursorField(readItemPosition),
  });

function isSeq(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}

const logPage = () =>
  z.strictObject({
    logs: z.array(z.strictObject({
      seq: z.int(),
      attempt: z.int(),
      at: instantJson(),
      level: z.enum(LOG_LEVELS),
      message: z.string(),
      fields: z.unknown(),
    })),
    next_cursor: nextCursorField(),
  });

const itemPage = () =>
  z.strictObject({
    items: z.array(z.strictObject({
      item: z.string(),
      walk: z.int().describe("In which of the job's calls of forEach, counted from 0"),
      status: z.enum(ITEM_STATUSES),
      error: z.string().nullable(),
      attempt: z.int(),
      at: instantJson(),
    })),
    next_cursor: nextCursorField(),
  });
