import type { AnySql, Fragment, Tx } from "../../lib/db/sql.ts";
import type { AdapterArtifact, TrainingResult } from "./correction_model.ts";
import type { ErrorPair } from "./error_pair.ts";

/** Which users are to be retrained. */
export interface RetrainingRule {
  asOf: Date;
  /** Pairs made for the first time since the last retraining. */
  minNewPairs: number;
  /** The last retraining, if any, lies before this instant; null: it does not matter. */
  lastBefore: Date | null;
  /** One user alone; null: every user. */
  userId: string | null;
}

/** Ids of at most `limit` users after a given one who fit the rule, in order; null: from the first. */
export async function readUsersToRetrain(
  sql: AnySql,
  rule: RetrainingRule,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select users.user_id
    from ${usersWithLastRetraining(sql)}
    where users.user_id > ${after ?? ""}
      and ${isToRetrain(sql, rule)}
    order by users.user_id
    limit ${limit}`;
  return rows.map((row) => row.user_id);
}

/** Those of the ids whose users fit the rule, in order. */
export async function readKnownUsersToRetrain(
  sql: AnySql,
  rule: RetrainingRule,
  userIds: string[],
): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`
    select users.user_id
    from ${usersWithLastRetraining(sql)}
    where users.user_id = any(${userIds}::text[])
      and ${isToRetrain(sql, rule)}
    order by users.user_id`;
  return rows.map((row) => row.user_id);
}

/** How many users fit the rule. */
export async function countUsersToRetrain(sql: AnySql, rule: RetrainingRule): Promise<number> {
  const [row] = await sql<{ users: number }[]>`
    select count(*)::int as users
    from ${usersWithLastRetraining(sql)}
    where ${isToRetrain(sql, rule)}`;
  return row.users;
}

/** What a user is trained on. */
export interface TrainingData {
  pairs: ErrorPair[];
  /** The adapter in use; null when there is none. */
  current: AdapterArtifact | null;
}

/** The newest `maxPairs` distinct pairs of each of these users, and their current adapters. */
export async function readTrainingData(
  sql: AnySql,
  userIds: string[],
  asOf: Date,
  maxPairs: number,
): Promise<Map<string, TrainingData>> {
  const data = new Map<string, TrainingData>(
    userIds.map((userId) => [userId, { pairs: [], current: null }]),
  );
  const pairs = await sql<({ user_id: string } & ErrorPair)[]>`
    select wanted.user_id, pattern.misspelling, pattern.correction
    from unnest(${userIds}::text[]) as wanted (user_id)
    cross join lateral (
      select misspelling, correction
      from user_error_patterns
      where user_id = wanted.user_id
        and first_seen <= ${asOf.toISOString()}::timestamptz
      order by last_seen desc, misspelling, correction
      limit ${maxPairs}
    ) pattern`;
  for (const { user_id, misspelling, correction } of pairs) {
    data.get(user_id)!.pairs.push({ misspelling, correction });
  }
  const adapters = await sql<{ user_id: string; artifact: AdapterArtifact }[]>`
    select distinct on (user_id) user_id, artifact
    from correction_adapters
    where user_id = any(${userIds}::text[])
      and status = 'promoted'
    order by user_id, version desc`;
  for (const { user_id, artifact } of adapters) data.get(user_id)!.current = artifact;
  return data;
}

/** What came of training one user. */
export interface TrainedUser {
  userId: string;
  result: TrainingResult;
}

/**
 * Stores new adapters as the users' next versions; gives the number of each status.
 *
 * The newest row, promoted or not, is the user's last retraining. A user who was deleted meanwhile
 * is left out.
 */
export async function insertAdapters(
  tx: Tx,
  trained: TrainedUser[],
  trainedAt: Date,
): Promise<{ promoted: number; rejected: number }> {
  const rows = trained.map(({ userId, result }) => ({
    user_id: userId,
    status: result.decision,
    reason: result.reason,
    trained_pairs: result.trainedPairs,
    artifact_bytes: result.artifactBytes,
    metrics: result.metrics,
    artifact: result.artifact,
  }));
  const inserted = await tx<{ status: string }[]>`
    insert into correction_adapters (
      user_id, version, status, reason, trained_pairs, artifact_bytes, metrics, artifact, trained_at
    )
    select
      user_id,
      1 + coalesce((
        select max(version)
        from correction_adapters earlier
        where earlier.user_id = users.user_id
      ), 0),
      status, reason, trained_pairs, artifact_bytes, metrics, artifact,
      ${trainedAt.toISOString()}::timestamptz
    from jsonb_to_recordset(${tx.json(rows as never)}) as trained (
      user_id text, status text, reason text, trained_pairs int, artifact_bytes int,
      metrics jsonb, artifact jsonb
    )
    join users using (user_id)
    order by user_id
    returning correction_adapters.status`;
  const promoted = inserted.filter(({ status }) => status === "promoted").length;
  return { promoted, rejected: inserted.length - promoted };
}

function usersWithLastRetraining(sql: AnySql): Fragment {
  return sql`
    users
    cross join lateral (
      select max(trained_at) as trained_at
      from correction_adapters
      where user_id = users.user_id
    ) last`;
}

/** Counts no further than it must: the index gives the first pairs and the rest is not read. */
function isToRetrain(sql: AnySql, rule: RetrainingRule): Fragment {
  const { asOf, minNewPairs, lastBefore, userId } = rule;
  return sql`
    (${userId}::text is null or users.user_id = ${userId})
    and (
      ${lastBefore === null}
      or last.trained_at is null
      or last.trained_at < ${lastBefore?.toISOString() ?? null}::timestamptz
    )
    and ${minNewPairs} <= (
      select count(*)
      from (
        select
        from user_error_patterns
        where user_id = users.user_id
          and first_seen <= ${asOf.toISOString()}::timestamptz
          and (
            ${lastBefore === null}
            or last.trained_at is null
            or first_seen > last.trained_at
          )
        limit ${minNewPairs}
      ) new_pair
    )`;
}
