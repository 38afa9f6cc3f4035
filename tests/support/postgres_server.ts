import { join } from "node:path";
import { freePort } from "./free_port.ts";

/** A throw-away Postgres server on loopback. */
export interface PostgresServer {
  /** Of its database `postgres`, as a superuser. */
  url: string;
  /** Such as `15.18`. */
  version: string;
  /** Ends it and keeps its files: at once as in a crash, or in order. */
  halt(how: "crash" | "in order"): Promise<void>;
  /** Starts it again where it was, after `halt`. */
  restart(): Promise<void>;
  /** Ends it, and removes its files. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Safe against a crash of the machine, and slow; off by default. */
  fsync?: boolean;
  /** Further settings, by name. */
  settings?: Record<string, string>;
}

/**
 * Starts a server with an empty data directory, in about a second.
 *
 * Its time zone is one that nobody has in mind, to catch SQL that depends on the server's.
 * Throws when no server binaries are on the machine; ask `findServerBinaries` first.
 */
export async function startPostgresServer(options: ServerOptions = {}): Promise<PostgresServer> {
  const binaries = await findServerBinaries();
  if (binaries === null) throw new Error("Cannot start Postgres: no server binaries were found");
  const owner = await findServerOwner();
  const root = await Deno.makeTempDir({ prefix: "edge-cron-postgres-" });
  const directory = join(root, "data");
  await Deno.chmod(root, 0o755);
  await Deno.mkdir(directory);
  if (owner) await Deno.chown(directory, owner.uid, owner.gid);
  const removeFiles = () => Deno.remove(root, { recursive: true });
  try {
    await run(
      join(binaries.directory, "initdb"),
      [..."--username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync".split(" "), "-D"]
        .concat(directory),
      owner,
    );
    const port = freePort();
    const start = () => launch(binaries.directory, directory, owner, port, options);
    let server = await start();
    const end = async (signal: Deno.Signal) => {
      sendSignal(server.process, signal);
      await server.process.status;
      await server.log;
    };
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      version: binaries.version,
      halt: (how) => end(how === "crash" ? "SIGQUIT" : "SIGINT"),
      restart: async () => {
        server = await start();
      },
      stop: async () => {
        await end("SIGINT");
        await removeFiles();
      },
    };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}

interface Binaries {
  directory: string;
  version: string;
}

/** Where `initdb` and `postgres` are: on the PATH, where Debian has them, or where `pg_config` says. */
export async function findServerBinaries(): Promise<Binaries | null> {
  const pathDirectories = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  for (
    const directory of [
      ...pathDirectories,
      ...await debianDirectories(),
      ...await configuredDirectory(),
    ]
  ) {
    if (!await isFile(join(directory, "initdb")) || !await isFile(join(directory, "postgres"))) {
      continue;
    }
    const output = await run(join(directory, "postgres"), ["--version"], null);
    const version = output.match(/(\d+(\.\d+)?)/)?.[1];
    if (version) return { directory, version };
  }
  return null;
}

async function debianDirectories(): Promise<string[]> {
  const versions = [];
  try {
    for await (const entry of Deno.readDir("/usr/lib/postgresql")) versions.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return versions.sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`);
}

async function configuredDirectory(): Promise<string[]> {
  try {
    return [(await run("pg_config", ["--bindir"], null)).trim()];
  } catch {
    return [];
  }
}

interface Owner {
  uid: number;
  gid: number;
}

/** Postgres refuses to run as root: then it runs as the user that its package made, or as nobody. */
async function findServerOwner(): Promise<Owner | null> {
  if (Deno.uid() !== 0) return null;
  const users = (await Deno.readTextFile("/etc/passwd")).split("\n").map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ??
    users.find(([name]) => name === "nobody");
  if (!user) throw new Error("Cannot start Postgres as root: there is no user postgres or nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

interface Launched {
  process: Deno.ChildProcess;
  /** Resolves when the server has closed its log. */
  log: Promise<void>;
}

async function launch(
  binDirectory: string,
  dataDirectory: string,
  owner: Owner | null,
  port: number,
  { fsync = false, settings = {} }: ServerOptions,
): Promise<Launched> {
  const durability = fsync ? "on" : "off";
  const all: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    timezone: "Asia/Kathmandu",
    log_destination: "stderr",
    fsync: durability,
    synchronous_commit: durability,
    full_page_writes: durability,
    ...settings,
  };
  const process = new Deno.Command(join(binDirectory, "postgres"), {
    args: ["-D", dataDirectory, ...Object.entries(all).flatMap(([k, v]) => ["-c", `${k}=${v}`])],
    env: { LC_ALL: "C" },
    cwd: dataDirectory,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...owner,
  }).spawn();
  const ready = Promise.withResolvers<void>();
  const log = followLog(process.stderr, ready);
  await ready.promise;
  return { process, log };
}

/** Reads the server's log to its end; settles `ready` at the line that says so, or at the end. */
async function followLog(
  stream: ReadableStream<Uint8Array>,
  ready: PromiseWithResolvers<void>,
): Promise<void> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + chunk).slice(-10_000);
    if (text.includes("database system is ready to accept connections")) ready.resolve();
  }
  ready.reject(new Error(`Cannot start Postgres:\n${text}`));
}

async function run(command: string, args: string[], owner: Owner | null): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { LC_ALL: "C" },
    cwd: "/",
    stdin: "null",
    ...owner,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} failed:\n${text(stdout)}${text(stderr)}`);
  return text(stdout);
}

/** A process that has ended already, perhaps by the same Ctrl-C, is as good as ended. */
function sendSignal(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
