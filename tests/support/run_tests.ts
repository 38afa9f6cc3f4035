/**
 * `deno task test`: runs the tests on the embedded database, then those that use a database again on Postgres.
 *
 * Postgres is the server of `TEST_DATABASE_URL`, else a throw-away one where server binaries are on the
 * machine, else skipped, which is a failure when `CI` is set. Arguments go to `deno test`: files,
 * directories and options. Ends with the line `N passed, N failed`, and with exit code 1 after a failure.
 */
import { join } from "node:path";
import { createEmbeddedSnapshot } from "./embedded_database.ts";
import { asAdmin, dropTemplate } from "./postgres_database.ts";
import { findServerBinaries, startPostgresServer } from "./postgres_server.ts";
import { findTestFiles, usesDatabase } from "./test_files.ts";

interface Counts {
  passed: number;
  failed: number;
  ignored: number;
}

/** What one backend gave: a line of the summary. */
interface Result {
  line: string;
  counts: Counts;
}

/** A server to test on, and what to do with it afterwards. */
interface TestServer {
  url: string;
  version: string;
  stop(): Promise<void>;
}

let running: Deno.ChildProcess | undefined;
let isInterrupted = false;

async function main(args: string[]): Promise<number> {
  const { files, options } = await findTestFiles(args);
  const databaseFiles = [];
  for (const file of files) if (await usesDatabase(file)) databaseFiles.push(file);

  const results = [await testOnEmbedded(files, databaseFiles.length > 0, options)];
  if (databaseFiles.length > 0 && !isInterrupted) {
    results.push(await testOnPostgres(databaseFiles, options));
  }

  const sum = (of: keyof Counts) => results.reduce((total, { counts }) => total + counts[of], 0);
  console.log(["", ...results.map(({ line }) => line)].join("\n"));
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") > 0 ? 1 : 0;
}

async function testOnEmbedded(
  files: string[],
  needsDatabase: boolean,
  options: string[],
): Promise<Result> {
  const directory = await Deno.makeTempDir({ prefix: "edge-cron-test-" });
  try {
    const env: Record<string, string> = { TEST_BACKEND: "embedded" };
    if (needsDatabase) {
      env.TEST_EMBEDDED_SNAPSHOT = join(directory, "embedded.tar");
      await Deno.writeFile(env.TEST_EMBEDDED_SNAPSHOT, await createEmbeddedSnapshot());
    }
    return toResult("embedded", await denoTest(files, options, env));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function testOnPostgres(files: string[], options: string[]): Promise<Result> {
  let server: TestServer | null;
  try {
    server = await findServer();
  } catch (error) {
    return notRun(error instanceof Error ? error.message : String(error), true);
  }
  if (server === null) {
    const reason = "no server binaries found; set TEST_DATABASE_URL";
    return notRun(reason, Boolean(Deno.env.get("CI")));
  }
  try {
    const env = { TEST_BACKEND: "postgres", TEST_DATABASE_URL: server.url };
    return toResult(`postgres ${server.version}`, await denoTest(files, options, env));
  } finally {
    await server.stop();
  }
}

function toResult(name: string, counts: Counts): Result {
  const { passed, failed, ignored } = counts;
  const line = `${name}: ${passed} passed, ${failed} failed`;
  return { line: ignored > 0 ? `${line}, ${ignored} ignored` : line, counts };
}

function notRun(reason: string, isFailure: boolean): Result {
  const counts = { passed: 0, failed: isFailure ? 1 : 0, ignored: 0 };
  return { line: `postgres: not run (${reason})`, counts };
}

async function findServer(): Promise<TestServer | null> {
  const url = Deno.env.get("TEST_DATABASE_URL");
  if (url) {
    const version = await asAdmin(url, async (admin) => {
      const [{ server_version }] = await admin`show server_version`;
      return String(server_version).split(" ")[0];
    });
    return { url, version, stop: () => dropTemplate(url) };
  }
  return await findServerBinaries() ? await startPostgresServer() : null;
}

/** Runs `deno test` and passes its output on; a run that ends without a summary counts as one failure. */
async function denoTest(
  files: string[],
  options: string[],
  env: Record<string, string>,
): Promise<Counts> {
  const color = Deno.stdout.isTerminal() ? "FORCE_COLOR" : "NO_COLOR";
  running = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--sanitize-ops", "--sanitize-resources", ...options, ...files],
    env: { ...env, [color]: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of running.stdout) {
    await Deno.stdout.write(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-5_000);
  }
  const { code } = await running.status;
  const counts = readSummary(tail);
  if (counts === null) return { passed: 0, failed: 1, ignored: 0 };
  // Such as a module that does not load: `deno test` fails and counts no test as failed.
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

/** The counts in the last line that `deno test` prints: `ok | 3 passed | 0 failed | 1 ignored (5ms)`. */
function readSummary(output: string): Counts | null {
  // deno-lint-ignore no-control-regex
  const plain = output.replace(/\x1b\[[\d;]*m/g, "");
  const line = plain.match(/^(ok|FAILED) \|.*$/gm)?.at(-1);
  if (line === undefined) return null;
  const count = (word: string) => Number(line.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}

/** Ctrl-C ends the tests; what was started for them then ends in its turn. */
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    isInterrupted = true;
    try {
      running?.kill(signal);
    } catch {
      // It has got the same signal from the terminal.
    }
  });
}

Deno.exit(await main(Deno.args));
