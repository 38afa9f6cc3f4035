/** Postgres is stopped and started in the middle of a run: its server is this test's own. */
import { assertEquals } from "@std/assert";
import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { ChildProgram } from "../support/child_program.ts";
import { testBackend } from "../support/database.ts";
import { readAttempts, readOnlyRun } from "../support/engine.ts";
import { insertSchedule, START } from "../support/factories.ts";
import { createLedger, readLedger } from "../support/ledger_job.ts";
import {
  findServerBinaries,
  type PostgresServer,
  startPostgresServer,
} from "../support/postgres_server.ts";
import { createSharedClock, moveSharedClock } from "../support/shared_clock.ts";
import { settled, until } from "../support/until.ts";
import { USERS } from "../support/users_job.ts";
import { prepare, startWorker, tick } from "./setup.ts";

/** Declares a test with a server that it may stop; ignored on the embedded database, and where there is none. */
function serverTest(
  name: string,
  body: (server: PostgresServer, connect: () => Sql) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: testBackend !== "postgres" || !hasServer,
    fn: async () => {
      // What was committed must outlive the crash.
      const server = await startPostgresServer({ settings: { synchronous_commit: "on" } });
      const pools: Sql[] = [];
      const connect = () => {
        const sql = connectPostgres({ url: server.url });
        pools.push(sql);
        return sql;
      };
      try {
        await migrate(connect());
        await body(server, connect);
      } finally {
        await Promise.all(pools.map((sql) => sql.end({ timeout: 1 })));
        await server.stop();
      }
    },
  });
}

const hasServer = await findServerBinaries() !== null;

for (const how of ["crash", "in order"] as const) {
  serverTest(
    `a run whose work ends while Postgres is away (${how}) is settled when it is back`,
    async (server, connect) => {
      await prepare({ sql: connect() }, { steps: 2, staysAfter: 2 });
      await using worker = await startWorker(server.url, "worker");
      await tick(worker);
      await settled("half of the work is done", worker.waitFor(/^at step/));
      await settled("the work is done", worker.waitFor(/^at step/));
      await server.halt(how);
      await worker.send("go");
      await worker.send("tick");
      await settled("a tick has failed", worker.waitFor(/^cannot tick/));
      await server.restart();
      await worker.send("idle");
      await settled("the run is over", worker.waitFor(/^idle$/));

      const sql = connect();
      const run = await readOnlyRun(sql);
      assertEquals([run.status, run.attempt, run.failures], ["success", 1, 0]);
      assertEquals(await readLedger(sql, run.id), ["1/1", "2/1"]);
    },
  );

  serverTest(
    `a run whose transaction meets Postgres away (${how}) goes on from its checkpoint when it is back`,
    async (server, connect) => {
      await prepare({ sql: connect() }, { steps: 3, staysAfter: 1 });
      await using worker = await startWorker(server.url, "worker");
      await tick(worker);
      await settled("a third of the work is done", worker.waitFor(/^at step/));
      await server.halt(how);
      await worker.send("go");
      await settled("the attempt has failed", worker.waitFor(/Attempt 1 failed/));
      await server.restart();
      await worker.send("idle");
      await settled("the attempt is settled", worker.waitFor(/^idle$/));

      const sql = connect();
      assertEquals((await readOnlyRun(sql)).status, "pending");
      // Past its backoff.
      await moveSharedClock(sql, 59_000);
      await tick(worker);
      await worker.send("idle");
      await settled("the run is over", worker.waitFor(/^idle$/));
      const run = await readOnlyRun(sql);
      assertEquals([run.status, run.attempt], ["success", 2]);
      assertEquals(await readLedger(sql, run.id), ["1/1", "2/2", "3/2"]);
      assertEquals((await readAttempts(sql, run.id)).map(({ outcome }) => outcome), [
        "failed",
        "success",
      ]);
    },
  );
}

serverTest(
  "a run that meets Postgres away between its batches of users goes on in the same attempt when it is back",
  async (server, connect) => {
    const sql = connect();
    await createLedger(sql);
    await createSharedClock(sql, { startsAt: START, rate: 0 });
    await insertSchedule(sql, { id: "users", cron: "* * * * *" });
    // It lives through the absence of its database only as long as its lease.
    const lease = { leaseMs: 30_000, heartbeatMs: 100_000 };
    await using worker = await startWorker(server.url, "worker", { lease });
    await tick(worker);
    await settled("half of the users are done", worker.waitFor(/^at half/));
    await server.halt("crash");
    await worker.send("go");
    await worker.send("tick");
    await settled("a tick has failed", worker.waitFor(/^cannot tick/));
    await server.restart();
    await worker.send("idle");
    await settled("the run is over", worker.waitFor(/^idle$/));

    const run = await readOnlyRun(sql);
    assertEquals([run.status, run.attempt, run.failures], ["success", 1, 0]);
    assertEquals([run.items_done, run.items_failed], [USERS - 7, 7]);
    const [{ effects, users }] = await sql`
      select count(*)::int as effects, count(distinct step)::int as users from ledger`;
    assertEquals([effects, users], [USERS - 7, USERS - 7]);
  },
);

serverTest(
  "the program stays up without its database and runs what is due when it is back",
  async (server, connect) => {
    await using program = new ChildProgram(new URL("../../main.ts", import.meta.url), [], {
      env: {
        DATABASE_URL: server.url,
        PORT: "0",
        SCHEDULER_CHECK_INTERVAL_SECONDS: "1",
        API_KEYS: "admin:only-for-this-test",
      },
    });
    const line = await settled("it listens", program.waitFor(/Listening on/));
    const address = line.match(/http:\S+/)![0];
    const status = async (path: string) => {
      const response = await fetch(address + path);
      await response.body?.cancel();
      return response.status;
    };
    await until("it is ready", async () => await status("/readyz") === 200);

    await server.halt("crash");
    assertEquals(await status("/healthz"), 200);
    assertEquals(await status("/readyz"), 503);
    await settled("it has noticed", program.waitFor(/Cannot tick|does not answer/));
    await server.restart();

    const sql = connect();
    await sql`
      update scheduled_jobs set next_run_at = now() - interval '1 minute' where id = 'cleanup_old_runs'`;
    await until("the due row has run", async () => {
      const [run] = await sql`select status from job_runs where job_id = 'cleanup_old_runs'`;
      return run?.status === "success";
    });
    assertEquals(await status("/readyz"), 200);
    assertEquals(program.hasEnded, false);
    program.signal("SIGTERM");
    assertEquals(await settled("it has ended", program.ended()), 0);
  },
);
