import { z } from "zod";
import { isPaused, pauseEnd, type ScheduleRow } from "../lib/schedule_row.ts";
import { instantJson } from "../lib/instant.ts";
import { describeRow } from "./job_json.ts";
import { nextSlots } from "./next_run.ts";

/** How many of its next slots a schedule shows. */
const SLOTS_SHOWN = 5;

/** A row of the schedule, at an instant of the database's clock. */
export async function toSchedule(row: ScheduleRow, now: Date) {
  return {
    id: row.id,
    job_type: row.job_type,
    bot_id: row.bot_id,
    enabled: row.enabled,
    source: row.source,
    cron: row.cron,
    interval_minutes: row.interval_minutes,
    run_at: row.run_at,
    time_zone: row.time_zone,
    description: await describeRow(row),
    params: row.config_json,
    policies: {
      grace_seconds: row.grace_seconds,
      coalesce: row.coalesce,
      overlap: row.overlap,
      limit: row.max_running,
      jitter_seconds: row.jitter_seconds,
    },
    next_run_at: row.next_run_at,
    planned_at: row.planned_at,
    last_run_at: row.last_run_at,
    set_by_hand: row.next_run_at?.getTime() !== row.planned_at?.getTime(),
    paused: isPaused(row, now)
      ? {
        at: row.paused_at,
        until: pauseEnd(row),
        by: row.paused_by,
        reason: row.pause_reason,
      }
      : null,
    // It stays in the row until a pass has told the slots in between.
    disabled_at: row.enabled ? null : row.disabled_at,
    retired_at: row.retired_at,
    next_slots: nextSlots(row, now, SLOTS_SHOWN),
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

/** The schema of `toSchedule`'s JSON. */
export const scheduleSchema = () =>
  z.strictObject({
    id: z.string().describe("A job's own row has the job's id"),
    job_type: z.string().describe("The job's id"),
    bot_id: z.string().describe("* stands for every bot"),
    enabled: z.boolean(),
    source: z.enum(["code", "api"]).describe("Rows of the code can be edited, not deleted"),
    cron: z.string().nullable(),
    interval_minutes: z.int().nullable(),
    run_at: instantJson().nullable().describe(
      "Exactly one of cron, interval_minutes, run_at is set",
    ),
    time_zone: z.string(),
    description: z.string().describe("When it fires, in words"),
    params: z.unknown().describe("What its runs are given, as it was written"),
    policies: z.strictObject({
      grace_seconds: z.int().nullable().describe("Null: until the next slot is due"),
      coalesce: z.enum(["latest", "all", "skip"]),
      overlap: z.enum(["skip", "queue"]),
      limit: z.int().nullable().describe(
        "Running at once over all rows of the job; null: no limit",
      ),
      jitter_seconds: z.int(),
    }),
    next_run_at: instantJson().nullable()
      .describe("Null while enabled: at the next pass, unless it was set to infinity by SQL"),
    planned_at: instantJson().nullable().describe("Where the schedule itself goes on"),
    last_run_at: instantJson().nullable(),
    set_by_hand: z.boolean().describe("A person set next_run_at: one run, then the plan goes on"),
    paused: z.strictObject({
      at: instantJson(),
      until: instantJson().nullable().describe("Null: until somebody resumes it"),
      by: z.string().nullable(),
      reason: z.string().nullable(),
    }).nullable(),
    disabled_at: instantJson().nullable(),
    retired_at: instantJson().nullable().describe("Since when the code lacks the job"),
    next_slots: z.array(instantJson()).describe("The next 5; none while nothing will run"),
    created_at: instantJson(),
    updated_at: instantJson(),
  }).meta({ id: "Schedule" });
