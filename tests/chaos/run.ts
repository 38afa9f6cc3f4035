/**
 * `deno task test:chaos`: four processes, twenty virtual hours, a throw-away Postgres; prints a table and ends with
 * 1 when something does not hold. `--hours N --rate N --processes N --seed N --upset-every-ms N`
 */
import { parseArgs } from "node:util";
import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import { startPostgresServer } from "../support/postgres_server.ts";
import { simulate } from "./simulation/simulate.ts";
import { formatVerdict } from "./simulation/verdict.ts";

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "20" },
    rate: { type: "string", default: "150" },
    processes: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
    "upset-every-ms": { type: "string", default: "1500" },
  },
});

/** Ctrl-C: what was started is ended first. */
const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => ending.abort(new Error(`ended by ${signal}`)));
}

try {
  Deno.exit(await simulateHours() ? 0 : 1);
} catch (error) {
  console.error(ending.signal.aborted ? String(ending.signal.reason) : error);
  Deno.exit(1);
}

async function simulateHours(): Promise<boolean> {
  const server = await startPostgresServer();
  try {
    const sql = connectPostgres({ url: server.url, max: 1 });
    await migrate(sql);
    await sql.end();
    const verdict = await simulate({
      url: server.url,
      hours: Number(values.hours),
      rate: Number(values.rate),
      processes: Number(values.processes),
      seed: Number(values.seed),
      upsetEveryMs: Number(values["upset-every-ms"]),
      signal: ending.signal,
    }, console.log);
    console.log(formatVerdict(verdict));
    return verdict.checks.every(({ wrong }) => wrong === 0);
  } finally {
    await server.stop();
  }
}
