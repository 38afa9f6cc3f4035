import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { EmbeddedDatabase } from "../../../lib/db/embedded.ts";
import { serveSql, type SqlServer } from "../../../lib/db/sql_server.ts";
import { connectPostgres } from "../../../lib/db/connect.ts";
import { openMigratedEmbedded } from "../../support/embedded_database.ts";

let shared: EmbeddedDatabase | undefined;

/** A test on an embedded database with an empty table `notes` that listens for psql. */
function sqlServerTest(
  name: string,
  body: (database: EmbeddedDatabase, server: SqlServer) => Promise<void>,
  ignore = false,
): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      shared ??= await openMigratedEmbedded({ idleInTransactionMs: 60_000 });
      await shared.sql`drop table if exists notes`;
      await shared.sql`create table notes (id integer, note text)`;
      const server = serveSql(shared, 0);
      try {
        await body(shared, server);
      } finally {
        await server.close();
      }
    },
  });
}

const hasPsql = await new Deno.Command("psql", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

const psqlTest = (
  name: string,
  body: (database: EmbeddedDatabase, server: SqlServer) => Promise<void>,
) => sqlServerTest(name, body, !hasPsql);

function startPsql({ port }: SqlServer, args: string[], stdin: "piped" | "null" = "null") {
  return new Deno.Command("psql", {
    args: ["-X", "-h", "127.0.0.1", "-p", String(port), "-U", "anybody", "-d", "anything", ...args],
    env: { PGCONNECT_TIMEOUT: "10", PGPASSWORD: "", LC_ALL: "C.UTF-8" },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function psql(server: SqlServer, ...args: string[]) {
  const { code, stdout, stderr } = await startPsql(server, args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

psqlTest("psql reads and writes under any user and database name", async ({ sql }, server) => {
  const { code, stdout } = await psql(
    server,
    "-tAc",
    "insert into notes values (1, 'by psql') returning note",
  );
  assertEquals([code, stdout.split("\n")[0]], [0, "by psql"]);
  assertEquals((await sql`select note from notes`)[0].note, "by psql");
});

psqlTest("psql describes a table", async (_, server) => {
  const { code, stdout, stderr } = await psql(server, "-c", "\\d notes");
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, 'Table "public.notes"');
  assertMatch(stdout, /note\s+\| text/);
});

psqlTest("psql lists the tables", async (_, server) => {
  const { code, stdout } = await psql(server, "-c", "\\dt");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "job_runs");
});

psqlTest("psql is told of an error and goes on", async (_, server) => {
  const { stdout, stderr } = await psql(server, "-tA", "-c", "select 1 / 0", "-c", "select 2");
  assertStringIncludes(stderr, "division by zero");
  assertEquals(stdout, "2");
});

psqlTest("psql copies out", async (_, server) => {
  const { code, stdout } = await psql(
    server,
    "-c",
    "copy (select g, 'row ' || g from generate_series(1, 20000) g) to stdout csv",
  );
  assertEquals(code, 0);
  const lines = stdout.split("\n");
  assertEquals([lines.length, lines[0], lines.at(-1)], [20_000, "1,row 1", "20000,row 20000"]);
});

psqlTest("psql may not copy in, and the database goes on", async ({ sql }, server) => {
  const { stderr } = await psql(server, "-c", "\\copy notes from /etc/hostname");
  assertStringIncludes(stderr, "does not take COPY FROM STDIN");
  assertEquals((await sql`select count(*)::int as n from notes`)[0].n, 0);
});

psqlTest(
  "psql that goes in the middle of a transaction is rolled back",
  async ({ sql }, server) => {
    const process = startPsql(server, ["-q"], "piped");
    const input = process.stdin.getWriter();
    await input.write(new TextEncoder().encode(
      "begin;\ninsert into notes values (1, 'lost') returning 'inserted';\n",
    ));
    const output = process.stdout.getReader();
    await readUntil(output, "inserted");
    process.kill("SIGKILL");
    await Promise.all([input.close().catch(() => {}), output.cancel(), process.stderr.cancel()]);
    await process.status;
    assertEquals((await sql`select count(*)::int as n from notes`)[0].n, 0);
  },
);

psqlTest("Ctrl-C ends psql's wait for a transaction of the program", async (database, server) => {
  const { sql, backend } = database;
  await sql.begin(async (tx) => {
    await tx`insert into notes values (1, 'kept')`;
    const isWaiting = Promise.withResolvers<void>();
    const request = backend.request;
    backend.request = (session) => {
      request.call(backend, session);
      if (session.hasMessages) isWaiting.resolve();
    };
    const process = startPsql(server, ["-c", "select 'in vain'"]);
    await isWaiting.promise;
    backend.request = request;
    process.kill("SIGINT");
    const { stderr } = await process.output();
    assertStringIncludes(
      new TextDecoder().decode(stderr),
      "canceling statement due to user request",
    );
    await tx`insert into notes values (2, 'kept')`;
  });
  assertEquals((await sql`select count(*)::int as n from notes`)[0].n, 2);
});

psqlTest("what psql sets ends with its transaction", async ({ sql }, server) => {
  const settings = () =>
    sql`select current_setting('work_mem') as memory, current_setting('search_path') as path`
      .then(([row]) => ({ ...row }));
  const before = await settings();
  const { stdout } = await psql(
    server,
    "-qtA",
    "-c",
    "set work_mem = '7MB'; set search_path = nowhere; create temp table job_runs ()",
    "-c",
    "begin; set work_mem = '9MB'; show work_mem; commit",
  );
  assertEquals(stdout, "9MB");
  assertEquals(await settings(), before);
  assertEquals((await sql`select to_regclass('job_runs')::text as name`)[0].name, "job_runs");
});

sqlServerTest("another driver works over TCP, several pools at once", async (_, server) => {
  const url = `postgres://someone:something@127.0.0.1:${server.port}/whatever?sslmode=prefer`;
  const pools = [connectPostgres({ url }), connectPostgres({ url })];
  const rows = await Promise.all(
    Array.from({ length: 200 }, (_, number) => pools[number % 2]`select ${number}::int as number`),
  );
  assertEquals(rows.map(([{ number }]) => number), Array.from({ length: 200 }, (_, n) => n));
  await Promise.all(pools.map((pool) => pool.end({ timeout: 5 })));
});

for (
  const [what, bytes] of [
    ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
    ["nothing but zeros", new Uint8Array(64)],
    ["a message type that is none", withGreeting(Uint8Array.of(0x7e, 0, 0, 0, 4))],
    ["a message of negative length", withGreeting(Uint8Array.of(0x51, 0xff, 0xff, 0xff, 0xff, 0))],
  ] as const
) {
  sqlServerTest(`a client that speaks ${what} is shown out`, async ({ sql }, server) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await connection.write(bytes);
    for await (const _ of connection.readable) { /* until the server closes it */ }
    assertEquals((await sql`select 1 as one`)[0].one, 1);
  });
}

sqlServerTest("closing the server ends its clients", async (database) => {
  const server = serveSql(database, 0);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(withGreeting(new Uint8Array(0)));
  await connection.read(new Uint8Array(1_000));
  const closed = server.close();
  assertEquals(await connection.read(new Uint8Array(1_000)), null);
  connection.close();
  await closed;
});

function withGreeting(bytes: Uint8Array): Uint8Array {
  const parameters = new TextEncoder().encode("user\0x\0\0");
  const packet = new Uint8Array(8 + parameters.length + bytes.length);
  const view = new DataView(packet.buffer);
  view.setUint32(0, 8 + parameters.length);
  view.setUint32(4, 196_608);
  packet.set(parameters, 8);
  packet.set(bytes, 8 + parameters.length);
  return packet;
}

async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wanted: string,
): Promise<void> {
  let text = "";
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    assert(!done, `psql ended before it said "${wanted}"`);
    text += new TextDecoder().decode(value);
  }
}
