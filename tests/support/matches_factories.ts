import type { MatchRecord } from "../../jobs/matches/match_record.ts";
import type { Sql } from "../../lib/db/sql.ts";

/** A match that blue has won, champions 1 to 5 against 6 to 10, but for what the test says. */
export function aMatch(fields: Partial<MatchRecord> = {}): MatchRecord {
  return {
    match_id: "EUW1_1",
    patch: "15.20",
    elo_rank: "GOLD",
    queue_id: 420,
    played_at: "2026-07-19T20:15:00.000Z",
    blue_picks: [1, 2, 3, 4, 5],
    red_picks: [6, 7, 8, 9, 10],
    blue_win: true,
    ...fields,
  };
}

/** So many matches with ids of their own, champions and winners differing from one to the next. */
export function someMatches(count: number, from = 0): MatchRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const place = from + i;
    const picks = (first: number) => [0, 1, 2, 3, 4].map((step) => first + (place + step * 3) % 17);
    return aMatch({
      match_id: `EUW1_${String(place).padStart(6, "0")}`,
      blue_picks: picks(1),
      red_picks: picks(20),
      blue_win: place % 3 !== 0,
    });
  });
}

/** One pair of the index. */
export interface Pair {
  kind: "synergy" | "counter";
  champion: number;
  other: number;
  games: number;
  wins: number;
}

/** The index as people see it, in order. */
export async function readIndex(sql: Sql): Promise<Pair[]> {
  const rows = await sql<Pair[]>`
    select kind, champion, other, games, wins
    from history_index
    order by kind, champion, other`;
  return [...rows];
}

/** What the index of these matches must be, counted match by match, in the order of `readIndex`. */
export function countPairs(matches: Iterable<MatchRecord>): Pair[] {
  const pairs = new Map<string, Pair>();
  const count = (kind: Pair["kind"], one: number, two: number, oneWon: boolean) => {
    if (one === two) return;
    const [champion, other] = one < two ? [one, two] : [two, one];
    const key = `${kind} ${champion} ${other}`;
    const pair = pairs.get(key) ?? { kind, champion, other, games: 0, wins: 0 };
    const won = kind === "synergy" || champion === one ? oneWon : !oneWon;
    pairs.set(key, { ...pair, games: pair.games + 1, wins: pair.wins + Number(won) });
  };
  for (const { blue_picks: blue, red_picks: red, blue_win } of matches) {
    for (let i = 0; i < 5; i++) {
      for (let j = i + 1; j < 5; j++) {
        count("synergy", blue[i], blue[j], blue_win);
        count("synergy", red[i], red[j], !blue_win);
      }
      for (let j = 0; j < 5; j++) count("counter", blue[i], red[j], blue_win);
    }
  }
  return [...pairs.values()].sort((a, b) =>
    a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.champion - b.champion || a.other - b.other
  );
}

/** The matches as the database has them. */
export async function readMatches(sql: Sql): Promise<MatchRecord[]> {
  const rows = await sql<MatchRecord[]>`
    select match_id, patch, elo_rank, queue_id, played_at, blue_picks, red_picks, blue_win
    from matches
    order by match_id`;
  return [...rows];
}
