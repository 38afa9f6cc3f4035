/** The SQL of messages to the outside; they are written where runs are settled (`settled_store.ts`). */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";

/** Facts of a run that an alert tells. */
export interface AlertPayload {
  job: string;
  schedule: string;
  run_id: string;
  trigger: string;
  status: string;
  reason: string | null;
  error: string | null;
  attempts: number;
  scheduled_for: string | null;
  finished_at: string;
  duration_ms: number | null;
  /** What a slow success was measured by; null for a run that is not one. */
  slow_after_ms: number | null;
  items_done: number | null;
  items_failed: number | null;
}

export interface Alert {
  id: string;
  kind: "failed" | "recovered" | "slow";
  payload: AlertPayload;
  tries: number;
}

/**
 * Takes messages to send, oldest first; one that is not marked as sent within the minute comes again, later each time.
 *
 * A schedule's messages keep their order: a recovery is not told before the failure that it ends.
 */
export async function takeAlerts(sql: Sql, clock: Clock, limit: number): Promise<Alert[]> {
  return await sql<Alert[]>`
    with held as (
      select id from alert_outbox a
      where sent_at is null and gave_up_at is null and available_at <= ${clock.now(sql)}
        and not exists (
          select from alert_outbox before
          where before.id < a.id
            and before.payload->>'schedule' = a.payload->>'schedule'
            and before.sent_at is null and before.gave_up_at is null)
      order by available_at, id
      limit ${limit}
      for update skip locked
    ),
    taken as (
      update alert_outbox a
      set tries = a.tries + 1,
          available_at = ${
    clock.now(sql)
  } + least(60 * power(2, a.tries), 3600) * interval '1 second'
      from held
      where a.id = held.id
      returning a.id, a.kind, a.payload, a.tries
    )
    select * from taken order by id`;
}

/** Marks a message as sent. */
export async function markAlertSent(sql: Sql, clock: Clock, id: string): Promise<void> {
  await sql`
    update alert_outbox set sent_at = ${clock.now(sql)}, last_error = null
    where id = ${id} and sent_at is null and gave_up_at is null`;
}

/** Keeps why a message could not be sent; after `maxTries` it is given up. */
export async function markAlertFailed(
  sql: Sql,
  clock: Clock,
  id: string,
  error: string,
  maxTries: number,
): Promise<void> {
  await sql`
    update alert_outbox
    set last_error = ${error},
        gave_up_at = case when tries >= ${maxTries} then ${clock.now(sql)} end
    where id = ${id} and sent_at is null and gave_up_at is null`;
}
