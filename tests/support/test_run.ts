import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** How many tests there were. */
export interface Counts {
  passed: number;
  failed: number;
  ignored: number;
}

export interface DenoTestOptions {
  files: string[];
  /** Further arguments. */
  options: string[];
  env: Record<string, string>;
  /** Whether all files share one process and one module, and so their embedded database: opening one takes seconds. */
  together: boolean;
  /** When its output may be written. */
  turn: Promise<unknown>;
}

const running = new Set<Deno.ChildProcess>();
const output = Deno.stdout.writable.getWriter();

/**
 * Runs `deno test` without checking types, and passes its output on when it is its turn; a run that ends
 * without a summary counts as one failure.
 */
export async function denoTest(
  { files, options, env, together, turn }: DenoTestOptions,
): Promise<Counts> {
  const directory = await Deno.makeTempDir({ prefix: "edge-cron-test-" });
  try {
    const modules = together && files.length > 1 ? [await writeModule(directory, files)] : files;
    const color = Deno.stdout.isTerminal() ? "FORCE_COLOR" : "NO_COLOR";
    const { code, tail } = await run([...options, ...modules], { ...env, [color]: "1" }, turn);
    const counts = readSummary(tail);
    if (counts === null) return { passed: 0, failed: 1, ignored: 0 };
    // Such as a module that does not load: `deno test` fails and counts no test as failed.
    if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
    return counts;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Ends what runs; its processes may have got the same signal from the terminal. */
export function interruptTests(signal: Deno.Signal): void {
  for (const process of running) {
    try {
      process.kill(signal);
    } catch {
      // It has ended.
    }
  }
}

/** A module that imports all of the files. */
async function writeModule(directory: string, files: string[]): Promise<string> {
  const path = join(directory, "tests.ts");
  const imports = files.map((file) => `import "${pathToFileURL(resolve(file)).href}";\n`);
  await Deno.writeTextFile(path, imports.join(""));
  return path;
}

/** Its exit code and the end of its output. */
async function run(
  args: string[],
  env: Record<string, string>,
  turn: Promise<unknown>,
): Promise<{ code: number; tail: string }> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      ..."--no-check --allow-all --sanitize-ops --sanitize-resources".split(" "),
      ...args,
    ],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  running.add(process);
  let tail = "";
  let writing = turn;
  const decoder = new TextDecoder();
  for await (const chunk of process.stdout) {
    // Read all the same, or the tests would wait for their turn too.
    writing = writing.then(() => output.write(chunk));
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-5_000);
  }
  await writing;
  const { code } = await process.status;
  running.delete(process);
  return { code, tail };
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
