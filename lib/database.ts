/** The program's database: a Postgres server, or the embedded one in DATA_DIR. */
import type { Config } from "./config.ts";
import type { Sql } from "./db/sql.ts";
import type { EmbeddedDatabase } from "./db/embedded.ts";
import type { SqlServer } from "./db/sql_server.ts";
import { ConfigError, ListenError } from "./errors.ts";
import type { Log } from "./log.ts";

export interface Database {
  /** For whatever takes its time: handlers, migrations, samples. */
  readonly sql: Sql;
  /** For requests. */
  readonly requests: Sql;
  /** For schedules and leases, which nothing that handlers and requests do may hold up. */
  readonly core: Sql;
  readonly kind: "postgres" | "embedded";
  /** Tells others who wait for the embedded database where this program listens. */
  announce(address: string): void;
  close(): Promise<void>;
}

/**
 * The database that the configuration names; without one the embedded, if the program may have it.
 *
 * `onOurs` is called when no other program can have it any more, which may be long before it is open.
 *
 * Throws `ConfigError`, or what `openEmbeddedDatabase` throws.
 */
export async function openDatabase(
  config: Config,
  log: Log,
  { mayEmbed, onOurs = () => {} }: { mayEmbed: boolean; onOurs?: () => void },
): Promise<Database> {
  if (config.databaseUrl) {
    onOurs();
    return await connectDatabase(config);
  }
  if (mayEmbed && config.resident) return await openEmbeddedDatabase(config, log, onOurs);
  throw new ConfigError([
    "DATABASE_URL: is not set; `deno task dev` runs with an embedded Postgres instead",
  ]);
}

/** What a lease has room for, twice over, and what a person who waits for a page bears with. */
const CORE_ANSWER_MS = 10_000;
const REQUEST_ANSWER_MS = 30_000;

/** Pools on the server that DATABASE_URL names; no connection is made before the first statement. */
async function connectDatabase(config: Config): Promise<Database> {
  const { connectPostgres } = await import("./db/connect.ts");
  const connect = (options: { max: number; answerMs: number | null }) =>
    connectPostgres({
      url: config.databaseUrl!,
      prepare: config.databasePrepare === "auto" ? "auto" : config.databasePrepare === "on",
      isDeploy: !config.resident,
      ...options,
    });
  const sql = connect({ max: 12, answerMs: null });
  const requests = connect({ max: 6, answerMs: REQUEST_ANSWER_MS });
  const core = connect({ max: 6, answerMs: CORE_ANSWER_MS });
  return {
    sql,
    requests,
    core,
    kind: "postgres",
    announce: () => {},
    async close() {
      await Promise.all([sql, requests, core].map((pool) => pool.end({ timeout: 5 })));
    },
  };
}

/**
 * The embedded database, opened for this process alone.
 *
 * Throws `DataDirInUseError` that names the process which has it. Loaded lazily, since a program with
 * DATABASE_URL needs none of it.
 */
async function openEmbeddedDatabase(
  config: Config,
  log: Log,
  onOurs: () => void,
): Promise<Database> {
  const { acquireDataDirLock } = await import("./db/data_dir_lock.ts");
  const { isNewDataDir, openEmbedded } = await import("./db/embedded.ts");
  const lock = await acquireDataDirLock(config.dataDir);
  onOurs();
  const isNew = await isNewDataDir(config.dataDir);
  log.info(
    isNew ? "Creating the embedded Postgres, about 3 s" : "Opening the embedded Postgres",
    { data_dir: config.dataDir },
  );
  const embedded = await openEmbedded({ dataDir: config.dataDir });
  const server = await serveSqlOn(config.embeddedSqlPort, embedded, log);
  return {
    sql: embedded.sql,
    // It has one session at a time, whoever asks.
    requests: embedded.sql,
    core: embedded.sql,
    kind: "embedded",
    announce: (address) => lock.announce(address),
    async close() {
      await server?.close();
      await embedded.close();
      await lock.release();
    },
  };
}

async function serveSqlOn(
  port: number | null,
  embedded: EmbeddedDatabase,
  log: Log,
): Promise<SqlServer | null> {
  if (port === null) return null;
  const { serveSql } = await import("./db/sql_server.ts");
  try {
    const server = serveSql(embedded, port);
    log.info(`psql -h 127.0.0.1 -p ${port} -U postgres looks into the database`);
    return server;
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new ListenError(
      `Cannot serve the embedded database on 127.0.0.1:${port}: the port is in use; set EMBEDDED_SQL_PORT to another one`,
    );
  }
}
