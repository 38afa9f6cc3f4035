/** The SQL of runs that a person asks for. */
import type { Clock } from "./clock.ts";
import type { Json, Sql } from "./db/sql.ts";
import { isFree } from "./overlap_store.ts";
import type { RunRow } from "./run.ts";
import { toRun } from "./run_store.ts";
import type { ScheduleRow } from "./schedule_row.ts";

export interface ManualRun {
  trigger: "manual" | "retry";
  botId: string;
  params: Json;
  dryRun: boolean;
  /** Null: the instant of the request. */
  asOf: Date | null;
  retryOf: string | null;
  failedItemsOnly: boolean;
  triggeredBy: string;
  idempotency: { key: string; fingerprint: string } | null;
}

/**
 * Inserts one run of a row; undefined when an active run or the idempotency key stands against it.
 *
 * A dry run changes nothing, so it neither stands in the way of a run of its row nor waits for one. It does the same
 * work, though: the job's limit counts it.
 */
export async function insertManualRun(
  sql: Sql,
  clock: Clock,
  row: ScheduleRow,
  run: ManualRun,
): Promise<RunRow | undefined> {
  const now = clock.now(sql);
  const overlap = run.dryRun ? null : row.overlap;
  const [inserted] = await sql<RunRow[]>`
    -- The row first, as its key would be held afterwards: a dispatch that has it would wait for this run meanwhile.
    with held as materialized (select id from scheduled_jobs where id = ${row.id} for key share)
    insert into job_runs (job_id, job_type, bot_id, trigger, as_of, params, dry_run,
                          retry_of, failed_items_only, triggered_by, created_at, available_at,
                          idempotency_key, idempotency_fingerprint,
                          exclusive, queue_key, limit_key, limit_size)
    select (select id from held), ${row.job_type}, ${run.botId}, ${run.trigger},
            coalesce(${run.asOf}::timestamptz, ${now}), ${sql.json(run.params)}, ${run.dryRun},
            ${run.retryOf}, ${run.failedItemsOnly}, ${run.triggeredBy}, ${now}, ${now},
            ${run.idempotency?.key ?? null}, ${run.idempotency?.fingerprint ?? null},
            ${overlap === "skip"}, ${overlap === "queue" ? row.id : null},
            ${row.max_running === null ? null : row.job_type}, ${row.max_running}
    where not ${overlap === "skip"} or ${isFree(sql, sql`${row.id}::text`)}
    on conflict do nothing
    returning *`;
  return inserted && toRun(inserted);
}

/** The run that an idempotency key was used for, with the fingerprint of its request. */
export async function findByIdempotencyKey(
  sql: Sql,
  jobType: string,
  key: string,
): Promise<(RunRow & { idempotency_fingerprint: string }) | undefined> {
  const [run] = await sql<(RunRow & { idempotency_fingerprint: string })[]>`
    select * from job_runs where job_type = ${jobType} and idempotency_key = ${key}`;
  return run && { ...toRun(run), idempotency_fingerprint: run.idempotency_fingerprint };
}

/** The active run that keeps a row from a second one. */
export async function findActiveRun(sql: Sql, rowId: string): Promise<RunRow | undefined> {
  const [run] = await sql<RunRow[]>`
    select * from job_runs
    where job_id = ${rowId} and status in ('pending', 'running')
      and (exclusive or queue_key = ${rowId})
    order by created_at, id
    limit 1`;
  return run && toRun(run);
}

/** Why a slot needs no run of a backfill: one of its runs succeeded, or is not over yet. */
export type TakenReason = "succeeded" | "active";

/**
 * The slots of a row in [from, to) that succeeded or are being performed, by their milliseconds: by their schedule, by
 * a backfill, or by a retry of such a run. A backfill that is not over yet is no reason: a slot keeps the one it has.
 */
export async function readTakenSlots(
  sql: Sql,
  rowId: string,
  from: Date,
  to: Date,
): Promise<Map<number, TakenReason>> {
  const rows = await sql<{ slot: Date; reason: TakenReason }[]>`
    select coalesce(run.scheduled_for, run.as_of) as slot,
           case when bool_or(run.status = 'success') then 'succeeded' else 'active' end as reason
    from job_runs run
    where run.job_id = ${rowId}
      and (run.status = 'success'
           or run.status in ('pending', 'running') and run.trigger <> 'backfill')
      and not run.dry_run
      and (run.trigger in ('schedule', 'catch_up', 'backfill')
           or exists (
             select from job_runs retried
             where retried.id = run.retry_of and retried.trigger <> 'manual'))
      and coalesce(run.scheduled_for, run.as_of) >= ${from}
      and coalesce(run.scheduled_for, run.as_of) < ${to}
    group by slot`;
  return new Map(rows.map(({ slot, reason }) => [slot.getTime(), reason]));
}

/** Inserts a run for each slot that was never backfilled; returns how many. */
export async function insertBackfill(
  sql: Sql,
  clock: Clock,
  row: ScheduleRow,
  slots: Date[],
  triggeredBy: string,
): Promise<number> {
  const inserted = await sql`
    insert into job_runs (job_id, job_type, bot_id, trigger, as_of, params, triggered_by,
                          created_at, available_at, queue_key, limit_key, limit_size)
    select ${row.id}, ${row.job_type}, ${row.bot_id}, 'backfill', slot,
           ${sql.json(row.config_json)}, ${triggeredBy}, ${clock.now(sql)}, ${clock.now(sql)},
           'backfill:' || ${row.id}::text,
           ${row.max_running === null ? null : row.job_type}::text, ${row.max_running}::int
    from unnest(${slots.map((slot) => slot.toISOString())}::timestamptz[]) as slot
    order by slot
    on conflict do nothing
    returning id`;
  return inserted.length;
}

/** The runs of a row's slots that were backfilled, in the order of slots. */
export async function listBackfill(sql: Sql, rowId: string, slots: Date[]): Promise<RunRow[]> {
  const runs = await sql<RunRow[]>`
    select * from job_runs
    where job_id = ${rowId}
      and trigger = 'backfill'
      and as_of = any(${slots.map((slot) => slot.toISOString())}::timestamptz[])
    order by as_of`;
  return runs.map(toRun);
}
