/** A process is ended (kill -9) in the middle of a run, and another one is started. */
import { assertEquals } from "@std/assert";
import { readAttempts, readOnlyRun } from "../support/engine.ts";
import { readLedger } from "../support/ledger_job.ts";
import { moveSharedClock } from "../support/shared_clock.ts";
import { settled } from "../support/until.ts";
import { LEASE, prepare, raceTest, startWorker, tick } from "./setup.ts";

raceTest(
  "a run whose process was killed goes on after its lease, from its checkpoint",
  async (database) => {
    const { sql, url } = database;
    await prepare(database, { steps: 4, staysAfter: 2 });
    await using killed = await startWorker(url, "killed");
    await tick(killed);
    await settled("a quarter of the run is done", killed.waitFor(/^at step/));
    await settled("half of the run is done", killed.waitFor(/^at step/));
    await killed.kill();

    await using next = await startWorker(url, "next");
    await tick(next);
    const { status, claimed_by } = await readOnlyRun(sql);
    assertEquals([status, claimed_by], ["running", "killed"], "its lease still stands");

    await moveSharedClock(sql, LEASE.leaseMs + 1);
    await tick(next);
    await next.send("idle");
    await settled("the run is over", next.waitFor(/^idle$/));
    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.attempt, run.losses, run.failures], ["success", 2, 1, 0]);
    assertEquals(run.result_json, { done_before: 2, steps: 4 });
    assertEquals(await readLedger(sql, run.id), ["1/1", "2/1", "3/2", "4/2"]);
    assertEquals((await readAttempts(sql, run.id)).map(({ outcome }) => outcome), [
      "lost",
      "success",
    ]);
  },
);

raceTest(
  "a run that takes three processes with it fails with `lost`, and the next slot runs",
  async (database) => {
    const { sql, url } = database;
    await prepare(database);
    for (const name of ["first", "second", "third"]) {
      await using killed = await startWorker(url, name, { freezesAt: "handler" });
      await killed.send("tick");
      await settled("its handler has begun", killed.frozen());
      await killed.kill();
      await moveSharedClock(sql, LEASE.leaseMs + 1);
    }
    await using next = await startWorker(url, "next");
    await tick(next);
    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.reason, run.losses], ["failed", "lost", 3]);

    await moveSharedClock(sql, 60_000);
    await tick(next);
    await next.send("idle");
    await settled("the run is over", next.waitFor(/^idle$/));
    const statuses = await sql`select status from job_runs order by scheduled_for`;
    assertEquals(statuses.map(({ status }) => status), ["failed", "success"]);
  },
);

raceTest(
  "a process that is asked to end hands its run back, and the next one goes on at once",
  async (database) => {
    const { sql, url } = database;
    await prepare(database, { steps: 2, staysAfter: 1 });
    await using ending = await startWorker(url, "ending");
    await tick(ending);
    await settled("half of the run is done", ending.waitFor(/^at step/));
    await ending.send("stop");
    assertEquals(await settled("it has ended", ending.ended()), 0);
    const { status, reason } = await readOnlyRun(sql);
    assertEquals([status, reason], ["pending", "interrupted"]);

    await using next = await startWorker(url, "next");
    await tick(next);
    await next.send("idle");
    await settled("the run is over", next.waitFor(/^idle$/));
    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.losses, run.failures], ["success", 0, 0]);
    assertEquals(await readLedger(sql, run.id), ["1/1", "2/2"]);
  },
);
