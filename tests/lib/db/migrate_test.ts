import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { isSqlState } from "../../../lib/db/errors.ts";
import {
  FailedMigrationError,
  migrate,
  type Migration,
  MigrationError,
  pendingMigrations,
} from "../../../lib/db/migrate.ts";
import { migrations } from "../../../lib/db/migrations/mod.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest, type TestDatabase } from "../../support/database.ts";

const fruit: Migration = { id: 1, name: "fruit", sql: "create table fruit (id integer);" };
const basket: Migration = {
  id: 2,
  name: "basket",
  sql: "create table basket (id integer);\ninsert into basket values (1);\n",
};

/** A test on a database with nothing in it, not even the program's own tables. */
function emptyDatabaseTest(name: string, body: (database: TestDatabase) => Promise<void>): void {
  databaseTest(name, async (database) => {
    await database.sql.unsafe("drop schema public cascade; create schema public;").simple();
    await body(database);
  });
}

const exists = async (sql: Sql, table: string) =>
  (await sql`select to_regclass(${table}) is not null as exists`)[0].exists;

emptyDatabaseTest("migrate() runs every migration in order and names them", async ({ sql }) => {
  assertEquals(await migrate(sql, { migrations: [fruit, basket] }), [
    "0001_fruit.sql",
    "0002_basket.sql",
  ]);
  assertEquals([...await sql`select id from basket`], [{ id: 1 }]);
  const [first] = await sql`select id, name, length(checksum) as digits from schema_migrations`;
  assertEquals(first, { id: 1, name: "fruit", digits: 64 });
});

emptyDatabaseTest("migrate() runs each migration once", async ({ sql }) => {
  await migrate(sql, { migrations: [fruit] });
  assertEquals(await migrate(sql, { migrations: [fruit, basket] }), ["0002_basket.sql"]);
  assertEquals(await migrate(sql, { migrations: [fruit, basket] }), []);
});

emptyDatabaseTest("migrate() leaves nothing of a migration that fails", async ({ sql }) => {
  const broken: Migration = { ...basket, sql: `${basket.sql} select 1 / 0;` };
  await assertRejects(
    () => migrate(sql, { migrations: [fruit, broken] }),
    Error,
    "division by zero",
  );
  assertEquals(await exists(sql, "fruit"), true);
  assertEquals(await exists(sql, "basket"), false);
  assertEquals(await pendingMigrations(sql, [fruit, broken]), ["0002_basket.sql"]);
  assertEquals(await migrate(sql, { migrations: [fruit, basket] }), ["0002_basket.sql"]);
});

emptyDatabaseTest("migrate() names the file that fails, and what went wrong", async ({ sql }) => {
  const broken: Migration = { ...basket, sql: `${basket.sql} select 1 / 0;` };
  const error = await assertRejects(() => migrate(sql, { migrations: [fruit, broken] }));
  assertInstanceOf(error, FailedMigrationError);
  assertEquals(error.message, "Migration 0002_basket.sql failed and was undone: division by zero");
  assertEquals(isSqlState(error.cause, "22012"), true);
});

emptyDatabaseTest(
  "migrate() refuses a file with its own transaction control before anything runs",
  async ({ sql }) => {
    const half: Migration = {
      ...basket,
      sql: "create table half_done (x int); commit; create index on nowhere (x);",
    };
    const error = await assertRejects(() => migrate(sql, { migrations: [fruit, half] }));
    assertInstanceOf(error, MigrationError);
    assertEquals(
      error.message,
      'Cannot migrate: 0002_basket.sql has the statement "commit", but a file is one transaction, ' +
        "done whole or not at all. Take the statement out; nothing was changed.",
    );
    assertEquals([await exists(sql, "fruit"), await exists(sql, "half_done")], [false, false]);
  },
);

