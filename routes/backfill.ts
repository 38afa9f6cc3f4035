import { z } from "zod";
import { MAX_BACKFILL } from "../lib/backfill.ts";
import { type Answer, defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { findJob } from "../lib/find_job.ts";
import { instantField, instantJson } from "../lib/instant.ts";
import { runSummarySchema, toRunSummary } from "./run_json.ts";

export function backfillRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/jobs/:id/backfill",
      summary: "Run slots of the past that did not succeed, one after the other",
      description:
        "A repeat gives the runs that exist; to run one of them again, retry it. They neither wait " +
        "for nor hold up what the schedule brings, except that the job's limit counts them. A slot " +
        "that succeeded, or whose run is not over yet, is left out.",
      tag: "jobs",
      role: "operator",
      body: backfillBody,
      answers: {
        200: { ...RUNS, description: "Nothing was left to make; the runs that exist" },
        202: { ...RUNS, description: "The runs of the slots in their order" },
        409: { description: "The job lacks a setting" },
      },
    }, async ({ params, body: { from, to, schedule_id } }, c) => {
      const { id } = findJob(engine, params.id);
      const triggeredBy = c.get("caller").name;
      const request = { from, to, scheduleId: schedule_id, triggeredBy };
      const { runs, created, leftOut } = await engine.backfill(id, request);
      const answer = { runs: runs.map(toRunSummary), created, left_out: leftOut };
      return c.json(answer, created > 0 ? 202 : 200);
    }),
  ];
}

const backfillBody = () =>
  z.strictObject({
    from: instantField().describe("The first slot may be at this instant"),
    to: instantField()
      .describe(`The last slot is before this; not in the future, at most ${MAX_BACKFILL} slots`),
    schedule_id: z.string().min(1).optional().describe("Absent: the job's own row"),
  });

const RUNS: Omit<Answer, "description"> = {
  schema: () =>
    z.strictObject({
      runs: z.array(runSummarySchema()),
      created: z.int().describe("How many of them this request made"),
      left_out: z.array(z.strictObject({
        slot: instantJson(),
        reason: z.enum(["succeeded", "active", "due"]).describe(
          "active: its run is not over yet; due: the schedule brings its run next",
        ),
      })).describe("The other slots of the range, and why each of them gets no run"),
    }),
};
