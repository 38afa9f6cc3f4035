import { cutBlocking } from "./attempt_store.ts";
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";
import type { RunRow } from "./run.ts";
import { cancelRun } from "./run_store.ts";

/** How often the transaction that a cancel waits for is cut. */
const CUT_EVERY_MS = 250;

/**
 * `cancelRun` of a run that no handler of this process performs.
 *
 * Where a handler elsewhere is in a transaction the row is held, so what that waits for is cut meanwhile.
 */
export async function cancelElsewhere(
  sql: Sql,
  clock: Clock,
  runId: string,
): Promise<RunRow | undefined> {
  const cancelling = cancelRun(sql, clock, runId);
  // What cannot be cut is waited for; the cancel's own error is the one that counts.
  const timer = setInterval(() => cutBlocking(sql, runId).catch(() => {}), CUT_EVERY_MS);
  try {
    return await cancelling;
  } finally {
    clearInterval(timer);
  }
}
