import type { AnySql, Tx } from "../../lib/db/sql.ts";
import type { AdapterArtifact, TrainingResult } from "./correction_model.ts";
import type { ErrorPair } from "./error_pair.ts";

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
