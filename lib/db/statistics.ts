import type { Sql } from "./sql.ts";

/** Has the planner look at the tables: the embedded database has nobody who does so by itself. */
export async function refreshStatistics(sql: Sql): Promise<void> {
  await sql`analyze`;
}
