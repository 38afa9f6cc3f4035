import type { Sql } from "../../lib/db/sql.ts";

/** The database of one test, before its pools. */
export interface DatabaseSource {
  connect(): Sql;
  url: string | null;
  dispose(): Promise<void>;
}
