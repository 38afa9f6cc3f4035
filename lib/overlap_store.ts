/** The SQL of a row whose runs must not overlap, beyond what uniqueness decides. */
import type { Fragment, Sql } from "./db/sql.ts";

/** Whether no run of that row stands in a queue, or came out of one, that was there before the row skipped. */
export function isFree(sql: Sql, id: Fragment): Fragment {
  // Apart, as each has a partial index.
  return sql`(
    not exists (
      select from job_runs q where q.queue_key = ${id} and q.gated and q.status = 'pending')
    and not exists (
      select from job_runs q where q.queue_key = ${id} and q.status = 'running'))`;
}
