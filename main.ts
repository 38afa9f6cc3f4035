/** Edge Cron: configuration → alarms → database → engine → HTTP, and an orderly end. */
import { jobs } from "./jobs/mod.ts";
import { fillWithSample, loadSample } from "./jobs/samples.ts";
import { onAlarm } from "./lib/alarm.ts";
import { databaseClock } from "./lib/clock.ts";
import { type Config, loadConfig } from "./lib/config.ts";
import { type Database, openDatabase } from "./lib/database.ts";
import { pendingMigrations } from "./lib/db/migrate.ts";
import { planAlarms, registerAlarms } from "./lib/deno_cron.ts";
import { createEngine } from "./lib/engine.ts";
import type { Engine } from "./lib/engine_api.ts";
import { errorMessage, ListenError } from "./lib/errors.ts";
import { exitWith } from "./lib/exit.ts";
import { parseJobSchedule } from "./lib/job_schedule.ts";
import { consoleLog } from "./lib/log.ts";
import type { Resident } from "./lib/resident.ts";
import { SignInLink } from "./lib/sign_in_link.ts";
import { endOnSignals, tellRejections } from "./lib/shutdown.ts";
import { useEngine } from "./lib/trigger.ts";
import { createApp } from "./routes/app.ts";
import { tellKeys, tellSignIn } from "./routes/keys_notice.ts";

const log = consoleLog();

/** Until the database is there, an alarm has nothing to look at. */
let answerAlarm: (name: string) => Promise<void> = () => Promise.resolve();

try {
  const config = loadConfig();
  // Before any await: Deno Deploy finds the crons by evaluating this module.
  declareAlarms(config);
  await run(config);
} catch (error) {
  exitWith(log, error);
}

function declareAlarms(config: Config): void {
  const scheduled = jobs.map((job) => ({ id: job.id, schedule: parseJobSchedule(job, config) }));
  const { alarms, notes } = planAlarms(scheduled, config.cronMode, !config.resident);
  for (const note of notes) log.info(note);
  registerAlarms(
    Deno.cron,
    alarms,
    (name) => answerAlarm(name),
    (name, error) => log.error("An alarm failed", { name, reason: errorMessage(error) }),
  );
}

async function run(config: Config): Promise<void> {
  const database = await openDatabase(config, log, { mayEmbed: Deno.args.includes("--embedded") });
  const engine = createEngine({ sql: database.sql, clock: databaseClock, config, log, jobs });
  useEngine(engine);
  const stopping = new AbortController();
  const signInLink = config.resident ? new SignInLink() : undefined;
  const app = createApp({
    engine,
    pendingMigrations: () => pendingMigrations(database.sql),
    loadSample: database.kind === "embedded"
      ? (options, onProgress) => loadSample(engine, options, onProgress)
      : undefined,
    stopping: stopping.signal,
    signInLink,
  });
  const server = listen(config, app.fetch);
  database.announce(`http://${server.addr.hostname}:${server.addr.port}`);
  tellKeys(config, log);

  const resident = config.resident ? await makeResident(engine, database, stopping.signal) : null;
  answerAlarm = async (name) => {
    if (resident === null || resident.ready) await onAlarm(engine, name);
  };
  tellRejections(log);
  // A watcher outlives the program that it watches: there Ctrl-C must end both, and the next start recovers.
  if (!Deno.args.includes("--watched")) {
    endOnSignals(log, stopping, async () => {
      resident?.end();
      await Promise.all([server.shutdown(), engine.stop()]);
      await database.close();
    });
  }
  await resident?.begin();
  const { hostname, port } = server.addr;
  if (signInLink) tellSignIn(config, log, `http://${hostname}:${port}`, signInLink);
}

function listen(config: Config, handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  const { host, port } = config;
  try {
    return Deno.serve({
      port,
      hostname: config.resident ? host : undefined,
      onListen: ({ hostname, port }) => log.info(`Listening on http://${hostname}:${port}`),
    }, handler);
  } catch (error) {
    const isInUse = error instanceof Deno.errors.AddrInUse;
    if (!isInUse && !(error instanceof Deno.errors.AddrNotAvailable)) throw error;
    throw new ListenError(
      isInUse
        ? `Cannot listen on ${host}:${port}: the port is in use; set PORT to another one`
        : `Cannot listen on ${host}:${port}: HOST is no address of this machine`,
    );
  }
}

/** Loaded only now, so that the first request need not wait for what comes after it. */
async function makeResident(
  engine: Engine,
  database: Database,
  stopping: AbortSignal,
): Promise<Resident> {
  const { Resident } = await import("./lib/resident.ts");
  return new Resident(engine, database, () => fillWithSample(engine), stopping);
}
