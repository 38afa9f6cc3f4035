import type { Tx } from "../../../lib/db/sql.ts";
import { recordErrors } from "../error_logs_store.ts";
import type { SampleUser } from "./learning_sample.ts";

/**
 * Adds those users of a sample that are not known yet, each with all that was flagged; a known user
 * is left as it is. Call it in a transaction, or an error could leave users without their logs.
 *
 * Returns how many users and logs were added.
 */
export async function insertSampleUsers(
  tx: Tx,
  users: readonly SampleUser[],
): Promise<{ users: number; logs: number }> {
  const added = await tx<{ user_id: string }[]>`
    insert into users (user_id, created_at)
    select user_id, created_at
    from unnest(
      ${users.map((user) => user.userId)}::text[],
      ${users.map((user) => user.createdAt.toISOString())}::timestamptz[]
    ) as sample (user_id, created_at)
    order by user_id
    on conflict do nothing
    returning user_id`;
  const isAdded = new Set(added.map((row) => row.user_id));
  const errors = users.filter((user) => isAdded.has(user.userId)).flatMap((user) => user.errors);
  const logs = errors.length > 0 ? await recordErrors(tx, errors) : 0;
  return { users: added.length, logs };
}
