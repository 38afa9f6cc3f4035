/**
 * Tests with a database of their own, freshly migrated, on the embedded database or on Postgres.
 *
 * Which one, `TEST_BACKEND` says (`embedded` or `postgres`, the latter with `TEST_DATABASE_URL`);
 * `run_tests.ts` sets it, and runs each file that imports this one on both.
 */
import { openTestEmbedded } from "./embedded_database.ts";
import { createTestDatabase } from "./postgres_database.ts";
import type { Sql } from "../../lib/db/sql.ts";

export type TestBackend = "embedded" | "postgres";

/** What a test gets. */
export interface TestDatabase {
  backend: TestBackend;
  /** A pool on the test's own database; its sessions may be older than the test. */
  sql: Sql;
  /** Further pools on it, of new sessions; all are closed when the test ends. */
  connect(): Sql;
  /** For other processes; null on the embedded database. */
  url: string | null;
}

type TestBody<D> = (database: D) => void | Promise<void>;

/** The backend of this process' tests. */
export const testBackend: TestBackend = Deno.env.get("TEST_BACKEND") === "postgres"
  ? "postgres"
  : "embedded";

/** Declares a test that runs on a fresh migrated database. */
export function databaseTest(name: string, body: TestBody<TestDatabase>): void {
  Deno.test(name, () => withDatabase(body));
}

/** Declares a test that is ignored on the embedded database, for the given reason. */
databaseTest.onlyPostgres =
  (reason: string) => (name: string, body: TestBody<TestDatabase & { url: string }>): void =>
    Deno.test({
      name: testBackend === "postgres" ? name : `${name} (only on Postgres: ${reason})`,
      ignore: testBackend !== "postgres",
      fn: () =>
        withDatabase((database) => {
          if (database.url === null) throw new Error("A test of Postgres got no address");
          return body({ ...database, url: database.url });
        }),
    });

/** Runs `body` on a fresh migrated database, then closes all of its pools and disposes of it. */
export async function withDatabase(body: TestBody<TestDatabase>): Promise<void> {
  const source = testBackend === "postgres" ? await createTestDatabase() : await openTestEmbedded();
  const pools: Sql[] = [];
  const connect = () => {
    const sql = source.connect();
    pools.push(sql);
    return sql;
  };
  try {
    await body({ backend: testBackend, sql: connect(), connect, url: source.url });
  } finally {
    await Promise.all(pools.map((sql) => sql.end({ timeout: 10 })));
    await source.dispose();
  }
}
