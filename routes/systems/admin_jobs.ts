import { z } from "zod";
import { readPulse } from "../../lib/job_overview_store.ts";
import { defineRoute, type Route } from "../contract.ts";
import type { AppDeps } from "../deps.ts";
import { findJob } from "../../lib/find_job.ts";
import { instantJson } from "../../lib/instant.ts";
import type { JobJson } from "../job_json.ts";
import { readJobs } from "../job_overview.ts";
import { schedulerRuns } from "../pulse.ts";
import { formatTrigger } from "./trigger_text.ts";

/** `GET /admin/jobs/...` of seed 003: what `GET /jobs` says, in the seed's shape and for every job. */
export function adminJobRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/admin/jobs/status",
      summary: "Every job as the match service showed it; GET /jobs says more",
      tag: "jobs",
      role: "viewer",
      answers: {
        200: { description: "The jobs, in the order of the crontab", schema: statusList },
      },
    }, async (_, c) => {
      const [jobs, pulse] = await Promise.all([
        readJobs(engine, [...engine.jobs.values()]),
        readPulse(engine.sql, engine.clock),
      ]);
      return c.json({
        scheduler_running: schedulerRuns(engine.config, pulse),
        total_jobs: jobs.length,
        jobs: jobs.map(({ json }) => toJobStatus(json)),
      });
    }),

    defineRoute({
      method: "get",
      path: "/admin/jobs/:job_id/status",
      summary: "One job as the match service showed it; GET /jobs/:id says more",
      tag: "jobs",
      role: "viewer",
      answers: {
        200: { description: "The job", schema: jobStatus },
        404: { description: "There is no such job; nearest names the likeliest" },
      },
    }, async ({ params }, c) => {
      const [{ json }] = await readJobs(engine, [findJob(engine, params.job_id)]);
      return c.json(toJobStatus(json));
    }),
  ];
}

function toJobStatus(job: JobJson) {
  const { id, name, next_run, success_count, error_count, last_success, last_error } = job;
  const trigger = formatTrigger(job.schedule);
  return { id, name, next_run, trigger, success_count, error_count, last_success, last_error };
}

const jobStatus = () =>
  z.strictObject({
    id: z.string(),
    name: z.string(),
    next_run: instantJson().nullable().describe("Null while disabled or paused without end"),
    trigger: z.string().describe(
      "As APScheduler writes it: interval[1:00:00] or cron[hour='3', …]",
    ),
    success_count: z.int(),
    error_count: z.int(),
    last_success: instantJson().nullable(),
    last_error: instantJson().nullable(),
  });

const statusList = () =>
  z.strictObject({
    scheduler_running: z.boolean(),
    total_jobs: z.int(),
    jobs: z.array(jobStatus()),
  });
