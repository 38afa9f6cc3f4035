import { join } from "node:path";
import { EdgeCronError } from "../errors.ts";

/** The program that has a data directory open. */
export interface DataDirOwner {
  /** Null in the moment before it has written it. */
  pid: number | null;
  /** Where it answers HTTP, such as `http://127.0.0.1:8000`; null before it does. */
  address: string | null;
}

/** Another program has the data directory open. */
export class DataDirInUseError extends EdgeCronError {
  readonly code = "data_dir_in_use";

  constructor(readonly dataDir: string, readonly owner: DataDirOwner) {
    const pid = owner.pid === null ? "" : ` (process ${owner.pid})`;
    const address = owner.address === null ? "" : `, which answers at ${owner.address}`;
    super(`The data directory ${dataDir} is in use by another program${pid}${address}`, {
      data_dir: dataDir,
      pid: owner.pid,
      address: owner.address,
    });
  }
}

/** A data directory that this process alone may open; the end of the process gives it back, too. */
export interface DataDirLock {
  /** Tells others where this program answers HTTP. */
  announce(address: string): void;
  release(): void;
}

/** Others hold the lock for a moment to see whether it is free, and a program takes a while to end. */
const RETRY_MS = 50;
const RETRIES = 20;

/**
 * Locks `dataDir`, which is created where it is missing.
 *
 * Throws `DataDirInUseError` when another program still has it after a second.
 */
export async function acquireDataDirLock(dataDir: string): Promise<DataDirLock> {
  await Deno.mkdir(dataDir, { recursive: true });
  const file = await Deno.open(lockPath(dataDir), { read: true, write: true, create: true });
  for (let left = RETRIES; !await file.tryLock(true); left--) {
    if (left === 0) {
      const owner = readOwner(file);
      file.close();
      throw new DataDirInUseError(dataDir, owner);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  writeOwner(file, { pid: Deno.pid, address: null });
  return {
    announce: (address) => writeOwner(file, { pid: Deno.pid, address }),
    release: () => {
      file.truncateSync();
      file.close();
    },
  };
}

/** Who has `dataDir` open; null when nobody has. Changes nothing. */
export async function readDataDirOwner(dataDir: string): Promise<DataDirOwner | null> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(lockPath(dataDir), { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    return await file.tryLock(false) ? null : readOwner(file);
  } finally {
    file.close();
  }
}

function lockPath(dataDir: string): string {
  return join(dataDir, "lock");
}

function writeOwner(file: Deno.FsFile, owner: DataDirOwner): void {
  const bytes = new TextEncoder().encode(JSON.stringify(owner) + "\n");
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(bytes);
  file.truncateSync(bytes.length);
}

function readOwner(file: Deno.FsFile): DataDirOwner {
  const bytes = new Uint8Array(1_000);
  file.seekSync(0, Deno.SeekMode.Start);
  const length = file.readSync(bytes) ?? 0;
  try {
    const { pid, address } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
    return { pid: Number(pid) || null, address: typeof address === "string" ? address : null };
  } catch {
    return { pid: null, address: null };
  }
}
