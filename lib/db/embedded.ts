import { join } from "node:path";
import postgres from "postgres";
import { ARRAY_TYPES } from "./array_types.ts";
import { type BackendBounds, EmbeddedBackend } from "./embedded_backend.ts";
import { EmbeddedEngine, type Pglite } from "./embedded_engine.ts";
import { EmbeddedSocket } from "./embedded_socket.ts";
import type { ConnectionOptions } from "./pool.ts";
import { createPool } from "./pooled_sql.ts";
import type { Sql } from "./sql.ts";

export interface EmbeddedOptions extends Partial<BackendBounds> {
  /** The program's data directory, locked by the caller; or a new database in memory. */
  dataDir: string | "memory";
  /** Files that a new database in memory starts from. */
  snapshot?: Blob;
}

/** A Postgres inside of this process. */
export interface EmbeddedDatabase {
  /** A pool for everybody. */
  readonly sql: Sql;
  readonly backend: EmbeddedBackend;
  /** Another pool over the same database; closing it is up to the caller. */
  connect(): Sql;
  /** Ends every connection and the database. */
  close(): Promise<void>;
}

/** An idle transaction, of psql's say, holds up heartbeats: it ends well before a lease of 30 s does. */
const DEFAULT_BOUNDS: BackendBounds = { waitMs: 30_000, idleInTransactionMs: 10_000 };

const MAX_CONNECTIONS = 5;

/** Where the files of Postgres lie in the data directory. */
export function databaseDirectory(dataDir: string): string {
  return join(dataDir, "postgres");
}

/** Whether the embedded database has yet to be created, which blocks the thread for 2 to 3 s. */
export async function isNewDataDir(dataDir: string): Promise<boolean> {
  try {
    await Deno.stat(databaseDirectory(dataDir));
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/**
 * Opens the embedded database, creating it where there is none.
 *
 * It survives the end of the process at any moment, not a loss of power (it runs without fsync).
 * Two processes on one directory would destroy it: take the directory's lock first.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const backend = new EmbeddedBackend(await openEngine(options), {
    waitMs: options.waitMs ?? DEFAULT_BOUNDS.waitMs,
    idleInTransactionMs: options.idleInTransactionMs ?? DEFAULT_BOUNDS.idleInTransactionMs,
  });
  const sql = connectEmbedded(backend);
  return {
    sql,
    backend,
    connect: () => connectEmbedded(backend),
    close: async () => {
      await sql.end({ timeout: 5 });
      await backend.close();
    },
  };
}

async function openEngine({ dataDir, snapshot }: EmbeddedOptions): Promise<EmbeddedEngine> {
  const { openPglite } = await loadPglite();
  if (dataDir === "memory") {
    return await EmbeddedEngine.start(await openPglite(null, snapshot), null);
  }
  const directory = databaseDirectory(dataDir);
  if (await isNewDataDir(dataDir)) {
    // Under another name until it is whole: a process that ends meanwhile leaves no half database.
    const unfinished = `${directory}.new`;
    await Deno.mkdir(dataDir, { recursive: true });
    await removeIfThere(unfinished);
    await (await openPglite(unfinished)).close();
    await Deno.rename(unfinished, directory);
  }
  const open = () => openPglite(directory);
  return await EmbeddedEngine.start(await open(), open);
}

interface PgliteModule {
  openPglite(directory: string | null, snapshot?: Blob): Promise<Pglite>;
}

function loadPglite(): Promise<PgliteModule> {
  // Computed, or the module graph of every program would hold PGlite.
  const url = new URL("./pglite.ts", import.meta.url).href;
  return import(url);
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Everything that the driver would look up in the environment is given. */
function connectEmbedded(backend: EmbeddedBackend): Sql {
  const connect = (own: ConnectionOptions) => {
    // `socket` is missing from the driver's types.
    const options: postgres.Options<Record<never, never>> & { socket: () => EmbeddedSocket } = {
      ...own,
      socket: () => new EmbeddedSocket(backend),
      host: "embedded",
      port: 5432,
      user: "postgres",
      pass: "none",
      database: "postgres",
      ssl: false,
      connect_timeout: 30,
      keep_alive: null,
      prepare: true,
      onnotice: () => {},
      fetch_types: false,
      types: ARRAY_TYPES,
    };
    return postgres(options);
  };
  return createPool(connect, { max: MAX_CONNECTIONS, idleMs: null, answerMs: null });
}
