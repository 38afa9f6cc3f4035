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
 * Marks these users' patterns that were not seen in the current window; gives their number.
 *
 * Those that are marked already are marked anew only if they were seen again since, so never by a
 * run as of an older instant.
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
  // One look at each pattern and one write: locking them first in a statement part of its own took as
  // long again. The key's index gives them in the order in which recordErrors takes them; where the
  // planner reads otherwise and the two meet, forEach tries the batch again. The condition on
  // last_seen in the sub-select leaves out what has nothing to count: most of the patterns.
  const marked = await tx`
    update user_error_patterns pattern
    set
      status = 'improving',
      evidence = (
        select jsonb_build_object(
          'as_of', ${now}::text,
          'previous', count(*) filter (where occurred_at <= ${currentFrom}::timestamptz),
          'current', count(*) filter (where occurred_at > ${currentFrom}::timestamptz))
        from error_logs
        where pattern.last_seen > ${previousFrom}::timestamptz
          and user_id = pattern.user_id
          and word_folded = pattern.misspelling
          and correction_folded = pattern.correction
          and occurred_at > ${previousFrom}::timestamptz
          and occurred_at <= ${now}::timestamptz
      )
    where user_id = any(${userIds}::text[])
      and last_seen <= ${currentFrom}::timestamptz
      and (status = 'active' or last_seen > (evidence ->> 'as_of')::timestamptz)`;
  return marked.count;
}

/**
 * Makes these users' improving patterns that were seen in the current window or later active again; gives their number.
 *
 * Only judgements of `asOf` or before are taken back: at a newer one the pattern had not been seen for so
 * long, and a run as of an older instant knows no better. What was judged before and is in the current
 * window now was seen since, or its log came late.
 */
export async function reactivateSeenAgain(
  tx: Tx,
  userIds: string[],
  { asOf, windowDays }: ImprovementWindows,
): Promise<number> {
  const currentFrom = daysBefore(asOf, windowDays).toISOString();
  const reactivated = await tx`
    update user_error_patterns
    set status = 'active', evidence = null
    where user_id = any(${userIds}::text[])
      and status = 'improving'
      and last_seen > ${currentFrom}::timestamptz
      and ((evidence ->> 'as_of')::timestamptz > ${asOf.toISOString()}::timestamptz) is not true`;
  return reactivated.count;
}
