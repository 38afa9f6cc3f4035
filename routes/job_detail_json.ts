import { z } from "zod";
import type { AnyJob } from "../lib/job.ts";
import type { ScheduleRow } from "../lib/schedule_row.ts";
import { instantJson } from "../lib/instant.ts";
import { jobFields } from "./job_json.ts";

/** The code's policies, with those that the job's own row has in their place. */
export function toPolicies({ policies }: AnyJob, row: ScheduleRow | undefined) {
  const { backoff } = policies;
  return {
    grace_seconds: row ? row.grace_seconds : policies.graceSeconds,
    coalesce: row?.coalesce ?? policies.coalesce,
    overlap: row?.overlap ?? policies.overlap,
    limit: row ? row.max_running : policies.limit,
    jitter_seconds: row?.jitter_seconds ?? policies.jitterSeconds,
    timeout_ms: policies.timeoutMs,
    retries: policies.retries,
    backoff: { first_ms: backoff.firstMs, max_ms: backoff.maxMs, spread: backoff.spread },
    min_success_rate: policies.minSuccessRate,
    slow_after_ms: policies.slowAfterMs,
  };
}

/** The JSON Schema of a job's parameters, draft 2020-12: what a caller may send. */
export function toParamsSchema(job: AnyJob): Record<string, unknown> {
  return z.toJSONSchema(job.params, { io: "input", unrepresentable: "any" });
}

/** The schema of one job with all that is told about it. */
export const jobDetailSchema = () =>
  z.strictObject({
    ...jobFields(),
    params_schema: z.record(z.string(), z.unknown()).describe("JSON Schema, draft 2020-12"),
    dry_run: z.boolean().describe("Whether a dry run makes sense"),
    policies: z.strictObject({
      grace_seconds: z.int().nullable().describe("Null: until the next slot is due"),
      coalesce: z.enum(["latest", "all", "skip"]),
      overlap: z.enum(["skip", "queue"]),
      limit: z.int().nullable().describe("Null: no limit"),
      jitter_seconds: z.int(),
      timeout_ms: z.int(),
      retries: z.int(),
      backoff: z.strictObject({ first_ms: z.int(), max_ms: z.int(), spread: z.number() }),
      min_success_rate: z.number(),
      slow_after_ms: z.int().nullable(),
    }),
    next_slots: z.array(instantJson()).describe("The next 10 of its own row"),
  });
