/** Edge Cron: configuration → alarms → the program (`routes/program.ts`) → its port. */
import { jobs } from "./jobs/mod.ts";
import { type Config, loadConfig } from "./lib/config.ts";
import { openDatabase } from "./lib/database.ts";
import { planAlarms, registerAlarms } from "./lib/deno_cron.ts";
import { errorMessage, ListenError } from "./lib/errors.ts";
import { exitWith } from "./lib/exit.ts";
import { parseJobSchedule } from "./lib/job_schedule.ts";
import { consoleLog } from "./lib/log.ts";
import { endOnSignals } from "./lib/shutdown.ts";
import type { Program } from "./routes/program.ts";

const log = consoleLog();

/** Until the program is there, an alarm has nothing to look at. */
let answerAlarm: (name: string) => Promise<void> = () => Promise.resolve();

/** Until the program has its database, there is nothing to hand back. */
let end: () => Promise<void> = () => Promise.resolve();

/** A watcher outlives the program that it watches: there Ctrl-C must end both. */
const watched = Deno.args.includes("--watched");

// First of all, for a program may be told to end while it starts.
if (!watched) endOnSignals(log, () => end());

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
  const { promise: ours, resolve: onOurs } = Promise.withResolvers<void>();
  const opening = openProgram(config, onOurs);
  await Promise.race([ours, opening]);
  end = async () => await (await opening).end(server);
  // Who asks while an embedded database is created, which takes seconds, is answered as soon as it is there.
  const server = listen(config, async (request, info) => (await opening).fetch(request, info));
  const program = await opening;
  answerAlarm = (name) => program.onAlarm(name);
  await program.begin(server, { watched });
}

/** Loaded only now, so that a new isolate has registered its alarms before it reads routes and drivers. */
async function openProgram(config: Config, onOurs: () => void): Promise<Program> {
  const [database, { Program }] = await Promise.all([
    openDatabase(config, log, { mayEmbed: Deno.args.includes("--embedded"), onOurs }),
    import("./routes/program.ts"),
  ]);
  return new Program(config, log, database);
}

function listen(
  config: Config,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  const { host, port } = config;
  try {
    return Deno.serve({
      port,
      hostname: config.resident ? host : undefined,
      onListen: ({ hostname, port }) => log.info(`Listening on http://${hostname}:${port}`),
    }, handler);
  } catch (error) {
    const isInUse = error instanceof Deno.errors.AddrInUse;
    if (!isInUse && !isWrongHost(error)) throw error;
    throw new ListenError(
      isInUse
        ? `Cannot listen on ${host}:${port}: the port is in use; set PORT to another one`
        : `Cannot listen on ${host}:${port}: HOST is no address of this machine`,
    );
  }
}

/** An address of another machine, a name that nobody knows (a bare `Error`), or what is no name at all. */
function isWrongHost(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable || error instanceof URIError ||
    errorMessage(error).startsWith("failed to lookup address");
}
