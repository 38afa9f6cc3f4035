/** The SQL behind the dashboard's champion matrix and ranks. */
import type { Sql } from "./db/sql.ts";

/** Two champions on one side, or against each other. */
export interface ChampionPair {
  kind: "synergy" | "counter";
  champion: number;
  other: number;
  games: number;
  wins: number;
  win_rate: number;
}

/** A champion and in how many games it was picked. */
export interface PickedChampion {
  champion: number;
  games: number;
}

/** The champions that were picked most; each game is in the pairs with four others on the same side. */
export function listPickedChampions(sql: Sql, limit: number): Promise<PickedChampion[]> {
  return sql<PickedChampion[]>`
    select champion, round(sum(games) / 4.0)::int as games
    from (
      select champion, games from history_index where kind = 'synergy'
      union all
      select other, games from history_index where kind = 'synergy'
    ) pick
    group by champion
    order by games desc, champion
    limit ${limit}`;
}

/** All pairs of some champions. */
export function listPairsAmong(sql: Sql, champions: readonly number[]): Promise<ChampionPair[]> {
  return sql<ChampionPair[]>`
    select kind, champion, other, games, wins, win_rate::float8 as win_rate
    from history_index
    where champion = any(${[...champions]}::int[])
      and other = any(${[...champions]}::int[])`;
}

/** A pair and its place among those of its kind, from 1. */
export interface RankedPair extends ChampionPair {
  place: number;
}

/**
 * At most `limit` pairs of a kind after a place (0: from the first).
 *
 * In the order of how far their win rate is from even; on one side, how far above it.
 */
export function listClearestPairs(
  sql: Sql,
  kind: ChampionPair["kind"],
  afterPlace: number,
  limit: number,
): Promise<RankedPair[]> {
  return sql<RankedPair[]>`
    with ranked as (
      select
        kind, champion, other, games, wins, win_rate::float8 as win_rate,
        row_number() over (
          order by
            case kind when 'synergy' then win_rate else greatest(win_rate, 1 - win_rate) end desc,
            games desc, champion, other
        )::int as place
      from history_index
      where kind = ${kind}
    )
    select *
    from ranked
    where place > ${afterPlace}
    order by place
    limit ${limit}`;
}

export async function countPairs(sql: Sql, kind: ChampionPair["kind"]): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from history_index
    where kind = ${kind}`;
  return count;
}
