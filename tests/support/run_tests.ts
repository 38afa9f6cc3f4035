/**
 * `deno task test`: runs the tests on the embedded database, and those that use a database on Postgres too.
 *
 * Postgres is the server of `TEST_DATABASE_URL`, else a throw-away one where server binaries are on the
 * machine, else skipped, which is a failure when `CI` is set. Arguments go to `deno test`: files,
 * directories and options. Ends with the line `N passed, N failed`, and with exit code 1 after a failure.
 *
 * Types are checked first, once. Then two parts of the tests run at a time, and at last, one by one, those
 * that watch many processes: they look at what happens in time.
 */
import { join } from "node:path";
import { type Counts, denoTest, interruptTests } from "./test_run.ts";
import { createEmbeddedSnapshot } from "./embedded_database.ts";
import { keepSessions } from "./kept_sessions.ts";
import { asAdmin, dropTemplate } from "./postgres_database.ts";
import { findServerBinaries, startPostgresServer } from "./postgres_server.ts";
import { findTestFiles, type Kind, kindOf, usesDatabase } from "./test_files.ts";

/** A database that tests run on. */
interface Backend {
  /** With its version. */
  name: string;
  /** The files that are to be tested on it. */
  files: string[];
  /** What tells the tests about it. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Why there is no such database. */
interface Missing {
  reason: string;
  isFailure: boolean;
}

let isInterrupted = false;

async function main(args: string[]): Promise<number> {
  const { files, isNamed, options } = await findTestFiles(args);
  if (!await checkTypes(isNamed ? files : [])) {
    return sumUp([], [{ passed: 0, failed: 1, ignored: 0 }]);
  }
  const databaseFiles = [];
  for (const file of files) if (await usesDatabase(file)) databaseFiles.push(file);

  const embedded = await prepareEmbedded(files, databaseFiles.length > 0);
  const postgres = databaseFiles.length > 0 ? await preparePostgres(databaseFiles) : null;
  const backends = [embedded, ...postgres !== null && "env" in postgres ? [postgres] : []];
  try {
    const counts = await testOn(backends, options);
    const lines = backends.map(({ name }, i) => `${name}: ${inWords(counts[i])}`);
    if (postgres !== null && "reason" in postgres) {
      lines.push(`postgres: not run (${postgres.reason})`);
      counts.push({ passed: 0, failed: postgres.isFailure ? 1 : 0, ignored: 0 });
    }
    return sumUp(lines, counts);
  } finally {
    for (const backend of backends) await backend.stop();
  }
}

/** Tests of one kind on one backend. */
interface Part {
  /** Its place among the backends. */
  backend: number;
  kind: Kind;
  files: string[];
}

/** What runs two at a time: the longest parts first. Those of many processes follow. */
const SIDE_BY_SIDE: Kind[] = ["database", "program", "functions"];

/** What each backend gave. */
async function testOn(backends: Backend[], options: string[]): Promise<Counts[]> {
  const counts = backends.map(() => sum([]));
  const ended: Promise<void>[] = [];
  const run = async ({ backend, kind, files }: Part): Promise<void> => {
    if (isInterrupted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const turn = Promise.all(ended);
    ended.push(promise);
    const together = kind === "database" || kind === "functions";
    const found = await denoTest({ files, options, env: backends[backend].env, together, turn });
    counts[backend] = sum([counts[backend], found]);
    resolve();
  };
  const runAll = async (parts: Part[], atOnce: number) => {
    const queue = parts.values();
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (const part of queue) await run(part);
    }));
  };
  await runAll(await partsOf(backends, SIDE_BY_SIDE), 2);
  await runAll(await partsOf(backends, ["processes"]), 1);
  return counts;
}

async function partsOf(backends: Backend[], kinds: Kind[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const kind of kinds) {
    for (const [backend, { files }] of backends.entries()) {
      const own = [];
      for (const file of files) if (await kindOf(file) === kind) own.push(file);
      if (own.length > 0) parts.push({ backend, kind, files: own });
    }
  }
  return parts;
}

/** Whether the types of the files are right, or of the whole project when there are none. */
async function checkTypes(files: string[]): Promise<boolean> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", ...files],
    stdin: "null",
  }).output();
  if (!success) console.error(new TextDecoder().decode(stderr));
  return success;
}

async function prepareEmbedded(files: string[], needsDatabase: boolean): Promise<Backend> {
  const directory = await Deno.makeTempDir({ prefix: "edge-cron-test-" });
  const env: Record<string, string> = { TEST_BACKEND: "embedded" };
  const stop = () => Deno.remove(directory, { recursive: true });
  if (needsDatabase) {
    env.TEST_EMBEDDED_SNAPSHOT = join(directory, "embedded.tar");
    await Deno.writeFile(env.TEST_EMBEDDED_SNAPSHOT, await createEmbeddedSnapshot());
  }
  return { name: "embedded", files, env, stop };
}

async function preparePostgres(files: string[]): Promise<Backend | Missing> {
  try {
    const url = Deno.env.get("TEST_DATABASE_URL");
    if (!url && !await findServerBinaries()) {
      const reason = "no server binaries found; set TEST_DATABASE_URL";
      return { reason, isFailure: Boolean(Deno.env.get("CI")) };
    }
    const server = url ? await findServer(url) : await startServer();
    const env = { TEST_BACKEND: "postgres", TEST_DATABASE_URL: server.url, ...server.env };
    return { name: `postgres ${server.version}`, files, env, stop: server.stop };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error), isFailure: true };
  }
}

/** A server that goes on living. */
async function findServer(url: string) {
  const version = await asAdmin(url, async (admin) => {
    const [{ server_version }] = await admin`show server_version`;
    return String(server_version).split(" ")[0];
  });
  return { url, version, env: {}, stop: () => dropTemplate(url) };
}

/** One that ends with the tests, whose databases and sessions they share. */
async function startServer() {
  const { url, version, stop } = await startPostgresServer();
  const kept = keepSessions(Number(new URL(url).port));
  const env = { TEST_DATABASE_KEPT_PORT: String(kept.port) };
  return { url, version, env, stop: () => kept.close().then(stop) };
}

/** Prints the end of all, and gives the exit code. */
function sumUp(lines: string[], counts: Counts[]): number {
  const { passed, failed } = sum(counts);
  console.log(["", ...lines, `${passed} passed, ${failed} failed`].join("\n"));
  return failed > 0 ? 1 : 0;
}

function sum(counts: Counts[]): Counts {
  const of = (key: keyof Counts) => counts.reduce((total, each) => total + each[key], 0);
  return { passed: of("passed"), failed: of("failed"), ignored: of("ignored") };
}

function inWords({ passed, failed, ignored }: Counts): string {
  const words = `${passed} passed, ${failed} failed`;
  return ignored > 0 ? `${words}, ${ignored} ignored` : words;
}

/** Ctrl-C ends the tests; what was started for them then ends in its turn. */
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    isInterrupted = true;
    interruptTests(signal);
  });
}

Deno.exit(await main(Deno.args));
