/** Puts a database that tests share back to what it was after the migrations; emptying it takes milliseconds. */
import { migrate } from "../../lib/db/migrate.ts";
import type { Sql } from "../../lib/db/sql.ts";
import resetSql from "./put_back.sql" with { type: "text" };

/** The script that `install` runs after the migrations. */
export { resetSql };

/** Runs the migrations on an empty database, and notes what they left. */
export async function install(sql: Sql): Promise<void> {
  await migrate(sql);
  await sql.unsafe(resetSql).simple();
}

/**
 * Empties the tables that hold rows, restores those that the migrations filled and the sequences; false
 * where a test changed the schema, and then nothing was done.
 */
export async function putBack(sql: Sql): Promise<boolean> {
  const [{ same }] = await sql<{ same: boolean }[]>`select test_support.put_back() as same`;
  return same;
}
