import { assert, assertEquals } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Tx } from "../../lib/db/sql.ts";
import { noteDisabledRows } from "../../lib/schedule_store.ts";
import { databaseTest } from "../support/database.ts";
import { at, insertSchedule, START } from "../support/factories.ts";

databaseTest("noteDisabledRows() reads the rows that it notes, and no others", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("11:00") });
  await sql`
    insert into scheduled_jobs (id, job_type, cron, next_run_at, planned_at)
    select 'row ' || n, 'hourly', '0 * * * *', ${at("11:00")}, ${at("11:00")}
    from generate_series(1, 2000) as n`;
  await sql`update scheduled_jobs set enabled = false where id = 'hourly'`;
  await sql`analyze scheduled_jobs`;

  const { before, after } = await sql.begin(async (tx) => {
    const before = await readCounts(tx);
    await noteDisabledRows(tx, new ManualClock(START));
    return { before, after: await readCounts(tx) };
  });

  assertEquals(after.noted - before.noted, 1);
  // By the index, to lock it, by the key to write it: how often is up to Postgres' version.
  assert(after.read - before.read < 10, `${after.read - before.read} rows were read`);
});

/** What this session has read and written of the rows so far. */
async function readCounts(tx: Tx): Promise<{ read: number; noted: number }> {
  const [counts] = await tx<{ read: number; noted: number }[]>`
    select (seq_tup_read + idx_tup_fetch)::int as read, n_tup_upd::int as noted
    from pg_stat_xact_user_tables where relname = 'scheduled_jobs'`;
  return counts;
}
