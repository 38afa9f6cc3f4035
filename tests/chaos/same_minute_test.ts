/**
 * Several processes wake up for the same minute.
 *
 * None of them freezes, so that they have the usual lease: with the short one of the other tests Postgres cuts
 * off whom a busy machine lets pause for a second inside a transaction.
 */
import { assertEquals } from "@std/assert";
import { DEFAULT_LEASE } from "../../lib/heartbeat.ts";
import { insertSchedule } from "../support/factories.ts";
import { moveSharedClock } from "../support/shared_clock.ts";
import { settled } from "../support/until.ts";
import { prepare, raceTest, startWorker } from "./setup.ts";

const PROCESSES = 4;
const ROWS = 40;
const MINUTES = 5;

raceTest(
  `${PROCESSES} processes in the same minute make one run of each slot, and perform it once`,
  async (database) => {
    const { sql, url } = database;
    await prepare(database, { steps: 1 });
    for (let i = 1; i < ROWS; i++) {
      await insertSchedule(sql, {
        id: `row_${i}`,
        job_type: "ledger",
        cron: "* * * * *",
        // One step each; every fourth stands in its queue.
        config_json: { steps: 1 },
        overlap: i % 4 === 0 ? "queue" : "skip",
      });
    }
    await using stack = new AsyncDisposableStack();
    const workers = await Promise.all(
      Array.from(
        { length: PROCESSES },
        (_, i) => startWorker(url, `worker_${i}`, { lease: DEFAULT_LEASE }),
      ),
    );
    workers.forEach((worker) => stack.use(worker));

    for (let minute = 0; minute < MINUTES; minute++) {
      if (minute > 0) await moveSharedClock(sql, 60_000);
      await Promise.all(workers.map((worker) => worker.send("tick")));
      await Promise.all(
        workers.map((worker) => settled("a tick is over", worker.waitFor(/^ticked/))),
      );
      for (const worker of workers) await worker.send("idle");
      await Promise.all(
        workers.map((worker) => settled("its runs are over", worker.waitFor(/^idle$/))),
      );
    }

    const [runs] = await sql`
      select count(*)::int as runs, count(distinct (job_id, scheduled_for))::int as slots,
             count(*) filter (where status = 'success' and attempt = 1)::int as done
      from job_runs`;
    assertEquals({ ...runs }, {
      runs: ROWS * MINUTES,
      slots: ROWS * MINUTES,
      done: ROWS * MINUTES,
    });
    const [ledger] = await sql`
      select count(*)::int as effects, count(distinct run_id)::int as runs from ledger`;
    assertEquals({ ...ledger }, { effects: ROWS * MINUTES, runs: ROWS * MINUTES });
    assertEquals((await sql`select * from schedule_gaps`).length, 0);
    const [{ deadlocks }] = await sql`
      select deadlocks::int from pg_stat_database where datname = current_database()`;
    assertEquals(deadlocks, 0);
  },
);
