import type { AnySql } from "../../lib/db/sql.ts";

/** One flagged word; `correction` is null when the user left the word as it was. */
export interface LoggedError {
  userId: string;
  sessionId: string;
  word: string;
  correction: string | null;
  occurredAt: Date;
}

/**
 * Logs flagged words and keeps the users' patterns with them, in one statement.
 *
 * A pattern is a distinct pair of a user after folding; a correction of case or Unicode form alone
 * is logged but is no pattern. Unknown users are added. The status of a pattern is left alone:
 * only detect_improvement_patterns changes it. Returns the number of logs written.
 */
export async function recordErrors(sql: AnySql, errors: readonly LoggedError[]): Promise<number> {
  const [row] = await sql<{ logged: number }[]>`
    with entry as (
      select *
      from unnest(
        ${errors.map((e) => e.userId)}::text[],
        ${errors.map((e) => e.sessionId)}::text[],
        ${errors.map((e) => e.word)}::text[],
        ${errors.map((e) => e.correction)}::text[],
        ${errors.map((e) => e.occurredAt.toISOString())}::timestamptz[]
      ) as e (user_id, session_id, word, correction, occurred_at)
    ),
    known as (
      insert into users (user_id)
      select distinct user_id from entry order by user_id
      on conflict do nothing
    ),
    logged as (
      insert into error_logs (user_id, session_id, word, correction, occurred_at)
      select user_id, session_id, word, correction, occurred_at from entry
      returning user_id, word_folded, correction_folded, occurred_at
    ),
    patterned as (
      insert into user_error_patterns as p
        (user_id, misspelling, correction, occurrences, first_seen, last_seen)
      select user_id, word_folded, correction_folded, count(*), min(occurred_at), max(occurred_at)
      from logged
      where correction_folded <> word_folded
      group by user_id, word_folded, correction_folded
      order by user_id, word_folded, correction_folded
      on conflict (user_id, misspelling, correction) do update
      set occurrences = p.occurrences + excluded.occurrences,
          first_seen = least(p.first_seen, excluded.first_seen),
          last_seen = greatest(p.last_seen, excluded.last_seen)
    )
    select count(*)::int as logged from logged`;
  return row.logged;
}
