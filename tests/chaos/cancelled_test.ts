/** A run is cancelled while another process claims it. */
import { assertEquals } from "@std/assert";
import type { Sql } from "../../lib/db/sql.ts";
import { cancelRun, claimFree } from "../../lib/run_store.ts";
import { readAttempts, readOnlyRun } from "../support/engine.ts";
import { insertRun, START } from "../support/factories.ts";
import { ManualClock } from "../../lib/clock.ts";
import { until } from "../support/until.ts";
import { prepare, raceTest } from "./setup.ts";

raceTest("a cancel that meets a claim ends the attempt that the claim began", async (database) => {
  const { sql, connect } = database;
  await prepare(database);
  const { id } = await insertRun(sql, { job_id: "ledger" });
  const clock = new ManualClock(START);
  const claimant = {
    worker: "claimant",
    leaseMs: 30_000,
    deployment: "local",
    timeline: null,
    known: ["ledger"],
  };

  let cancelling: ReturnType<typeof cancelRun> | undefined;
  await connect().begin(async (tx) => {
    await claimFree(tx as unknown as Sql, clock, claimant, 1);
    cancelling = cancelRun(sql, clock, id);
    await until("the cancel waits for the claim", async () => {
      const [{ waiting }] = await tx`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      return waiting === 1;
    });
  });
  const cancelled = await cancelling;
  assertEquals([cancelled?.status, cancelled?.attempt], ["cancelled", 1]);
  assertEquals((await readOnlyRun(sql)).duration_ms, 0);
  assertEquals(await readAttempts(sql, id), [{ attempt: 1, outcome: "cancelled", error: null }]);
});
