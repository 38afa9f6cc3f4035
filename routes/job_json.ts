import { z } from "zod";
import type { Config } from "../lib/config.ts";
import type { AnyJob } from "../lib/job.ts";
import { scheduleSpecOf } from "../lib/job_schedule.ts";
import type { JobFigures, JobSchedules } from "../lib/job_overview_store.ts";
import { missingSettings } from "../lib/missing_settings.ts";
import { describeSchedule, ScheduleError } from "../lib/schedule.ts";
import {
  columnsOf,
  type DescribedSchedule,
  type ScheduleColumns,
  scheduleOf,
} from "../lib/schedule_row.ts";
import { instantJson } from "../lib/instant.ts";

/** What the database knows about one job; each part is absent where it knows nothing. */
export interface JobFacts {
  row?: DescribedSchedule;
  schedules?: JobSchedules;
  figures?: JobFigures;
  /** The earliest next slot over its rows; null when nothing is to come. */
  nextRunAt: Date | null;
}

/** What `toJob` gives. */
export type JobJson = Awaited<ReturnType<typeof toJob>>;

/** A job in the list: what the code says, what its own row says, and what its runs add up to. */
export async function toJob(job: AnyJob, config: Config, facts: JobFacts) {
  const { schedules, figures } = facts;
  const successCount = figures?.success_count ?? 0;
  const errorCount = figures?.error_count ?? 0;
  return {
    id: job.id,
    name: job.name,
    description: job.description,
    tags: job.tags,
    schedule: await toSchedule(facts.row ?? declaredColumns(job, config)),
    schedules: schedules?.schedules ?? 0,
    enabled: schedules?.enabled ?? false,
    missing_setting: missingSettings(job, config).join(", ") || null,
    next_run: facts.nextRunAt,
    running: figures?.running ?? 0,
    success_count: successCount,
    error_count: errorCount,
    last_success: figures?.last_success_at ?? null,
    last_error: figures?.last_error_at ?? null,
    last_error_message: figures?.last_error_message ?? null,
    last_run: figures?.last_run_at ?? null,
    success_rate: successCount + errorCount > 0 ? successCount / (successCount + errorCount) : null,
    p50_ms: figures?.p50_ms ?? null,
    p95_ms: figures?.p95_ms ?? null,
  };
}

/** The schedule columns that a job has before it has a row. */
export function declaredColumns(job: AnyJob, config: Config): ScheduleColumns {
  return columnsOf(scheduleSpecOf(job, config), config.defaultTimeZone);
}

async function toSchedule(row: DescribedSchedule) {
  return {
    cron: row.cron,
    interval_minutes: row.interval_minutes,
    run_at: row.run_at,
    time_zone: row.time_zone,
    description: await describeRow(row),
  };
}

/** In words; a row that was broken by hand says what is wrong with it. */
export async function describeRow(row: DescribedSchedule): Promise<string> {
  try {
    return await describeSchedule(scheduleOf(row));
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

/** The schema of `toJob`'s JSON. */
export const jobSchema = () => z.strictObject(jobFields()).meta({ id: "Job" });

/** The fields of `jobSchema`, for what has more of them. */
export const jobFields = () => ({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  schedule: z.strictObject({
    cron: z.string().nullable(),
    interval_minutes: z.int().nullable(),
    run_at: instantJson().nullable(),
    time_zone: z.string(),
    description: z.string().describe("In words"),
  }).describe("The job's own row; exactly one of cron, interval_minutes and run_at is set"),
  schedules: z.int().describe("Rows that schedule this job"),
  enabled: z.boolean().describe("Whether any of its rows is"),
  missing_setting: z.string().nullable()
    .describe(
      "The variables without which its slots are skipped, as not_configured; several are parted by commas",
    ),
  next_run: instantJson().nullable().describe("Null while disabled or paused without end"),
  running: z.int().describe("Runs that are running now"),
  success_count: z.int().describe("Since the beginning; dry runs left out, as in all figures"),
  error_count: z.int().describe("Failed runs, since the beginning"),
  last_success: instantJson().nullable(),
  last_error: instantJson().nullable(),
  last_error_message: z.string().nullable(),
  last_run: instantJson().nullable().describe("When the last run that was performed started"),
  success_rate: z.number().nullable().describe("0 to 1: success / (success + failed)"),
  p50_ms: z.number().nullable().describe("Median duration of the last 100 successes"),
  p95_ms: z.number().nullable().describe("95th percentile of the same"),
});
