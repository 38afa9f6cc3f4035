import { z } from "zod";
import { defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { findJob } from "../lib/find_job.ts";
import { instantField, instantJson } from "../lib/instant.ts";
import { runSchema, toRun } from "./run_json.ts";

export function whyRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/jobs/:id/why",
      summary: "Why a job did or did not run at an instant, condition by condition",
      tag: "jobs",
      role: "viewer",
      query: whyQuery,
      answers: { 200: { description: "The explanation", schema: explanationSchema } },
    }, async ({ params, query: { at, schedule_id } }, c) => {
      const { explainWhy } = await import("../lib/why.ts");
      const { id } = findJob(engine, params.id);
      const { run, ...explanation } = await explainWhy(engine, id, at, schedule_id);
      return c.json({ ...explanation, run: run && toRun(run) });
    }),
  ];
}

const whyQuery = () =>
  z.strictObject({
    at: instantField().describe("Any instant of the slot's minute, past or future"),
    schedule_id: z.string().min(1).optional()
      .describe("Absent: the job's own row; deleted ones are explained too"),
  });

const explanationSchema = () =>
  z.strictObject({
    schedule_id: z.string(),
    at: instantJson(),
    slot: instantJson().nullable().describe("The slot in that minute; null when there is none"),
    previous_slot: instantJson().nullable(),
    next_slot: instantJson().nullable(),
    ran: z.boolean().describe("Whether the work was begun"),
    answer: z.string().describe(
      "The first condition that does not hold, else what came of the run",
    ),
    conditions: z.array(z.strictObject({
      condition: z.string(),
      holds: z.boolean().nullable().describe("Null: not known"),
      says: z.string(),
    })).describe("In the order in which they are met"),
    run: runSchema().nullable(),
  });
