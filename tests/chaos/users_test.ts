/** A process is ended (kill -9) half-way through ten thousand users, and another one is started. */
import { assertEquals } from "@std/assert";
import { readOnlyRun } from "../support/engine.ts";
import { insertSchedule, START } from "../support/factories.ts";
import { createLedger } from "../support/ledger_job.ts";
import { createSharedClock, moveSharedClock } from "../support/shared_clock.ts";
import { settled } from "../support/until.ts";
import { BAD_USERS, USERS } from "../support/users_job.ts";
import { LEASE, raceTest, startWorker, tick } from "./setup.ts";

raceTest(
  "of 10,000 users 9,993 are done once and 7 are listed, although the process was killed half-way",
  async ({ sql, url }) => {
    await createLedger(sql);
    await createSharedClock(sql, { startsAt: START, rate: 0 });
    await insertSchedule(sql, { id: "users", cron: "* * * * *" });
    await using killed = await startWorker(url, "killed");
    await tick(killed);
    await settled("half of them are done", killed.waitFor(/^at half/));
    await killed.kill();

    await moveSharedClock(sql, LEASE.leaseMs + 1);
    await using next = await startWorker(url, "next");
    await tick(next);
    await next.send("idle");
    await settled("the run is over", next.waitFor(/^idle$/));

    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.attempt, run.losses], ["success", 2, 1]);
    assertEquals([run.items_done, run.items_failed], [USERS - 7, 7]);
    assertEquals(run.result_json, { total: USERS, done: USERS - 7, failed: 7 });
    const items = await sql<{ item: string; status: string; error: string }[]>`
      select item, status, error from run_items where run_id = ${run.id} order by item`;
    assertEquals(
      items.map(({ item, status, error }) => [item, status, error]),
      BAD_USERS.map((user) => [
        `user ${String(user).padStart(5, "0")}`,
        "failed",
        `user ${user} has no name`,
      ]),
    );
    const halves = await sql`
      select attempt, worker, count(*)::int as effects, count(distinct step)::int as users,
             min(step) as first, max(step) as last
      from ledger group by attempt, worker order by attempt`;
    assertEquals(halves.map((half) => ({ ...half })), [
      { attempt: 1, worker: "killed", effects: 4_996, users: 4_996, first: 2, last: 5_000 },
      { attempt: 2, worker: "next", effects: 4_997, users: 4_997, first: 5_002, last: 9_999 },
    ]);
  },
);
