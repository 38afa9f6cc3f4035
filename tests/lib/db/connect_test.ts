import { assertEquals, assertRejects } from "@std/assert";
import { connectPostgres, toDriverUrl, usesPreparedStatements } from "../../../lib/db/connect.ts";
import { isConnectionError } from "../../../lib/db/errors.ts";
import { databaseTest } from "../../support/database.ts";
import { settled } from "../../support/until.ts";

const PLAIN = "postgres://user:secret@db.example.org/app";

Deno.test("usesPreparedStatements() says yes to a plain server", () => {
  assertEquals(usesPreparedStatements(PLAIN, "auto", false), true);
});

for (
  const [where, url] of [
    ["pgbouncer=true", `${PLAIN}?pgbouncer=true`],
    ["port 6543", "postgres://user:secret@db.example.org:6543/app"],
    ["a -pooler host", "postgres://user:secret@ep-cool-pooler.eu.example.org/app"],
    ["a pooler. host", "postgres://user:secret@aws-0.pooler.example.org:5432/app"],
  ]
) {
  Deno.test(`usesPreparedStatements() says no behind a transaction pooler: ${where}`, () => {
    assertEquals(usesPreparedStatements(url, "auto", false), false);
  });
}

Deno.test("usesPreparedStatements() says no on Deploy", () => {
  assertEquals(usesPreparedStatements(PLAIN, "auto", true), false);
});

Deno.test("usesPreparedStatements() does as it is set, whatever the URL", () => {
  assertEquals(usesPreparedStatements(`${PLAIN}?pgbouncer=true`, true, true), true);
  assertEquals(usesPreparedStatements(PLAIN, false, false), false);
});

Deno.test("toDriverUrl() leaves out what a server would refuse, and keeps the rest", () => {
  assertEquals(
    toDriverUrl(`${PLAIN}?sslmode=require&channel_binding=require&pgbouncer=true&schema=public`),
    `${PLAIN}?sslmode=require`,
  );
});

Deno.test("toDriverUrl() keeps a password with special characters", () => {
  const url = "postgres://user:p%40ss%2Fw%3Ard@db.example.org/app";
  assertEquals(toDriverUrl(`${url}?pgbouncer=true`), url);
});

Deno.test("connectPostgres() connects to nothing until a statement is run", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const sql = connectPostgres({ url: `postgres://u:p@127.0.0.1:${listener.addr.port}/app` });
  const first = await Promise.race([
    accepted.then(() => "a connection"),
    new Promise((resolve) => setTimeout(resolve, 50, "nothing")),
  ]);
  assertEquals(first, "nothing");
  const statement = assertRejects(() => sql`select 1`);
  (await accepted).close();
  listener.close();
  await statement;
  await sql.end({ timeout: 0 });
});

Deno.test("a statement on a server that is not there fails with a connection error", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const sql = connectPostgres({ url: `postgres://u:p@127.0.0.1:${port}/app` });
  const error = await assertRejects(() => sql`select 1`);
  assertEquals(isConnectionError(error), true);
  await sql.end({ timeout: 0 });
});

Deno.test("a server that closes each connection unanswered is away, and not dialled again and again", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let accepted = 0;
  const closing = (async () => {
    for await (const connection of listener) {
      accepted++;
      connection.close();
    }
  })();
  const sql = connectPostgres({ url: `postgres://u:p@127.0.0.1:${listener.addr.port}/app` });
  const error = await assertRejects(() => settled("the statement fails", sql`select 1`));
  assertEquals(isConnectionError(error), true);
  assertEquals(accepted, 1);
  await sql.end({ timeout: 0 });
  listener.close();
  await closing;
});

for (const style of ["SQL, DMY", "German"]) {
  databaseTest.onlyPostgres("its sessions are the engine's own")(
    `dates come and go unchanged on a database whose datestyle is ${style}`,
    async ({ sql, connect }) => {
      const [{ name }] = await sql<{ name: string }[]>`select current_database() as name`;
      await sql`alter database ${sql(name)} set datestyle = ${sql.unsafe(`'${style}'`)}`;
      const instant = new Date("2026-03-04T05:06:07.089Z");
      const [read] = await connect()`
        select ${instant}::timestamptz as instant, '2026-03-04'::date as day,
               array[${instant}::timestamptz] as instants`;
      assertEquals(read.instant, instant);
      assertEquals(read.day, new Date("2026-03-04"));
      assertEquals(read.instants, [instant]);
    },
  );
}
