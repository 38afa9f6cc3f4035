/** `deno task reset`: throws the embedded database away; a Postgres server is never touched. */
import { acquireDataDirLock } from "../db/data_dir_lock.ts";
import { databaseDirectory } from "../db/embedded.ts";
import { ConfigError } from "../errors.ts";
import { runCommand } from "./command.ts";

await runCommand("deno task reset", async ({ config, log }) => {
  if (config.databaseUrl) {
    throw new ConfigError([
      "DATABASE_URL: is set, and only the embedded database can be reset; drop a server's tables with psql",
    ]);
  }
  const lock = await acquireDataDirLock(config.dataDir);
  try {
    await Deno.remove(databaseDirectory(config.dataDir), { recursive: true });
    log.info("Emptied the embedded database; the next start creates it anew", {
      data_dir: config.dataDir,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    log.info("There was no embedded database", { data_dir: config.dataDir });
  } finally {
    await lock.release();
  }
  return 0;
});
