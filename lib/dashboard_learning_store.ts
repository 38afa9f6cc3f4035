/** The SQL behind the dashboard's page of a user's results. */
import type { Sql } from "./db/sql.ts";

/** A user, with the version of the newest adapter (0: none). */
export interface Learner {
  user_id: string;
  adapters: number;
}

/** At most `limit` users whose id holds a text, after one (null: from the first), by id. */
export function listLearners(
  sql: Sql,
  text: string,
  after: string | null,
  limit: number,
): Promise<Learner[]> {
  return sql<Learner[]>`
    select u.user_id, coalesce(a.adapters, 0)::int as adapters
    from users u
    left join lateral (
      select max(version) as adapters from correction_adapters where user_id = u.user_id
    ) a on true
    where u.user_id > ${after ?? ""}
      and position(lower(${text}) in lower(u.user_id)) > 0
    order by u.user_id
    limit ${limit}`;
}

/** How many users' ids hold a text; counting stops at `most`. */
export async function countLearners(sql: Sql, text: string, most: number): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from (
      select
      from users
      where position(lower(${text}) in lower(user_id)) > 0
      limit ${most}
    ) found`;
  return count;
}

/** A word that is right for a user. */
export interface DictionaryWord {
  word: string;
  source: string;
  added_at: Date;
}

/** At most `limit` words of a user's dictionary, after one (null: from the newest), newest first. */
export function listDictionary(
  sql: Sql,
  userId: string,
  after: Pick<DictionaryWord, "added_at" | "word"> | null,
  limit: number,
): Promise<DictionaryWord[]> {
  const isLater = ({ added_at, word }: Pick<DictionaryWord, "added_at" | "word">) =>
    sql`(added_at < ${added_at} or (added_at = ${added_at} and word > ${word}))`;
  return sql<DictionaryWord[]>`
    select word, source, added_at
    from personal_dictionary
    where user_id = ${userId}
      and ${after ? isLater(after) : sql`true`}
    order by added_at desc, word
    limit ${limit}`;
}

export async function countDictionary(sql: Sql, userId: string): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from personal_dictionary
    where user_id = ${userId}`;
  return count;
}

/** A week of a user's, which begins on the day `week`, YYYY-MM-DD. */
export interface LearnerWeek {
  week: string;
  errors: number;
  change: number | null;
  improving: number;
  top: unknown;
}

/** At most `limit` weeks of a user's from before one (null: from the newest), newest first. */
export function listWeeks(
  sql: Sql,
  userId: string,
  before: string | null,
  limit: number,
): Promise<LearnerWeek[]> {
  return sql<LearnerWeek[]>`
    select to_char(week_start, 'YYYY-MM-DD') as week, errors, errors_change as change, improving,
           top_patterns as top
    from progress_snapshots
    where user_id = ${userId}
      and (${before}::date is null or week_start < ${before}::date)
    order by week_start desc
    limit ${limit}`;
}

export async function countWeeks(sql: Sql, userId: string): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from progress_snapshots
    where user_id = ${userId}`;
  return count;
}
