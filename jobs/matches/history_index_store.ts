import type { AnySql, Fragment, Tx } from "../../lib/db/sql.ts";

/** Where the index stands. */
export interface IndexState {
  live: number;
  /** The generation that a rebuild has begun; null: none. */
  building: number | null;
}

/** The last change that was taken; ids are never empty, so the first page follows `{ "", 0 }`. */
export interface ChangeCursor {
  matchId: string;
  changeId: string;
}

/**
 * Takes the index for this transaction: whoever writes to a generation has it.
 *
 * A lock of its own, not the live row's: who waits for that finds no row after a swap.
 */
export async function holdIndex(tx: Tx): Promise<IndexState> {
  await tx`select pg_advisory_xact_lock('history_generations'::regclass::oid::bigint)`;
  const rows = await tx<{ generation: number; status: string }[]>`
    select generation, status
    from history_generations`;
  const numberOf = (status: string) =>
    rows.find((row) => row.status === status)?.generation ?? null;
  return { live: numberOf("live")!, building: numberOf("building") };
}

/** Begins a new generation in place of one that was left unfinished; gives its number. */
export async function beginGeneration(tx: Tx): Promise<number> {
  await tx`
    delete from history_generations
    where status = 'building'`;
  const [begun] = await tx<{ generation: number }[]>`
    insert into history_generations (status)
    values ('building')
    returning generation`;
  return begun.generation;
}

/**
 * Counts the next matches, at most `limit`, in the generation that is being built; gives their number.
 *
 * One statement, hence one snapshot: the changes that it drops are those that the matches it reads
 * show already. What is committed later stays a change, for after the rebuild.
 */
export async function countNextMatches(
  tx: Tx,
  generation: number,
  limit: number,
): Promise<number> {
  const source = tx`
    place as (
      select coalesce(built_up_to, '') as after
      from history_generations
      where generation = ${generation}
    ),
    counted as materialized (
      select match_id, 1 as sign, blue_picks || red_picks as picks, blue_win
      from matches
      where match_id > (select after from place)
      order by match_id
      limit ${limit}
    ),
    reach as (
      select count(*)::int as matches, max(match_id) as last from counted
    ),
    dropped as (
      delete from match_changes
      using place, reach
      where match_id > after and match_id <= last
    ),
    dropped_beyond as (
      delete from match_changes
      using place, reach
      where matches < ${limit} and match_id > coalesce(last, after)
    ),
    moved as (
      update history_generations
      set
        matches = history_generations.matches + reach.matches,
        built_up_to = coalesce(last, built_up_to)
      from reach
      where generation = ${generation}
    )`;
  const [counted] = await tx<{ matches: number }[]>`
    with ${source}, ${countPairs(tx, generation)}
    select matches from reach`;
  return counted.matches;
}

/** Puts the generation that was built in the place of the live one, which goes. */
export async function swapGenerations(tx: Tx, { live, building }: IndexState): Promise<void> {
  await tx`
    delete from history_generations
    where generation = ${live} and status = 'live'`;
  await tx`
    update history_generations
    set status = 'live', built_up_to = null
    where generation = ${building} and status = 'building'`;
}

/**
 * Takes the next changes, at most `limit`, and counts them in the live generation.
 *
 * Gives how many there were and the last one's place; null: there was none. The order is by match,
 * and the changes of one match are numbered in the order of their commits: its row was locked. They are
 * dropped by their place in the table: nobody ever updates one, and who holds the index alone deletes.
 */
export async function countNextChanges(
  tx: Tx,
  generation: number,
  after: ChangeCursor,
  limit: number,
): Promise<{ changes: number; last: ChangeCursor | null }> {
  const source = tx`
    taken as materialized (
      select ctid as place, match_id, change_id
      from match_changes
      where (match_id, change_id) > (${after.matchId}, ${after.changeId}::bigint)
      order by match_id, change_id
      limit ${limit}
    ),
    counted as (
      delete from match_changes
      using taken
      where match_changes.ctid = taken.place
      returning sign, blue_picks || red_picks as picks, blue_win
    ),
    moved as (
      update history_generations
      set
        matches = matches + (select coalesce(sum(sign), 0) from counted),
        is_published = false
      where generation = ${generation} and exists (select from taken)
    )`;
  const [counted] = await tx<
    { changes: number; matchId: string | null; changeId: string | null }[]
  >`
    with ${source}, ${countPairs(tx, generation)}
    select
      (select count(*)::int from taken) as changes,
      (select match_id from taken order by match_id desc, change_id desc limit 1) as "matchId",
      (select change_id from taken order by match_id desc, change_id desc limit 1) as "changeId"`;
  const { changes, matchId, changeId } = counted;
  return { changes, last: matchId && changeId ? { matchId, changeId } : null };
}

/**
 * CTEs that add what `counted` (sign, ten picks with blue's first, blue_win) says to a generation.
 *
 * Each two of ten picks are a pair: 20 on one side, 25 on opposite sides; a champion that both sides
 * have is none to itself. A pair whose games come to 0 goes, as a rebuild would not have it. A pair is
 * looked up once, then found by its place in the table: who holds the index is alone in moving rows.
 */
function countPairs(tx: Tx, generation: number): Fragment {
  return tx`
    places as materialized (
      select i, j, (i <= 5) = (j <= 5) as is_synergy
      from generate_series(1, 10) as i, generate_series(1, 10) as j
      where i < j
    ),
    played as (
      select is_synergy, sign, picks[i] as one, picks[j] as two, (i <= 5) = blue_win as one_won
      from counted, places
    ),
    summed as (
      select
        case when is_synergy then 'synergy' else 'counter' end as kind,
        least(one, two) as champion,
        greatest(one, two) as other,
        sum(sign) as games,
        sum(case when one_won = (is_synergy or one < two) then sign else 0 end) as wins
      from played
      where one <> two
      group by is_synergy, least(one, two), greatest(one, two)
    ),
    delta as materialized (
      select
        summed.*,
        pair.ctid as place,
        pair.games + summed.games as games_after,
        pair.wins + summed.wins as wins_after
      from summed
      left join history_pairs pair
        on pair.generation = ${generation}
        and pair.kind = summed.kind
        and pair.champion = summed.champion
        and pair.other = summed.other
      where summed.games <> 0 or summed.wins <> 0
    ),
    emptied as (
      delete from history_pairs pair
      using delta
      where pair.ctid = delta.place and games_after = 0
    ),
    changed as (
      update history_pairs pair
      set games = games_after, wins = wins_after
      from delta
      where pair.ctid = delta.place and games_after <> 0
    ),
    added as (
      insert into history_pairs (generation, kind, champion, other, games, wins)
      select ${generation}, kind, champion, other, games, wins
      from delta
      where place is null
    )`;
}

/** The number of matches. */
export async function countMatches(sql: AnySql): Promise<number> {
  const [row] = await sql<{ matches: number }[]>`select count(*)::int as matches from matches`;
  return row.matches;
}

/** The number of changes that wait to be counted. */
export async function countWaitingChanges(sql: AnySql): Promise<number> {
  const [row] = await sql<{ changes: number }[]>`
    select count(*)::int as changes from match_changes`;
  return row.changes;
}
