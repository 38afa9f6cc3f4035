/** A process of the simulation: an engine that ticks until it is ended. Prints warnings and errors. */
import { connectPostgres } from "../../../lib/db/connect.ts";
import { parseConfig } from "../../../lib/config.ts";
import { createEngine } from "../../../lib/engine.ts";
import { errorMessage } from "../../../lib/errors.ts";
import type { LeaseTimes } from "../../../lib/heartbeat.ts";
import { createLog } from "../../../lib/log.ts";
import { sharedClock } from "../../support/shared_clock.ts";
import { simulationJobs } from "./jobs.ts";

export interface SimulationWorkerOptions {
  url: string;
  name: string;
  lease: LeaseTimes;
  tickEveryMs: number;
}

const { url, name, lease, tickEveryMs }: SimulationWorkerOptions = JSON.parse(Deno.args[0]);

const log = createLog((line, level) => {
  if (level === "warn" || level === "error") console.log(line);
});
const sql = connectPostgres({ url, max: 6, applicationName: name });
const core = connectPostgres({ url, max: 4, applicationName: name, answerMs: 10_000 });
const engine = createEngine({
  sql,
  core,
  clock: sharedClock,
  config: parseConfig({}),
  log,
  jobs: simulationJobs(name),
  worker: name,
  lease,
});

const timer = setInterval(async () => {
  try {
    await engine.tick("timer");
  } catch (error) {
    log.warn("Cannot tick", { reason: errorMessage(error) });
  }
}, tickEveryMs);

Deno.addSignalListener("SIGTERM", async () => {
  clearInterval(timer);
  await engine.stop();
  await Promise.all([sql, core].map((pool) => pool.end({ timeout: 1 })));
  Deno.exit(0);
});
console.log("ready");
