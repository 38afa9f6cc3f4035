/** The SQL behind the dashboard's pages of results: a user's and a student's, and the champion pairs. */
import type { Sql } from "./db/sql.ts";

/** Users whose id holds a text, those with an adapter first. */
export function listLearners(
  sql: Sql,
  text: string,
  limit: number,
): Promise<{ user_id: string; adapters: number }[]> {
  return sql<{ user_id: string; adapters: number }[]>`
    select u.user_id, coalesce(a.adapters, 0)::int as adapters
    from users u
    left join lateral (
      select max(version) as adapters from correction_adapters where user_id = u.user_id
    ) a on true
    where position(lower(${text}) in lower(u.user_id)) > 0
    order by u.user_id
    limit ${limit}`;
}

/** The newest words of a user's dictionary. */
export function listDictionary(
  sql: Sql,
  userId: string,
  limit: number,
): Promise<{ word: string; source: string; added_at: Date }[]> {
  return sql<{ word: string; source: string; added_at: Date }[]>`
    select word, source, added_at
    from personal_dictionary
    where user_id = ${userId}
    order by added_at desc, word
    limit ${limit}`;
}

/** A user's weeks, newest first. */
export function listWeeks(
  sql: Sql,
  userId: string,
  limit: number,
): Promise<
  { week: string; errors: number; change: number | null; improving: number; top: unknown }[]
> {
  return sql<
    { week: string; errors: number; change: number | null; improving: number; top: unknown }[]
  >`
    select to_char(week_start, 'YYYY-MM-DD') as week, errors, errors_change as change, improving,
           top_patterns as top
    from progress_snapshots
    where user_id = ${userId}
    order by week_start desc
    limit ${limit}`;
}

/** Students whose id holds a text. */
export function listStudents(
  sql: Sql,
  text: string,
  limit: number,
): Promise<{ user_id: string }[]> {
  return sql<{ user_id: string }[]>`
    select user_id
    from students
    where position(lower(${text}) in lower(user_id)) > 0
    order by user_id
    limit ${limit}`;
}

/** A student's newest days. */
export interface StudentDay {
  day: string;
  pace: number | null;
  quizzes: number | null;
  lessons: number;
  minutes: number;
}

export function listStudentDays(sql: Sql, userId: string, limit: number): Promise<StudentDay[]> {
  return sql<StudentDay[]>`
    select to_char(p.day, 'YYYY-MM-DD') as day, p.pace_score::float8 as pace,
           p.quiz_average::float8 as quizzes, p.lessons_completed_count as lessons,
           p.time_spent_minutes::float8 as minutes
    from performance_snapshots p
    where p.user_id = ${userId}
    order by p.day desc
    limit ${limit}`;
}

/** What is advised to a student now. */
export function listAdvice(
  sql: Sql,
  userId: string,
): Promise<{ title: string; reason: string; created_at: Date }[]> {
  return sql<{ title: string; reason: string; created_at: Date }[]>`
    select title, reason, created_at
    from adaptive_recommendations
    where user_id = ${userId}
      and is_active
    order by created_at desc, title`;
}

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

/** The pairs of a kind whose win rate is farthest from even; on one side, farthest above it. */
export function listClearestPairs(
  sql: Sql,
  kind: ChampionPair["kind"],
  limit: number,
): Promise<ChampionPair[]> {
  return sql<ChampionPair[]>`
    select kind, champion, other, games, wins, win_rate::float8 as win_rate
    from history_index
    where kind = ${kind}
    order by case kind when 'synergy' then win_rate else greatest(win_rate, 1 - win_rate) end desc,
             games desc, champion, other
    limit ${limit}`;
}
