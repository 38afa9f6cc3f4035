/** The database's clock is set back by an hour. */
import { assertEquals } from "@std/assert";
import { readAttempts, readRuns } from "../support/engine.ts";
import { insertSchedule } from "../support/factories.ts";
import { readLedger } from "../support/ledger_job.ts";
import { moveSharedClock } from "../support/shared_clock.ts";
import { settled } from "../support/until.ts";
import {
  createLocalEngine,
  LEASE,
  prepare,
  raceTest,
  startWorker,
  tick,
  tickAndWait,
} from "./setup.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

raceTest("no slot runs twice when the clock is set back by an hour", async (database) => {
  const { sql, url } = database;
  await prepare(database);
  await insertSchedule(sql, { id: "interval", job_type: "ledger", interval_minutes: 1 });
  await using other = await startWorker(url, "other");
  const engine = createLocalEngine(sql, "this");
  const bothTick = async () => {
    await Promise.all([tick(other), tickAndWait(engine)]);
    await other.send("idle");
    await settled("its runs are over", other.waitFor(/^idle$/));
  };

  await bothTick();
  await moveSharedClock(sql, -HOUR_MS);
  for (let tenMinutes = 0; tenMinutes < 6; tenMinutes++) {
    await bothTick();
    await moveSharedClock(sql, 10 * MINUTE_MS);
  }
  await moveSharedClock(sql, MINUTE_MS);
  await bothTick();
  await engine.stop();

  for (const row of ["ledger", "interval"]) {
    const runs = await readRuns(sql, row);
    assertEquals(
      runs.map((run) => [run.scheduled_for!.toISOString().slice(11, 16), run.status]),
      [["10:00", "success"], ["10:01", "success"]],
      row,
    );
  }
  assertEquals((await sql`select * from schedule_gaps`).length, 0);
});

raceTest("a run goes on and settles once when the clock is set back under it", async (database) => {
  const { sql, url } = database;
  await prepare(database, { steps: 2, staysAfter: 1 });
  await using worker = await startWorker(url, "worker");
  await tick(worker);
  await settled("half of the run is done", worker.waitFor(/^at step/));
  await moveSharedClock(sql, -HOUR_MS);

  const engine = createLocalEngine(sql, "this");
  await tickAndWait(engine);
  await worker.send("go");
  await worker.send("idle");
  await settled("the run is over", worker.waitFor(/^idle$/));
  await moveSharedClock(sql, HOUR_MS + LEASE.leaseMs - 1);
  await tickAndWait(engine);
  await engine.stop();

  const [run, ...others] = await readRuns(sql);
  assertEquals(others, []);
  assertEquals([run.status, run.duration_ms, run.losses], ["success", 0, 0]);
  assertEquals((await readAttempts(sql, run.id)).length, 1);
  assertEquals(await readLedger(sql, run.id), ["1/1", "2/1"]);
});
