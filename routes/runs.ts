import { z } from "zod";
import { listAttempts, readRun } from "../lib/history_store.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { checkJobsKnown } from "./known_job.ts";
import { answerWithRun, RUN_ANSWERS, WAIT_HEADER } from "./requested_run.ts";
import { checkRunId, noSuchRun } from "./run_id.ts";
import { attemptSchema, runSchema, toAttempt, toRun } from "./run_json.ts";
import { allRunsQuery, readRunPage, runPageSchema, runsQuery } from "./run_page.ts";

export function runRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/runs",
      summary: "Runs of all jobs, newest first",
      tag: "runs",
      role: "viewer",
      query: allRunsQuery,
      answers: { 200: { description: "A page of runs", schema: runPageSchema } },
    }, async ({ query }, c) => {
      await checkJobsKnown(engine, query.job ?? []);
      return c.json(await readRunPage(engine, { ...query, jobTypes: query.job }));
    }),

    defineRoute({
      method: "get",
      path: "/jobs/:id/runs",
      summary: "Runs of one job, newest first",
      tag: "runs",
      role: "viewer",
      query: runsQuery,
      answers: { 200: { description: "A page of runs", schema: runPageSchema } },
    }, async ({ params, query }, c) => {
      await checkJobsKnown(engine, [params.id]);
      return c.json(await readRunPage(engine, { ...query, jobTypes: [params.id] }));
    }),

    defineRoute({
      method: "get",
      path: "/runs/:id",
      summary: "One run with its attempts",
      tag: "runs",
      role: "viewer",
      answers: { 200: { description: "The run", schema: runDetail } },
    }, async ({ params }, c) => {
      const id = checkRunId(params.id);
      const [run, attempts] = await Promise.all([
        readRun(engine.sql, id),
        listAttempts(engine.sql, id),
      ]);
      if (!run) throw noSuchRun(id);
      return c.json({ run: toRun(run), attempts: attempts.map(toAttempt) });
    }),

    defineRoute({
      method: "post",
      path: "/runs/:id/cancel",
      summary: "Cancel a run that is not settled yet",
      tag: "runs",
      role: "operator",
      body: () => z.strictObject({}),
      answers: {
        200: { description: "The run", schema: () => z.strictObject({ run: runSchema() }) },
        409: { description: "The run is settled already" },
      },
    }, async ({ params }, c) => {
      const run = await engine.cancelRun(checkRunId(params.id), c.get("caller").name);
      return c.json({ run: toRun(run) });
    }),

    defineRoute({
      method: "post",
      path: "/runs/:id/retry",
      summary: "Run it again as a new run",
      tag: "runs",
      role: "operator",
      body: retryBody,
      headers: WAIT_HEADER,
      answers: RUN_ANSWERS,
    }, async ({ params, body }, c) => {
      const run = await engine.retryRun(checkRunId(params.id), {
        triggeredBy: c.get("caller").name,
        failedItemsOnly: body.failed_items_only,
      });
      return await answerWithRun(c, engine, run);
    }),
  ];
}

const retryBody = () =>
  z.strictObject({
    failed_items_only: z.boolean().optional().describe("Go through the items that failed alone"),
  });

const runDetail = () => z.strictObject({ run: runSchema(), attempts: z.array(attemptSchema()) });
