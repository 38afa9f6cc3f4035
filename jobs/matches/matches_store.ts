import type { AnySql, Json } from "../../lib/db/sql.ts";
import type { MatchRecord } from "./match_record.ts";

/** What became of matches that were handed in. */
export type ImportedCounts = { added: number; corrected: number; unchanged: number };

/**
 * Adds matches, and corrects those that are known with other content; the same match twice counts once.
 *
 * Of several in one call with the same id the last one holds. The index learns of it through the
 * triggers on `matches`.
 */
export async function importMatches(
  sql: AnySql,
  matches: readonly MatchRecord[],
): Promise<ImportedCounts> {
  const byId = new Map(matches.map((match) => [match.match_id, match]));
  const given = sql.json([...byId.values()] as unknown as Json);
  // xmax is 0 on a row that this statement inserted, and names the updater on one that it changed.
  const [written] = await sql<{ added: number; corrected: number }[]>`
    with given as (
      select *
      from jsonb_to_recordset(${given}) as given (
        match_id text, patch text, elo_rank text, queue_id int, played_at timestamptz(3),
        blue_picks int[], red_picks int[], blue_win boolean
      )
    ),
    written as (
      insert into matches as known
        (match_id, patch, elo_rank, queue_id, played_at, blue_picks, red_picks, blue_win)
      select match_id, patch, elo_rank, queue_id, played_at, blue_picks, red_picks, blue_win
      from given
      order by match_id collate "C"
      on conflict (match_id) do update
      set
        patch = excluded.patch,
        elo_rank = excluded.elo_rank,
        queue_id = excluded.queue_id,
        played_at = excluded.played_at,
        blue_picks = excluded.blue_picks,
        red_picks = excluded.red_picks,
        blue_win = excluded.blue_win,
        changed_at = date_trunc('milliseconds', now())
      where (known.patch, known.elo_rank, known.queue_id, known.played_at,
             known.blue_picks, known.red_picks, known.blue_win)
        is distinct from
            (excluded.patch, excluded.elo_rank, excluded.queue_id, excluded.played_at,
             excluded.blue_picks, excluded.red_picks, excluded.blue_win)
      returning xmax = 0 as is_new
    )
    select
      count(*) filter (where is_new)::int as added,
      count(*) filter (where not is_new)::int as corrected
    from written`;
  return { ...written, unchanged: matches.length - written.added - written.corrected };
}
