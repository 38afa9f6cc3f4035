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
 * `{ as_of, previous, current }`.
 */
export async function markImproving(
  tx: Tx,
  userIds: string[],
  { asOf, windowDays }: ImprovementWindows,
): Promise<number> {
  const now = asOf.toISOString();
  const currentFrom = daysBefore(asOf, windowDays).toISOString();
  const previousFrom = daysBefore(asOf, 2 * windowDays).toISOString();
  // The condition on last_seen leaves out what has nothing to count: most of the patterns. The
  // users are named again at the end, or the planner may read all of the table for each batch.
  const marked = await tx`
    with stopped as (
      select user_id, misspelling, correction, last_seen
      from user_error_patterns
      where user_id = any(${userIds}::text[])
        and status = 'active'
        and last_seen <= ${currentFrom}::timestamptz
      order by user_id, misspelling, correction
      for update
    ),
    counted as (
      select user_id, misspelling, correction, logged.previous, logged.current
      from stopped
      cross join lateral (
        select
          count(*) filter (where occurred_at <= ${currentFrom}::timestamptz) as previous,
          count(*) filter (where occurred_at > ${currentFrom}::timestamptz) as current
        from error_logs
        where stopped.last_seen > ${previousFrom}::timestamptz
          and user_id = stopped.user_id
          and word_folded = stopped.misspelling
          and correction_folded = stopped.correction
          and occurred_at > ${previousFrom}::timestamptz
          and occurred_at <= ${now}::timestamptz
      ) logged
    )
    update user_error_patterns pattern
    set
      status = 'improving',
      evidence = jsonb_build_object(
        'as_of', ${now}::text, 'previous', counted.previous, 'current', counted.current)
    from counted
    where pattern.user_id = any(${userIds}::text[])
      and pattern.user_id = counted.user_id
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
    where pattern.user_id = any(${userIds}::text[])
      and pattern.user_id = returned.user_id
      and pattern.misspelling = returned.misspelling
      and pattern.correction = returned.correction`;
  return reactivated.count;
}
