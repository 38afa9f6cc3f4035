import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { migrate, pendingMigrations } from "../../../lib/db/migrate.ts";
import { databaseTest, withDatabase } from "../../support/database.ts";
import type { Sql } from "../../../lib/db/sql.ts";

const tables = (sql: Sql) =>
  sql<{ name: string }[]>`
    select table_name as name
    from information_schema.tables
    where table_schema = 'public'
    order by 1`.then((rows) => rows.map(({ name }) => name));

databaseTest("a test's database has been migrated", async ({ sql }) => {
  assertEquals(await pendingMigrations(sql), []);
});

Deno.test("a test's database has nothing of the rows of the one before", async () => {
  let engineState;
  await withDatabase(async ({ sql }) => {
    engineState = await sql`select * from engine_state`;
    await sql`insert into scheduled_jobs (id, job_type, cron, source) values ('a', 'a', '* * * * *', 'api')`;
    await sql`delete from engine_state`;
  });
  await withDatabase(async ({ sql }) => {
    assertEquals((await sql`select from scheduled_jobs`).length, 0);
    assertEquals([...await sql`select * from engine_state`], [...engineState!]);
  });
});

Deno.test("a test's database has nothing of the schema of the one before", async () => {
  let before: string[] = [];
  await withDatabase(async ({ sql }) => {
    before = await tables(sql);
    await sql`create table stray (id integer)`;
    await sql`create schema elsewhere`;
    await sql`drop table run_logs`;
    assertNotEquals(await tables(sql), before);
  });
  await withDatabase(async ({ sql }) => {
    assertEquals(await tables(sql), before);
    assertEquals((await sql`select from pg_namespace where nspname = 'elsewhere'`).length, 0);
    assertEquals(await migrate(sql), []);
  });
});

databaseTest(
  "what is set for a database counts as its schema, and for no other",
  async ({ sql }) => {
    const fingerprint = async () => {
      const [{ value }] = await sql`select test_support.schema_fingerprint() as value`;
      return value;
    };
    const [{ own }] = await sql`select current_database() as own`;
    const before = await fingerprint();
    await sql`alter database template1 set edge_cron.note = 'of a test'`;
    try {
      assertEquals(await fingerprint(), before);
      await sql`alter database ${sql(own)} set edge_cron.note = 'of a test'`;
      assertNotEquals(await fingerprint(), before);
    } finally {
      await sql`alter database template1 reset edge_cron.note`;
      await sql`alter database ${sql(own)} reset edge_cron.note`;
    }
  },
);

Deno.test("a test's database has nothing of the session of the one before", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`create temporary table scratch (id integer)`;
    await sql`set work_mem = '7MB'`;
  });
  await withDatabase(async ({ sql }) => {
    const [{ scratch, work_mem }] = await sql`
      select to_regclass('scratch') as scratch, current_setting('work_mem') as work_mem`;
    assertEquals(scratch, null);
    assertNotEquals(work_mem, "7MB");
  });
});

Deno.test("a test's sequences start where the migrations left them", async () => {
  const next = () => {
    let value: string | undefined;
    return withDatabase(async ({ sql }) => {
      const [sequence] = await sql`
        select format('%I.%I', schemaname, sequencename) as name
        from pg_sequences
        where schemaname = 'public'
        order by 1
        limit 1`;
      assert(sequence, "the schema has a sequence");
      [{ value }] = await sql`select nextval(${sequence.name})::text as value`;
    }).then(() => value);
  };
  assertEquals(await next(), await next());
});

Deno.test("a test that leaves a transaction open disturbs no other", async () => {
  await withDatabase(async ({ sql, connect }) => {
    const begun = Promise.withResolvers<void>();
    connect().begin(async (tx) => {
      await tx`insert into scheduled_jobs (id, job_type, cron, source) values ('a', 'a', '* * * * *', 'api')`;
      begun.resolve();
      await new Promise(() => {});
    }).catch(() => {});
    await begun.promise;
    void sql;
  });
  await withDatabase(async ({ sql }) => {
    assertEquals((await sql`select from scheduled_jobs`).length, 0);
  });
});
