/** What goes with a run's settling, in the same statement: its counters and its alert. */
import type { Clock } from "./clock.ts";
import type { AnySql, Fragment } from "./db/sql.ts";
import { DURATION_BOUNDS_MS } from "./duration_buckets.ts";

/** An INSERT that adds the settled runs of a CTE (with all columns of `job_runs`) to `job_stats`. */
export function countSettled(sql: AnySql, settled: string): Fragment {
  return sql`
    insert into job_stats (job_type, day, status, bucket, runs, duration_ms_sum, last_finished_at)
    select job_type, (finished_at at time zone 'UTC')::date, status,
           width_bucket(coalesce(duration_ms, 0), ${DURATION_BOUNDS_MS}::bigint[]),
           count(*), sum(coalesce(duration_ms, 0)), max(finished_at)
    from ${sql(settled)}
    where finished_at is not null and not dry_run
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
    on conflict (job_type, day, status, bucket) do update
    set runs = job_stats.runs + excluded.runs,
        duration_ms_sum = job_stats.duration_ms_sum + excluded.duration_ms_sum,
        last_finished_at = greatest(job_stats.last_finished_at, excluded.last_finished_at)`;
}

/**
 * An INSERT that puts an alert beside each run of a CTE that failed for good, beside the first success
 * after a failure of the same row, and beside a success that was slow; nothing when nobody is to be told.
 */
export function alertSettled(
  sql: AnySql,
  clock: Clock,
  settled: string,
  alerting: boolean,
  slowAfterMs: number | null = null,
): Fragment {
  return sql`
    insert into alert_outbox (run_id, kind, created_at, available_at, payload)
    select s.id, alert.kind, ${clock.now(sql)}, ${clock.now(sql)},
           jsonb_build_object(
             'job', s.job_type, 'schedule', s.job_id, 'run_id', s.id, 'trigger', s.trigger,
             'status', s.status, 'reason', s.reason, 'error', s.error_message,
             'attempts', s.attempt, 'scheduled_for', s.scheduled_for, 'finished_at', s.finished_at,
             'duration_ms', s.duration_ms, 'slow_after_ms', ${slowAfterMs}::bigint,
             'items_done', s.items_done, 'items_failed', s.items_failed)
    from ${sql(settled)} s
    cross join lateral (
      select 'failed' as kind where s.status = 'failed'
      union all
      select 'recovered'
      where s.status = 'success' and 'failed' = (
        select before.status from job_runs before
        where before.job_id = s.job_id
          and before.id <> s.id
          and before.status in ('success', 'failed')
          and not before.dry_run
        order by before.created_at desc, before.id desc
        limit 1)
      union all
      select 'slow' where s.status = 'success' and s.reason = 'slow'
    ) alert
    where ${alerting}
      and not s.dry_run
    order by s.id, alert.kind`;
}
