/** A Deno program in a process of its own. */
export interface Script {
  pid: number;
  /** The next line of its output; null when that has ended. */
  readLine(): Promise<string | null>;
  /** Ends it without warning, as a crash would. */
  kill(): Promise<void>;
  /** Its exit code, once it has ended by itself. */
  finish(): Promise<number>;
}

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** Starts TypeScript source as a process, with the project's imports and the given permissions. */
export async function startScript(
  source: string,
  args: string[] = [],
  permissions: string[] = ["--allow-all"],
): Promise<Script> {
  const directory = await Deno.makeTempDir({ prefix: "edge-cron-script-" });
  const path = `${directory}/main.ts`;
  await Deno.writeTextFile(path, source);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--config", CONFIG, ...permissions, path, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = readLines(process.stdout);
  const end = async () => {
    const { code } = await process.status;
    await lines.return(undefined);
    await Deno.remove(directory, { recursive: true });
    return code;
  };
  return {
    pid: process.pid,
    readLine: async () => (await lines.next()).value ?? null,
    kill: async () => {
      process.kill("SIGKILL");
      await end();
    },
    finish: end,
  };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
