import type { PGlite } from "@electric-sql/pglite";
import type { BackendBounds } from "../../lib/db/embedded_backend.ts";
import { type EmbeddedDatabase, openEmbedded } from "../../lib/db/embedded.ts";
import type { DatabaseSource } from "./database_source.ts";
import { install, putBack } from "./put_back.ts";

/** One for all tests of a process: a new one takes seconds, putting it back milliseconds. */
let shared: EmbeddedDatabase | undefined;

/** The embedded database, as it is after the migrations. */
export async function openTestEmbedded(): Promise<DatabaseSource> {
  shared ??= await openMigratedEmbedded();
  const { connect } = shared;
  return { url: null, connect, dispose: () => clean(shared!) };
}

/** The files of such a database as a tar archive, which `TEST_EMBEDDED_SNAPSHOT` may name. */
export async function createEmbeddedSnapshot(): Promise<Uint8Array> {
  const database = await openEmbedded({ dataDir: "memory" });
  try {
    await install(database.sql);
    await database.sql`checkpoint`;
    const pglite = database.backend.engine.pglite as PGlite;
    return new Uint8Array(await (await pglite.dumpDataDir("none")).arrayBuffer());
  } finally {
    await database.close();
  }
}

/** A migrated database in memory, of the caller's own. */
export async function openMigratedEmbedded(
  bounds: Partial<BackendBounds> = {},
): Promise<EmbeddedDatabase> {
  const path = Deno.env.get("TEST_EMBEDDED_SNAPSHOT");
  const snapshot = path ? new Blob([await Deno.readFile(path)]) : undefined;
  const database = await openEmbedded({ dataDir: "memory", snapshot, ...bounds });
  if (!snapshot) await install(database.sql);
  return database;
}

/** Puts session and tables back; where a test changed the schema, builds all of it anew. */
async function clean({ sql }: EmbeddedDatabase): Promise<void> {
  await sql.unsafe(`
    close all;
    reset all;
    discard temp;
    select pg_advisory_unlock_all();`).simple();
  if (await putBack(sql)) return;
  await sql.unsafe("select test_support.drop_everything()").simple();
  await install(sql);
}
