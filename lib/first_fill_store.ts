/** The SQL of filling a new embedded database with sample data, once. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";

/** Whether sample data was never loaded to its end, by a start or by hand. */
export async function awaitsFirstFill(sql: Sql): Promise<boolean> {
  const [{ awaits }] = await sql<{ awaits: boolean }[]>`
    select not exists (select from engine_state where filled_at is not null) as awaits`;
  return awaits;
}

/** Notes that sample data was loaded to its end. */
export async function recordFirstFill(sql: Sql, clock: Clock): Promise<void> {
  await sql`update engine_state set filled_at = ${clock.now(sql)}`;
}
