import { databaseClock } from "../clock.ts";
import { type Database, openDatabase } from "../database.ts";
import { migrate } from "../db/migrate.ts";
import { createEngine } from "../engine.ts";
import type { Engine } from "../engine_api.ts";
import type { AnyJob } from "../job.ts";
import { insertMissingRows } from "../sync.ts";
import type { CommandDeps } from "./command.ts";

/** Opens the database, brings it up to date, and closes all of it when the work is done. */
export async function withEngine<T>(
  { config, log }: CommandDeps,
  jobs: readonly AnyJob[],
  work: (engine: Engine, database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, log, { mayEmbed: true });
  try {
    await migrate(database.sql, { log: (sentence) => log.info(sentence) });
    const engine = createEngine({
      sql: database.sql,
      core: database.core,
      clock: databaseClock,
      config,
      log,
      jobs,
    });
    await insertMissingRows(engine);
    const result = await work(engine, database);
    await engine.stop();
    return result;
  } finally {
    await database.close();
  }
}
