/** A process is frozen (SIGSTOP) past its lease in each phase of a run, while another one goes on. */
import { assertEquals } from "@std/assert";
import { readAttempts, readGaps, readRuns } from "../support/engine.ts";
import { insertSchedule } from "../support/factories.ts";
import { readLedger } from "../support/ledger_job.ts";
import { moveSharedClock } from "../support/shared_clock.ts";
import { settled, until } from "../support/until.ts";
import { createLocalEngine, LEASE, prepare, raceTest, startWorker, tickAndWait } from "./setup.ts";
import type { FreezePoint } from "./worker.ts";

const MINUTE_MS = 60_000;

interface Phase {
  point: FreezePoint;
  /** Where the process is then. */
  where: string;
  params?: Record<string, unknown>;
  heartbeatMs?: number;
  /** How the run's attempts end, and which attempt did which step. */
  outcomes: string[];
  ledger: string[];
}

const ALL_BY_SECOND = ["1/2", "2/2", "3/2"];

const PHASES: Phase[] = [
  {
    point: "the dispatch",
    where: "between reading due rows and moving them",
    outcomes: ["success"],
    ledger: ["1/1", "2/1", "3/1"],
  },
  {
    point: "the claim",
    where: "between dispatching a run and claiming it",
    outcomes: ["success"],
    ledger: ["1/1", "2/1", "3/1"],
  },
  {
    point: "handler",
    where: "at the start of its handler",
    outcomes: ["lost", "success"],
    ledger: ALL_BY_SECOND,
  },
  {
    point: "transaction",
    where: "inside of ctx.transaction",
    outcomes: ["lost", "success"],
    ledger: ALL_BY_SECOND,
  },
  {
    point: "the commit",
    where: "before the commit of ctx.transaction",
    outcomes: ["lost", "success"],
    ledger: ALL_BY_SECOND,
  },
  {
    point: "step",
    where: "between two transactions",
    outcomes: ["lost", "success"],
    ledger: ["1/1", "2/2", "3/2"],
  },
  {
    point: "the heartbeat",
    where: "before a heartbeat",
    params: { staysAfter: 0 },
    heartbeatMs: 100,
    outcomes: ["lost", "success"],
    ledger: ALL_BY_SECOND,
  },
  {
    point: "the settlement",
    where: "with its work done, before settling",
    outcomes: ["lost", "success"],
    ledger: ["1/1", "2/1", "3/1"],
  },
];

for (const { point, where, params, heartbeatMs, outcomes, ledger } of PHASES) {
  raceTest(
    `a process frozen ${where} blocks nobody, and has no say in the run when it wakes up`,
    async (database) => {
      const { sql, url } = database;
      await prepare(database, params);
      await using frozen = await startWorker(url, "frozen", {
        freezesAt: point,
        lease: { ...LEASE, heartbeatMs: heartbeatMs ?? LEASE.heartbeatMs },
      });
      await frozen.send("tick");
      await settled("the process is frozen", frozen.frozen());

      const goesOn = Promise.withResolvers<void>();
      let isTaken = false;
      const awake = createLocalEngine(sql, "awake", {
        at: async (place, ctx) => {
          if (ctx.jobId !== "ledger" || place !== "handler") return;
          isTaken = true;
          await goesOn.promise;
        },
      });
      await insertSchedule(sql, { id: "other", job_type: "ledger" });
      await settled("a tick beside a frozen process is over", awake.tick("timer"));
      const isDone = async () => (await readRuns(sql, "other"))[0]?.status === "success";
      await until("another run beside a frozen process is done", isDone);

      const isLeased = outcomes[0] === "lost";
      if (isLeased) await moveSharedClock(sql, LEASE.leaseMs + 1);
      // In a transaction it is Postgres that ends it, by its own clock.
      await until("the run is taken over", async () => {
        await settled("a tick is over", awake.tick("timer"));
        return isTaken;
      });

      frozen.thaw();
      await settled("the tick of the woken process is over", frozen.waitFor(/^ticked/));
      await frozen.send("idle");
      await settled("the woken process is done", frozen.waitFor(/^idle$/));
      const [held] = await readRuns(sql, "ledger");
      assertEquals([held.status, held.claimed_by, held.attempt], [
        "running",
        "awake",
        outcomes.length,
      ]);

      goesOn.resolve();
      await settled("the run is over", awake.idle());
      await awake.stop();
      const [run] = await readRuns(sql, "ledger");
      assertEquals(run.status, "success");
      assertEquals((await readAttempts(sql, run.id)).map(({ outcome }) => outcome), outcomes);
      assertEquals(await readLedger(sql, run.id), ledger);
    },
  );
}

raceTest(
  "a dispatch that was frozen for some minutes does not move its row back when it wakes up",
  async (database) => {
    const { sql, url } = database;
    await prepare(database);
    await using frozen = await startWorker(url, "frozen", { freezesAt: "the dispatch" });
    await frozen.send("tick");
    await settled("the process is frozen", frozen.frozen());

    const awake = createLocalEngine(sql, "awake");
    for (let minute = 0; minute < 3; minute++) {
      await tickAndWait(awake);
      await moveSharedClock(sql, MINUTE_MS);
    }
    frozen.thaw();
    await settled("the tick of the woken process is over", frozen.waitFor(/^ticked/));
    await moveSharedClock(sql, 2 * MINUTE_MS);
    await tickAndWait(awake);
    await awake.stop();

    const slots = (await readRuns(sql)).map((run) =>
      run.scheduled_for!.toISOString().slice(11, 16)
    );
    assertEquals(slots, ["10:00", "10:01", "10:02", "10:05"]);
    assertEquals(await readGaps(sql, "ledger"), [{
      reason: "missed",
      first: "2026-01-05T10:03:00.000Z",
      last: "2026-01-05T10:04:00.000Z",
      slots: 2,
    }]);
  },
);
