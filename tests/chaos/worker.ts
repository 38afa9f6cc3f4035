/**
 * One engine in a process of its own, told what to do on its input: `tick`, `idle`, `go`, `stop`.
 *
 * It says `ready`, `ticked DISPATCHED STARTED RECOVERED`, `idle`, `at PLACE RUN`, `at half RUN`, and each line of
 * the engine's log.
 */
import { connectPostgres } from "../../lib/db/connect.ts";
import { databaseClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import { createEngine } from "../../lib/engine.ts";
import type { LeaseTimes } from "../../lib/heartbeat.ts";
import { createLog } from "../../lib/log.ts";
import { ledgerJob, type Place } from "../support/ledger_job.ts";
import { usersJob } from "../support/users_job.ts";
import { sharedClock } from "../support/shared_clock.ts";

export interface WorkerOptions {
  url: string;
  name: string;
  lease?: LeaseTimes;
  /** Whether the database holds a shared clock; else time is the database's. */
  hasSharedClock?: boolean;
  /** Where the process stops itself, once. */
  freezesAt?: FreezePoint;
}

/** The moment before a statement is sent, or a place in the handler. */
export type FreezePoint = keyof typeof STATEMENTS | Place;

/** What tells the engine's statements apart. */
const STATEMENTS = {
  "the dispatch": /with plan as/,
  "the claim": /claimed as/,
  "the commit": /^commit$/,
  "the settlement": /failures = r\.failures/,
  "the heartbeat": /with mine as/,
};

const options: WorkerOptions = JSON.parse(Deno.args[0]);
let { freezesAt } = options;

function freezeAt(point: FreezePoint): void {
  if (freezesAt !== point) return;
  freezesAt = undefined;
  Deno.kill(Deno.pid, "SIGSTOP");
}

/** What handlers that stay wait for. */
const goesOn = Promise.withResolvers<void>();

const sql = connectPostgres({
  url: options.url,
  onSend: (text) => {
    for (const [point, pattern] of Object.entries(STATEMENTS)) {
      if (pattern.test(text)) freezeAt(point as FreezePoint);
    }
  },
});

const engine = createEngine({
  sql,
  clock: options.hasSharedClock ? sharedClock : databaseClock,
  config: parseConfig({}),
  log: createLog((line) => console.log(line)),
  jobs: [
    ledgerJob({}, options.name, {
      at: (place, ctx) => {
        console.log(`at ${place} ${ctx.runId}`);
        freezeAt(place);
      },
      goesOn: goesOn.promise,
    }),
    usersJob(options.name, (runId) => {
      console.log(`at half ${runId}`);
      return goesOn.promise;
    }),
  ],
  worker: options.name,
  lease: options.lease,
});

const commands: Record<string, () => Promise<void>> = {
  async tick() {
    const { dispatched, started, recovered } = await engine.tick("timer");
    console.log(`ticked ${dispatched} ${started} ${recovered}`);
  },
  async idle() {
    await engine.idle();
    console.log("idle");
  },
  go() {
    goesOn.resolve();
    return Promise.resolve();
  },
  async stop() {
    await engine.stop();
    await sql.end({ timeout: 1 });
    Deno.exit(0);
  },
};

await sql`select`;
console.log("ready");
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (const name of text.split("\n").filter(Boolean)) {
    commands[name]().catch((error) => console.log(`cannot ${name}: ${error}`));
  }
}
