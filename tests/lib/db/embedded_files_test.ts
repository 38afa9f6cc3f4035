import { assertEquals, assertGreaterOrEqual, assertRejects } from "@std/assert";
import { isNewDataDir, openEmbedded } from "../../../lib/db/embedded.ts";
import { isConnectionError, isSqlState } from "../../../lib/db/errors.ts";
import { startScript } from "../../support/script.ts";

const WRITER = `
  import { openEmbedded } from "${new URL("../../../lib/db/embedded.ts", import.meta.url)}";
  const { sql } = await openEmbedded({ dataDir: Deno.args[0] });
  await sql.unsafe("create table notes (id integer primary key, text text)");
  for (let id = 1;; id++) {
    await sql.unsafe("insert into notes values ($1, repeat('note ', 20))", [id]);
    console.log(id);
  }
`;

async function withDataDir(body: (dataDir: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await body(`${root}/data`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("every acknowledged row is there after a kill -9", () =>
  withDataDir(async (dataDir) => {
    const writer = await startScript(WRITER, [dataDir], [
      "--allow-read=.",
      `--allow-write=${dataDir}`,
      `--allow-read=${dataDir}`,
      "--allow-env=PG*,USER,USERNAME,LOGNAME",
    ]);
    let acknowledged = 0;
    while (acknowledged < 500) acknowledged = Number(await writer.readLine());
    await writer.kill();

    const { sql, close } = await openEmbedded({ dataDir });
    const [rows] = await sql`select count(*)::int as count, max(id)::int as last from notes`;
    assertGreaterOrEqual(rows.count, acknowledged);
    assertEquals(rows.count, rows.last);
    assertEquals(
      (await sql`select from notes where text = ${"note ".repeat(20)}`).length,
      rows.count,
    );
    await close();
  }));

Deno.test("a database that was closed is there when it is opened again", () =>
  withDataDir(async (dataDir) => {
    assertEquals(await isNewDataDir(dataDir), true);
    const first = await openEmbedded({ dataDir });
    await first.sql`create table notes as select 1 as id`;
    await first.close();
    assertEquals(await isNewDataDir(dataDir), false);
    const second = await openEmbedded({ dataDir });
    assertEquals([...await second.sql`select id from notes`], [{ id: 1 }]);
    await second.close();
  }));

Deno.test("what a process left that ended while it made the database is made anew", () =>
  withDataDir(async (dataDir) => {
    await Deno.mkdir(`${dataDir}/postgres.new/base`, { recursive: true });
    await Deno.writeTextFile(`${dataDir}/postgres.new/PG_VERSION`, "18\\n");
    assertEquals(await isNewDataDir(dataDir), true);
    const { sql, close } = await openEmbedded({ dataDir });
    assertEquals((await sql`select 1 as one`)[0].one, 1);
    await close();
  }));

Deno.test("a database in files that breaks down comes back with what was committed", () =>
  withDataDir(async (dataDir) => {
    const { sql, backend, close } = await openEmbedded({ dataDir });
    await sql`create table notes as select 1 as id`;
    backend.engine.pglite.execProtocolRawStream = () => Promise.reject(new Error("trapped"));
    const error = await assertRejects(() => sql`insert into notes values (2)`);
    assertEquals([isSqlState(error, "57P02"), isConnectionError(error)], [true, true]);
    assertEquals([...await sql`select id from notes`], [{ id: 1 }]);
    await close();
  }));

Deno.test("the write-ahead log does not grow without end", () =>
  withDataDir(async (dataDir) => {
    const { sql, backend, close } = await openEmbedded({ dataDir });
    await sql`create table notes (text text)`;
    await sql`insert into notes select repeat('x', 1000) from generate_series(1, 80000)`;
    const sinceCheckpoint = async () => {
      const [{ bytes }] = await sql`
        select (pg_current_wal_insert_lsn() - redo_lsn)::int as bytes
        from pg_control_checkpoint()`;
      return bytes;
    };
    assertGreaterOrEqual(await sinceCheckpoint(), 64 * 1024 * 1024);
    backend.engine.nextCheckpointMs = 0;
    await sql`select 1`;
    assertEquals(await sinceCheckpoint() < 1024 * 1024, true);
    await close();
  }));
