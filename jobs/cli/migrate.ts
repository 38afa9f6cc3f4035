/** `deno task migrate`: brings the database's tables and the code's schedules up to date. */
import { runCommand } from "../../lib/cli/command.ts";
import { databaseClock } from "../../lib/clock.ts";
import { openDatabase } from "../../lib/database.ts";
import { migrate } from "../../lib/db/migrate.ts";
import { syncJobs } from "../../lib/sync.ts";
import { jobs } from "../mod.ts";

await runCommand("deno task migrate", async ({ config, log }) => {
  const database = await openDatabase(config, log, { mayEmbed: true });
  try {
    const ran = await migrate(database.sql, { log: (sentence) => log.info(sentence) });
    const known = new Map(jobs.map((job) => [job.id, job]));
    await syncJobs({ sql: database.sql, clock: databaseClock, config, log, jobs: known });
    log.info(ran.length === 0 ? "The database is up to date" : `${ran.length} migrations ran`);
    return 0;
  } finally {
    await database.close();
  }
});
