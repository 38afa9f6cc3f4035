import type { AnySql } from "../../lib/db/sql.ts";
import type { AdapterArtifact } from "./correction_model.ts";

export interface StoredAdapter {
  version: number;
  trained_at: Date;
  artifact: AdapterArtifact;
}

/**
 * The adapter that a user's words are corrected with: the promoted one of the highest version.
 *
 * `adapter` is null when none was promoted yet; the whole is null for a user that is not known.
 */
export async function readCurrentAdapter(
  sql: AnySql,
  userId: string,
): Promise<{ adapter: StoredAdapter | null } | null> {
  const [user] = await sql`
    select
    from users
    where user_id = ${userId}`;
  if (!user) return null;
  const [adapter] = await sql<StoredAdapter[]>`
    select version, trained_at, artifact
    from correction_adapters
    where user_id = ${userId}
      and status = 'promoted'
    order by version desc
    limit 1`;
  return { adapter: adapter ?? null };
}