databaseTest("migrate() leaves a database that is away to its callers", async () => {
  const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const answers = (text: string) =>
    text.includes("to_regclass") ? Promise.resolve([{ exists: false }]) : Promise.reject(away);
  const sql = Object.assign(
    (strings: TemplateStringsArray) => answers(strings.join("")),
    { begin: () => Promise.reject(away), reserve: () => Promise.reject(away) },
  ) as unknown as Sql;
  assertEquals(await assertRejects(() => migrate(sql, { migrations: [fruit] })), away);
});

emptyDatabaseTest("migrate() refuses a file that changed after it ran", async ({ sql }) => {
  await migrate(sql, { migrations: [fruit] });
  const changed = { ...fruit, sql: "create table fruit (id bigint);" };
  const error = await assertRejects(() => migrate(sql, { migrations: [changed, basket] }));
  assertInstanceOf(error, MigrationError);
  assertStringIncludes(error.message, "0001_fruit.sql has changed since it ran");
  assertEquals(await exists(sql, "basket"), false);
});

emptyDatabaseTest(
  "migrate() takes a checkout with other line endings as unchanged",
  async ({ sql }) => {
    await migrate(sql, { migrations: [fruit, basket] });
    const crlf = { ...basket, sql: basket.sql.replaceAll("\n", " \r\n") + "\r\n\r\n" };
    assertEquals(await migrate(sql, { migrations: [fruit, crlf] }), []);
  },
);

emptyDatabaseTest("migrate() refuses a number below one that ran", async ({ sql }) => {
  await migrate(sql, { migrations: [basket] });
  await assertRejects(
    () => migrate(sql, { migrations: [fruit, basket] }),
    MigrationError,
    "0001_fruit.sql has not run, but number 2 has",
  );
});

emptyDatabaseTest("migrate() accepts a newer database, and says so", async ({ sql }) => {
  await migrate(sql, { migrations: [fruit, basket] });
  const said: string[] = [];
  assertEquals(await migrate(sql, { migrations: [fruit], log: (line) => said.push(line) }), []);
  assertEquals(said.length, 1);
  assertStringIncludes(said[0], "newer than this program: it has 0002_basket.sql");
});

emptyDatabaseTest(
  "pendingMigrations() names what has not run, and writes nothing",
  async ({ sql }) => {
    assertEquals(await pendingMigrations(sql, [fruit, basket]), [
      "0001_fruit.sql",
      "0002_basket.sql",
    ]);
    assertEquals(await exists(sql, "schema_migrations"), false);
  },
);

for (
  const [what, ids] of [["the same number twice", [1, 1]], ["numbers that fall", [2, 1]], [
    "zero",
    [0],
  ]] as const
) {
  databaseTest(`migrate() refuses ${what}`, async ({ sql }) => {
    const wrong = ids.map((id) => ({ ...fruit, id }));
    await assertRejects(() => migrate(sql, { migrations: wrong }), RangeError, "must rise");
  });
}

databaseTest.onlyPostgres("two starts at once need several backends")(
  "migrate() runs each migration once when several programs start at once",
  async ({ sql, connect }) => {
    await sql.unsafe("drop schema public cascade; create schema public;").simple();
    const pools = Array.from({ length: 4 }, () => connect());
    const done = await Promise.all(pools.map((pool) => migrate(pool)));
    const names = migrations.map(({ id, name }) => `${String(id).padStart(4, "0")}_${name}.sql`);
    assertEquals(done.flat().sort(), names);
    assertEquals(await pendingMigrations(sql), []);
  },
);

databaseTest.onlyPostgres("two starts at once need several backends")(
  "migrate() goes on where another program failed at the same time",
  async ({ sql, connect }) => {
    const last = migrations.at(-1)!.id;
    const slow = { id: last + 1, name: "slow", sql: "create table slow (); select pg_sleep(0.3);" };
    const broken = { ...slow, sql: `${slow.sql} select 1 / 0;` };
    const [failed, went] = await Promise.allSettled([
      migrate(sql, { migrations: [...migrations, broken] }),
      migrate(connect(), { migrations: [...migrations, { ...slow }] }),
    ]);
    assertEquals([failed.status, went.status], ["rejected", "fulfilled"]);
    assertEquals(await exists(sql, "slow"), true);
  },
);
