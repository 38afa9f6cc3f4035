/** The SQL of filling a new embedded database with sample data, once. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";

/** Whether the database has no history yet: nothing was filled in, and nothing ran. */
export async function awaitsFirstFill(sql: Sql): Promise<boolean> {
  const [{ awaits }] = await sql<{ awaits: boolean }[]>`
    select not exists (select from engine_state where filled_at is not null)
           and not exists (select from job_runs) as awaits`;
  return awaits;
}

/** Notes that the first filling is complete. */
export async function recordFirstFill(sql: Sql, clock: Clock): Promise<void> {
  await sql`update engine_state set filled_at = ${clock.now(sql)}`;
}
