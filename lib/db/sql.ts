/** The one way to write SQL: Postgres.js tagged templates, whose values are always bound. */
import type postgres from "postgres";

/**
 * A pool that any statement may use.
 *
 * Without what needs a session of its own (`reserve`, `listen`, `subscribe`, `largeObject`): a pooler between would
 * take it away. A transaction has one for as long as it lasts.
 */
export interface Sql extends postgres.ISql {
  begin: postgres.Sql["begin"];
  end: postgres.Sql["end"];
}

/** A connection inside `sql.begin`; never mix it with the outer pool. */
export type Tx = postgres.TransactionSql;

/** Either of them, for statements that do not care. */
export type AnySql = Sql | Tx;

/** A piece of SQL to be spliced into a larger statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** What a jsonb column can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
