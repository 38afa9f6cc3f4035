import { z } from "zod";
import type { AttemptRow, RunSummary } from "../lib/history_store.ts";
import { RUN_STATUSES, RUN_TRIGGERS, type RunRow } from "../lib/run.ts";
import { instantJson } from "../lib/instant.ts";

/** A run in a list: the row without what may be large and what is only the engine's. */
export function toRunSummary(row: RunSummary) {
  return {
    id: row.id,
    job_id: row.job_id,
    job_type: row.job_type,
    bot_id: row.bot_id,
    trigger: row.trigger,
    scheduled_for: row.scheduled_for,
    as_of: row.as_of,
    retry_of: row.retry_of,
    failed_items_only: row.failed_items_only,
    status: row.status,
    reason: row.reason,
    attempt: row.attempt,
    failures: row.failures,
    losses: row.losses,
    dry_run: row.dry_run,
    created_at: row.created_at,
    available_at: row.available_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
    duration_ms: row.duration_ms,
    error_message: row.error_message,
    progress: row.progress,
    items_done: row.items_done,
    items_failed: row.items_failed,
    note: row.note,
    claimed_by: row.claimed_by,
    deployment: row.deployment,
    timeline: row.timeline,
    triggered_by: row.triggered_by,
  };
}

/** A run by itself, with its parameters, result and checkpoint. */
export function toRun(row: RunRow) {
  return {
    ...toRunSummary(row),
    params: row.params,
    result_json: row.result_json,
    checkpoint: row.checkpoint,
  };
}

/** An attempt of a run. */
export function toAttempt(row: AttemptRow) {
  return {
    attempt: row.attempt,
    started_at: row.started_at,
    finished_at: row.finished_at,
    outcome: row.outcome,
    error: row.error,
    claimed_by: row.claimed_by,
    deployment: row.deployment,
  };
}

/** The schema of `toRunSummary`'s JSON. */
export const runSummarySchema = () => z.strictObject(summaryFields()).meta({ id: "RunSummary" });

/** The schema of `toRun`'s JSON. */
export const runSchema = () =>
  z.strictObject({
    ...summaryFields(),
    params: z.unknown(),
    result_json: z.unknown().describe("What the job returned; null before it did"),
    checkpoint: z.unknown().describe("Where the next attempt would go on"),
  }).meta({ id: "Run" });

/** The schema of `toAttempt`'s JSON. */
export const attemptSchema = () =>
  z.strictObject({
    attempt: z.int(),
    started_at: instantJson(),
    finished_at: instantJson().nullable(),
    outcome: z.string().nullable(),
    error: z.string().nullable(),
    claimed_by: z.string(),
    deployment: z.string().nullable(),
  }).meta({ id: "Attempt" });

const summaryFields = () => ({
  id: z.uuid(),
  job_id: z.string().describe("The row of the schedule; a job's own row has the job's id"),
  job_type: z.string().describe("The job's id"),
  bot_id: z.string().describe("* stands for every bot"),
  trigger: z.enum(RUN_TRIGGERS),
  scheduled_for: instantJson().nullable().describe("The slot; null for what a person asked for"),
  as_of: instantJson().nullable().describe("The instant that a run without a slot is about"),
  retry_of: z.uuid().nullable(),
  failed_items_only: z.boolean(),
  status: z.enum(RUN_STATUSES),
  reason: z.string().nullable().describe("Why, in one word, such as overlap or timeout"),
  attempt: z.int().describe("0 before the first one"),
  failures: z.int(),
  losses: z.int(),
  dry_run: z.boolean(),
  created_at: instantJson(),
  available_at: instantJson(),
  started_at: instantJson().nullable(),
  finished_at: instantJson().nullable(),
  duration_ms: z.number().nullable().describe("Sum over the attempts that ended"),
  error_message: z.string().nullable().describe("Cut to 500 characters in lists"),
  progress: z.strictObject({ done: z.number(), total: z.number().nullable() }).nullable(),
  items_done: z.int().nullable(),
  items_failed: z.int().nullable(),
  note: z.string().nullable(),
  claimed_by: z.string().nullable(),
  deployment: z.string().nullable(),
  timeline: z.string().nullable(),
  triggered_by: z.string().nullable(),
});
