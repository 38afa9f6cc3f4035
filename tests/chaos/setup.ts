/** What the tests of several processes share: a clock that stands still, a ledger, workers. */
import { createEngine } from "../../lib/engine.ts";
import { parseConfig } from "../../lib/config.ts";
import type { Engine } from "../../lib/engine_api.ts";
import type { LeaseTimes } from "../../lib/heartbeat.ts";
import { createLog } from "../../lib/log.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { ChildProgram } from "../support/child_program.ts";
import { databaseTest, type TestDatabase } from "../support/database.ts";
import { insertSchedule, START } from "../support/factories.ts";
import { createLedger, type LedgerHooks, ledgerJob } from "../support/ledger_job.ts";
import { createSharedClock, sharedClock } from "../support/shared_clock.ts";
import { settled } from "../support/until.ts";
import type { WorkerOptions } from "./worker.ts";

/** Long by the shared clock, which a test moves; short enough for Postgres to cut off who froze in a transaction. */
export const LEASE: LeaseTimes = { leaseMs: 1_000, heartbeatMs: 100_000 };

/** Declares a test of several processes on a real Postgres. */
export const raceTest = databaseTest.onlyPostgres(
  "the embedded database belongs to one process",
);

/** A database with a ledger and a shared clock that stands at `START`, where the row `ledger` is due. */
export async function prepare(
  { sql }: Pick<TestDatabase, "sql">,
  params: Record<string, unknown> = {},
): Promise<void> {
  await createLedger(sql);
  await createSharedClock(sql, { startsAt: START, rate: 0 });
  await insertSchedule(sql, { id: "ledger", cron: "* * * * *", config_json: params as never });
}

/** Starts a worker that is connected and waits for commands. */
export async function startWorker(
  url: string,
  name: string,
  options: Partial<WorkerOptions> = {},
): Promise<ChildProgram> {
  const all: WorkerOptions = { url, name, lease: LEASE, hasSharedClock: true, ...options };
  const worker = new ChildProgram(new URL("worker.ts", import.meta.url), [JSON.stringify(all)]);
  await settled(`${name} is ready`, worker.waitFor(/^ready$/));
  return worker;
}

/** One tick of an engine of this process; resolves when all that it started has ended. */
export async function tickAndWait(engine: Engine): Promise<void> {
  await settled("a tick is over", engine.tick("timer"));
  await settled("its runs are over", engine.idle());
}

/** One tick of a worker; resolves when it is over. */
export async function tick(worker: ChildProgram): Promise<void> {
  await worker.send("tick");
  await settled("a tick is over", worker.waitFor(/^ticked/));
}

/** An engine of this process with the ledger job; stop it at the end. */
export function createLocalEngine(
  sql: Sql,
  name: string,
  hooks: LedgerHooks = {},
): Engine {
  return createEngine({
    sql,
    clock: sharedClock,
    config: parseConfig({}),
    log: createLog(() => {}),
    jobs: [ledgerJob({}, name, hooks)],
    worker: name,
    lease: LEASE,
  });
}
