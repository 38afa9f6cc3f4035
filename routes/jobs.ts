import { z } from "zod";
import { InvalidInputError } from "../lib/errors.ts";
import { readPulse } from "../lib/job_overview_store.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { findJob } from "../lib/find_job.ts";
import { instantField } from "../lib/instant.ts";
import { jobDetailSchema, toParamsSchema, toPolicies } from "./job_detail_json.ts";
import { jobSchema } from "./job_json.ts";
import { readJobs } from "./job_overview.ts";
import { nextSlots } from "./next_run.ts";
import { schedulerRuns } from "./pulse.ts";
import { answerWithRun, RUN_ANSWERS, WAIT_HEADER } from "./requested_run.ts";

/** How many of its next slots a job shows. */
const SLOTS_SHOWN = 10;

export function jobRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/jobs",
      summary: "Every job with its schedule, next run and figures",
      tag: "jobs",
      role: "viewer",
      answers: { 200: { description: "The jobs, in the order of the crontab", schema: jobList } },
    }, async (_, c) => {
      const [jobs, pulse] = await Promise.all([
        readJobs(engine, [...engine.jobs.values()]),
        readPulse(engine.sql, engine.clock),
      ]);
      return c.json({
        scheduler_running: schedulerRuns(engine.config, pulse),
        total_jobs: jobs.length,
        jobs: jobs.map(({ json }) => json),
      });
    }),

    defineRoute({
      method: "get",
      path: "/jobs/:id",
      summary: "One job with its parameters' schema, policies and next slots",
      tag: "jobs",
      role: "viewer",
      answers: { 200: { description: "The job", schema: jobDetailSchema } },
    }, async ({ params }, c) => {
      const job = findJob(engine, params.id);
      const [[{ json, row }], pulse] = await Promise.all([
        readJobs(engine, [job]),
        readPulse(engine.sql, engine.clock),
      ]);
      return c.json({
        ...json,
        params_schema: toParamsSchema(job),
        dry_run: job.dryRun,
        policies: toPolicies(job, row),
        next_slots: row ? nextSlots(row, pulse.now, SLOTS_SHOWN) : [],
      });
    }),

    defineRoute({
      method: "post",
      path: "/jobs/:id/run",
      summary: "Run a job now",
      tag: "jobs",
      role: "operator",
      body: runBody,
      headers: {
        "Idempotency-Key": "A repeat with the same key and body gives the run that exists",
        ...WAIT_HEADER,
      },
      answers: RUN_ANSWERS,
    }, async ({ params, body }, c) => {
      const job = findJob(engine, params.id);
      const run = await engine.requestRun(job.id, {
        params: body.params,
        botId: body.bot_id,
        dryRun: body.dry_run,
        asOf: body.as_of,
        idempotencyKey: idempotencyKeyOf(c.req.header("Idempotency-Key")),
        triggeredBy: c.get("caller").name,
      });
      return await answerWithRun(c, engine, run);
    }),
  ];
}

/** Longer keys are refused: they stand in an index. */
const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined || (header && header.length <= MAX_IDEMPOTENCY_KEY_LENGTH)) {
    return header;
  }
  const problem = `must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters`;
  throw new InvalidInputError(`Idempotency-Key ${problem}.`, { "Idempotency-Key": [problem] });
}

const runBody = () =>
  z.strictObject({
    params: z.record(z.string(), z.unknown()).optional()
      .describe("As the job's params_schema says; absent: its defaults"),
    bot_id: z.string().min(1).max(200).optional().describe("Absent: the job's own row"),
    dry_run: z.boolean().optional().describe("Change nothing and say what would have changed"),
    as_of: instantField().optional().describe("The instant the work is about; not in the future"),
  });

const jobList = () =>
  z.strictObject({
    scheduler_running: z.boolean().describe("Schedules are on and the last tick is recent"),
    total_jobs: z.int(),
    jobs: z.array(jobSchema()),
  });
