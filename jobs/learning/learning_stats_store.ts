import type { AnySql } from "../../lib/db/sql.ts";
import type { AdapterMetrics } from "./promotion.ts";

/** What was learnt of one user, in the shape in which the API shows it. */
export interface LearningStats extends UserFigures {
  /** The adapter in use; null when none was promoted yet. */
  adapter: AdapterFigures | null;
  /** The newest retraining, whatever came of it; null before the first. */
  last_retraining: AdapterFigures | null;
  /** Null before the first. */
  last_snapshot: SnapshotFigures | null;
}

/** Errors are those whose logs are still kept: `errors` is the sum of `corrected` and `ignored`. */
export interface UserFigures {
  user_id: string;
  errors: number;
  corrected: number;
  ignored: number;
  last_error_at: Date | null;
  patterns_active: number;
  patterns_improving: number;
  dictionary_words: number;
}

export interface AdapterFigures {
  version: number;
  status: "promoted" | "rejected";
  reason: string;
  trained_pairs: number;
  artifact_bytes: number;
  metrics: AdapterMetrics;
  trained_at: Date;
}

export interface SnapshotFigures {
  /** The week's Monday, `YYYY-MM-DD`. */
  week_start: string;
  errors: number;
  distinct_patterns: number;
  corrected: number;
  ignored: number;
  improving: number;
  /** Against the week before; null for the user's first week. */
  errors_change: number | null;
  top_patterns: { misspelling: string; correction: string; count: number }[];
}

/** A user's learning figures; null for a user that is not known. */
export async function readLearningStats(
  sql: AnySql,
  userId: string,
): Promise<LearningStats | null> {
  const figures = await readUserFigures(sql, userId);
  if (figures === null) return null;
  return {
    ...figures,
    adapter: await readNewestAdapter(sql, userId, ["promoted"]),
    last_retraining: await readNewestAdapter(sql, userId, ["promoted", "rejected"]),
    last_snapshot: await readLastSnapshot(sql, userId),
  };
}

/** Counts of one user's logs, patterns and dictionary. */
async function readUserFigures(sql: AnySql, userId: string): Promise<UserFigures | null> {
  const [row] = await sql<UserFigures[]>`
    select
      users.user_id, logged.*, patterned.*,
      (
        select count(*)::int
        from personal_dictionary
        where user_id = users.user_id
      ) as dictionary_words
    from users
    cross join lateral (
      select
        count(*)::int as errors,
        count(*) filter (where outcome = 'corrected')::int as corrected,
        count(*) filter (where outcome = 'ignored')::int as ignored,
        max(occurred_at) as last_error_at
      from error_logs
      where user_id = users.user_id
    ) logged
    cross join lateral (
      select
        count(*) filter (where status = 'active')::int as patterns_active,
        count(*) filter (where status = 'improving')::int as patterns_improving
      from user_error_patterns
      where user_id = users.user_id
    ) patterned
    where users.user_id = ${userId}`;
  return row ?? null;
}

/** The adapter of the highest version among those with one of the statuses. */
async function readNewestAdapter(
  sql: AnySql,
  userId: string,
  statuses: AdapterFigures["status"][],
): Promise<AdapterFigures | null> {
  const [row] = await sql<AdapterFigures[]>`
    select version, status, reason, trained_pairs, artifact_bytes, metrics, trained_at
    from correction_adapters
    where user_id = ${userId}
      and status = any(${statuses}::text[])
    order by version desc
    limit 1`;
  return row ?? null;
}

/** The snapshot of the latest week. */
async function readLastSnapshot(sql: AnySql, userId: string): Promise<SnapshotFigures | null> {
  const [row] = await sql<SnapshotFigures[]>`
    select
      to_char(week_start, 'YYYY-MM-DD') as week_start, errors, distinct_patterns, corrected,
      ignored, improving, errors_change, top_patterns
    from progress_snapshots
    where user_id = ${userId}
    order by progress_snapshots.week_start desc
    limit 1`;
  return row ?? null;
}
