import { z } from "zod";
import { type MatchRecord, matchSchema } from "./match_record.ts";
import { splitObjects } from "./split_objects.ts";

/** What a file gives: its matches one by one, and a sentence for each thing in it that is none. */
export type FoundInFile = { match: MatchRecord } | { problem: string };

const EXTENSION = /\.(json|ndjson|jsonl)$/;

/** A file that may hold matches. */
export interface MatchFile {
  path: string;
  bytes: number;
}

/**
 * The files directly in a directory that may hold matches (`.json`, `.ndjson`, `.jsonl`), by name.
 *
 * Throws `Deno.errors.NotFound`, `NotADirectory` or `NotCapable`.
 */
export async function findMatchFiles(directory: string): Promise<MatchFile[]> {
  const files = [];
  for await (const { name, isFile, isSymlink } of Deno.readDir(directory)) {
    if (!EXTENSION.test(name) || !(isFile || isSymlink)) continue;
    const path = `${directory.replace(/\/+$/, "")}/${name}`;
    const target = await statOrNull(path);
    // A link to nothing is a file that cannot be read: it is named when its turn comes.
    if (target === null) files.push({ path, bytes: 0 });
    else if (target.isFile) files.push({ path, bytes: target.size });
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) {
      return null;
    }
    throw error;
  }
}

/**
 * Reads a file of one match, of an array of matches, or of one match a line, holding one at a time.
 *
 * What is not a match is told and passed over; a file that cannot be read on ends with its problem.
 * `onRead` is told of the bytes of each piece that was read.
 */
export async function* readMatchFile(
  path: string,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<FoundInFile> {
  const schema = matchSchema();
  let place = 0;
  try {
    const file = await Deno.open(path);
    for await (const text of splitObjects(decode(file.readable, onRead))) {
      place++;
      yield readMatch(text, schema, place);
    }
    if (place === 0) yield { problem: "holds no match" };
  } catch (error) {
    const after = place === 0 ? "" : ` after ${place} matches`;
    yield { problem: `cannot be read on${after}: ${(error as Error).message}` };
  }
}

function readMatch(text: string, schema: z.ZodType<MatchRecord>, place: number): FoundInFile {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return { match: parsed.data };
    const issues = parsed.error.issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join(".")}: ${message}` : message
    );
    return { problem: `match ${place}: ${issues.join("; ")}` };
  } catch (error) {
    return { problem: `match ${place} is not JSON: ${(error as Error).message}` };
  }
}

async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    onRead(chunk.byteLength);
    yield decoder.decode(chunk, { stream: true });
  }
}
