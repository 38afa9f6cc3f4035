/**
 * The only importer of PGlite. Reached through a computed URL (`embedded.ts`), so that a program
 * with DATABASE_URL neither loads nor deploys it.
 */
import { PGlite } from "@electric-sql/pglite";
import type { Engine } from "./embedded_backend.ts";

/** Opens the database in `directory`, or a new one in memory when that is null. */
export function openPglite(directory: string | null, snapshot?: Blob): Promise<Engine> {
  return PGlite.create({
    dataDir: directory ?? "memory://",
    loadDataDir: snapshot,
  });
}

/** The files of a new database as a tar archive, for `openPglite` to start from. */
export async function createSnapshot(
  prepare: (engine: Engine) => Promise<void>,
): Promise<Uint8Array> {
  const database = await PGlite.create("memory://");
  try {
    await prepare(database);
    const archive = await database.dumpDataDir("none");
    return new Uint8Array(await archive.arrayBuffer());
  } finally {
    await database.close();
  }
}
