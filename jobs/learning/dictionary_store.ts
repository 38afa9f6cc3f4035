import type { Tx } from "../../lib/db/sql.ts";

/**
 * Adds the words that these users left alone in enough sessions and never corrected; gives their number.
 *
 * Only what was flagged by `asOf` counts, but a correction counts whenever it was made. Of those
 * whose logs are deleted the patterns tell, and `corrected_words`.
 */
export async function addNoChangeWords(
  tx: Tx,
  userIds: string[],
  rule: { asOf: Date; minSessions: number },
): Promise<number> {
  const asOf = rule.asOf.toISOString();
  const added = await tx`
    with unchanged as (
      select user_id, word_folded as word
      from error_logs
      where user_id = any(${userIds}::text[])
      group by user_id, word_folded
      having bool_and(outcome = 'ignored')
        and count(distinct session_id) filter (where occurred_at <= ${asOf}::timestamptz)
          >= ${rule.minSessions}
    )
    insert into personal_dictionary (user_id, word, source, added_at)
    select user_id, word, 'no_change', ${asOf}::timestamptz
    from unchanged
    where not exists (
      select from user_error_patterns pattern
      where pattern.user_id = unchanged.user_id and pattern.misspelling = unchanged.word
    )
      and not exists (
        select from corrected_words corrected
        where corrected.user_id = unchanged.user_id and corrected.word = unchanged.word
      )
    order by user_id, word
    on conflict (user_id, word) do nothing`;
  return added.count;
}
