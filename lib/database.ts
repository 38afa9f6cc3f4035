/** The program's database: a Postgres server, or the embedded one in DATA_DIR. */
import type { Config } from "./config.ts";
import type { Sql } from "./db/sql.ts";
import { ConfigError } from "./errors.ts";
import type { Log } from "./log.ts";

export interface Database {
  readonly sql: Sql;
  readonly kind: "postgres" | "embedded";
  /** Tells others who wait for the embedded database where this program listens. */
  announce(address: string): void;
  close(): Promise<void>;
}

/**
 * The database that the configuration names; without one the embedded, if the program may have it.
 *
 * Throws `ConfigError`, or what `openEmbeddedDatabase` throws.
 */
export async function openDatabase(
  config: Config,
  log: Log,
  { mayEmbed }: { mayEmbed: boolean },
): Promise<Database> {
  if (config.databaseUrl) return await connectDatabase(config);
  if (mayEmbed && config.resident) return await openEmbeddedDatabase(config, log);
  throw new ConfigError([
    "DATABASE_URL: is not set; `deno task dev` runs with an embedded Postgres instead",
  ]);
}

/** A pool on the server that DATABASE_URL names; no connection is made before the first statement. */
async function connectDatabase(config: Config): Promise<Database> {
  const { connectPostgres } = await import("./db/connect.ts");
  const sql = connectPostgres({
    url: config.databaseUrl!,
    prepare: config.databasePrepare === "auto" ? "auto" : config.databasePrepare === "on",
    isDeploy: !config.resident,
  });
  return {
    sql,
    kind: "postgres",
    announce: () => {},
    close: () => sql.end({ timeout: 5 }),
  };
}

/**
 * The embedded database, opened for this process alone.
 *
 * Throws `DataDirInUseError` that names the process which has it. Loaded lazily, since a program with
 * DATABASE_URL needs none of it.
 */
async function openEmbeddedDatabase(config: Config, log: Log): Promise<Database> {
  const { acquireDataDirLock } = await import("./db/data_dir_lock.ts");
  const { isNewDataDir, openEmbedded } = await import("./db/embedded.ts");
  const lock = await acquireDataDirLock(config.dataDir);
  const isNew = await isNewDataDir(config.dataDir);
  log.info(
    isNew ? "Creating the embedded Postgres, about 3 s" : "Opening the embedded Postgres",
    { data_dir: config.dataDir },
  );
  const embedded = await openEmbedded({ dataDir: config.dataDir });
  const server = config.embeddedSqlPort === null
    ? null
    : (await import("./db/sql_server.ts")).serveSql(embedded, config.embeddedSqlPort);
  if (server) {
    log.info(`psql -h 127.0.0.1 -p ${config.embeddedSqlPort} -U postgres looks into the database`);
  }
  return {
    sql: embedded.sql,
    kind: "embedded",
    announce: (address) => lock.announce(address),
    async close() {
      await server?.close();
      await embedded.close();
      await lock.release();
    },
  };
}
