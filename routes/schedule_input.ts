import { z } from "zod";
import type { ScheduleSpec } from "../lib/schedule.ts";
import type { ScheduleEdit } from "../lib/schedules.ts";
import { instantField } from "../lib/instant.ts";

const YEAR_SECONDS = 366 * 86_400;
const DAY_SECONDS = 86_400;
const MAX_LIMIT = 1_000;

/** The body that makes a schedule. */
export const createBody = () =>
  z.strictObject({
    job: z.string().describe("The job's id"),
    id: z.string().regex(/^[\w.:-]{1,100}$/, "must be 1 to 100 of A-Z a-z 0-9 _ . : -").optional()
      .describe("Absent: a random one"),
    schedule: scheduleField(),
    ...changeableFields(),
  });

/** The body that changes a schedule. */
export const editBody = () =>
  z.strictObject({
    schedule: scheduleField().optional(),
    ...changeableFields(),
    next_run_at: instantField().nullable().optional()
      .describe("By hand: one run at that instant, null for now; then the schedule goes on"),
  });

type CreateBody = z.infer<ReturnType<typeof createBody>>;
type EditBody = z.infer<ReturnType<typeof editBody>>;

/** What a body says of a schedule, in the engine's words; what it leaves out stays out. */
export function toEdit(body: Omit<CreateBody, "job" | "id"> | EditBody): ScheduleEdit {
  return {
    spec: body.schedule,
    botId: body.bot_id,
    enabled: body.enabled,
    params: body.params,
    graceSeconds: body.grace_seconds,
    coalesce: body.coalesce,
    overlap: body.overlap,
    limit: body.limit,
    jitterSeconds: body.jitter_seconds,
    nextRunAt: "next_run_at" in body ? body.next_run_at : undefined,
  };
}

const changeableFields = () => ({
  bot_id: z.string().min(1).max(200).optional().describe("Whom its runs are for; * for every bot"),
  enabled: z.boolean().optional(),
  params: z.record(z.string(), z.unknown()).optional()
    .describe("As the job's params_schema says; they take the place of those before"),
  grace_seconds: z.int().min(0).max(YEAR_SECONDS).nullable().optional()
    .describe("How late a slot may run; null: until the next one is due"),
  coalesce: z.enum(["latest", "all", "skip"]).optional()
    .describe("What runs of several late slots; all and skip need grace_seconds"),
  overlap: z.enum(["skip", "queue"]).optional(),
  limit: z.int().min(1).max(MAX_LIMIT).nullable().optional(),
  jitter_seconds: z.int().min(0).max(DAY_SECONDS).optional(),
});

const scheduleField = () =>
  z.strictObject({
    cron: z.string().max(1_000).optional().describe("Five fields, or @daily and its kin"),
    time_zone: z.string().optional().describe("IANA name, with cron; absent: DEFAULT_TIME_ZONE"),
    interval_minutes: z.int().optional(),
    run_at: instantField().optional(),
  }).transform((given, context): ScheduleSpec => {
    const { cron, time_zone, interval_minutes, run_at } = given;
    const kinds = [cron, interval_minutes, run_at].filter((kind) => kind !== undefined);
    const problem = kinds.length !== 1
      ? "must have exactly one of cron, interval_minutes and run_at"
      : time_zone !== undefined && cron === undefined
      ? "may have a time_zone with cron alone"
      : null;
    if (problem) {
      context.addIssue({ code: "custom", message: problem });
      return z.NEVER;
    }
    if (cron !== undefined) return { cron, timeZone: time_zone };
    return interval_minutes !== undefined
      ? { intervalMinutes: interval_minutes }
      : { runAt: run_at! };
  });
