import type { Tx } from "../../lib/db/sql.ts";
import { daysBefore } from "./days_before.ts";

/**
 * Two adjoining windows of so many days, (as_of - 2 × days, as_of - days] and (as_of - days, as_of].
 *
 * A pattern last seen exactly `windowDays` ago was not seen in the current one.
 */
export interface ImprovementWindows {
  asOf: Date;
  windowDays: number;
}

/**
 * Marks these users' active patterns that were not seen in the current window; gives their number.
 *
 * The counts of both windows, as far as their logs are kept, become the pattern's `evidence`:
 * `{ as_of, window_days, previous, current }`.
 */
export async function markImproving(
  tx: Tx,
  userIds: string[],
  { asOf, windowDays }: ImprovementWindows,
): Promise<number> {
  const now = asOf.toISOString();
  const currentFrom = daysBefore(asOf, windowDays).toISOString();
  const previousFrom = daysBefore(asOf, 2 * windowDays).toISOString();
  const marked = await tx`
    with stopped as (
      select user_id, misspelling, correction
      from user_error_patterns
      where user_id = any(${userIds}::text[])
        and status = 'active'
        and last_seen <= ${currentFrom}::timestamptz
      order by user_id, misspelling, correction
      for update
    ),
    counted as (
      select
        stopped.user_id, stopped.misspelling, stopped.correction,
        count(*) filter (where log.occurred_at <= ${currentFrom}::timestamptz) as previous,
        count(*) filter (where log.occurred_at > ${currentFrom}::timestamptz) as current
      from stopped
      left join error_logs log
        on log.user_id = stopped.user_id
        and log.word_folded = stopped.misspelling
        and log.correction_folded = stopped.correction
        and log.occurred_at > ${previousFrom}::timestamptz
        and log.occurred_at <= ${now}::timestamptz
      group by stopped.user_id, stopped.misspelling, stopped.correction
    )
    update user_error_patterns pattern
    set
      status = 'improving',
      evidence = jsonb_build_object(
        'as_of', ${now}::text,
        'window_days', ${windowDays}::int,
        'previous', counted.previous,
        'current', counted.current
      )
    from counted
    where pattern.user_id = counted.user_id
      and pattern.misspelling = counted.misspelling
      and pattern.correction = counted.correction`;
  return marked.count;
}

/** Makes these users' improving patterns that were seen in the current window or later active again; gives their number. */
export async function reactivateSeenAgain(
  tx: Tx,
  userIds: string[],
  { asOf, windowDays }: ImprovementWindows,
): Promise<number> {
  const currentFrom = daysBefore(asOf, windowDays).toISOString();
  const reactivated = await tx`
    with returned as (
      select user_id, misspelling, correction
      from user_error_patterns
      where user_id = any(${userIds}::text[])
        and status = 'improving'
        and last_seen > ${currentFrom}::timestamptz
      order by user_id, misspelling, correction
      for update
    )
    update user_error_patterns pattern
    set status = 'active', evidence = null
    from returned
    where pattern.user_id = returned.user_id
      and pattern.misspelling = returned.misspelling
      and pattern.correction = returned.correction`;
  return reactivated.count;
}
