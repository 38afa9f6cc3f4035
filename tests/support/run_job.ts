import { ManualClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import type { Json, Sql } from "../../lib/db/sql.ts";
import { createEngine } from "../../lib/engine.ts";
import type { AnyJob } from "../../lib/job.ts";
import { createLog } from "../../lib/log.ts";
import type { RunRow } from "../../lib/run.ts";
import { syncJobs } from "../../lib/sync.ts";

export interface JobRequest {
  /** Also the present of the engine; default: noon of a Monday in July 2026, UTC. */
  asOf?: Date;
  params?: Record<string, unknown>;
  dryRun?: boolean;
  /** The bot whose row it is; absent: the job's own. */
  botId?: string;
  /** Environment variables. */
  env?: Record<string, string>;
  /** The failed items of this run alone. */
  retryFailedOf?: string;
}

/** A Monday noon, far from every change of clocks. */
export const MONDAY_NOON = new Date("2026-07-20T12:00:00.000Z");

/** Performs one run of a job in a real engine and gives it settled, whatever came of it. */
export async function runJob(sql: Sql, job: AnyJob, request: JobRequest = {}): Promise<RunRow> {
  const asOf = request.asOf ?? MONDAY_NOON;
  const engine = createEngine({
    sql,
    clock: new ManualClock(asOf),
    config: parseConfig(request.env ?? {}),
    log: createLog(() => {}),
    jobs: [job],
  });
  await syncJobs(engine);
  const run = request.retryFailedOf
    ? await engine.retryRun(request.retryFailedOf, { triggeredBy: "test", failedItemsOnly: true })
    : await engine.requestRun(job.id, {
      asOf,
      params: request.params,
      dryRun: request.dryRun,
      botId: request.botId,
      triggeredBy: "test",
    });
  const settled = await engine.waitForRun(run.id, 60_000);
  await engine.stop();
  return settled;
}

/** The result of a run that must have succeeded. */
export async function resultOf(
  sql: Sql,
  job: AnyJob,
  request: JobRequest = {},
): Promise<Record<string, Json>> {
  const run = await runJob(sql, job, request);
  if (run.status !== "success") {
    throw new Error(`${job.id} ended as ${run.status}: ${run.error_message}`);
  }
  return run.result_json as Record<string, Json>;
}

/** The items of a run that were kept, by name. */
export function itemsOf(sql: Sql, runId: string): Promise<{ item: string; status: string }[]> {
  return sql`
    select item, status
    from run_items
    where run_id = ${runId}
    order by item`;
}
