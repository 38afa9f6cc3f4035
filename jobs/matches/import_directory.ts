import { findMatchFiles, readMatchFile } from "./match_files.ts";
import { type MatchRecord, MAX_MATCHES_PER_BATCH } from "./match_record.ts";
import type { ImportedCounts } from "./matches_store.ts";

/** What came of a directory; `problems` counts what was passed over, `badFiles` the files it was in. */
export type ImportResult = ImportedCounts & { files: number; badFiles: number; problems: number };

export interface ImportOptions {
  /** Takes some matches in; called with one batch after the other. */
  importBatch(matches: MatchRecord[]): Promise<ImportedCounts>;
  /** Told of each piece of a file that was read, in bytes. */
  onProgress(done: number, total: number): void;
  /** Told once of each file in which something was passed over, in a sentence. */
  onBadFile(path: string, problem: string): void;
}

/**
 * Imports every match in the files of a directory; what is no match is told and passed over.
 *
 * Throws what `findMatchFiles` and `importBatch` throw.
 */
export async function importDirectory(
  directory: string,
  { importBatch, onProgress, onBadFile }: ImportOptions,
): Promise<ImportResult> {
  const files = await findMatchFiles(directory);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const result = {
    files: files.length,
    badFiles: 0,
    problems: 0,
    added: 0,
    corrected: 0,
    unchanged: 0,
  };
  let batch: MatchRecord[] = [];

  async function flush(): Promise<void> {
    if (batch.length === 0) return;
    const counts = await importBatch(batch);
    result.added += counts.added;
    result.corrected += counts.corrected;
    result.unchanged += counts.unchanged;
    batch = [];
  }

  let done = 0;
  const tellProgress = (bytes: number) => onProgress(done += bytes, total);

  for (const { path } of files) {
    let problems = 0;
    let first: string | null = null;
    for await (const found of readMatchFile(path, tellProgress)) {
      if ("match" in found) {
        batch.push(found.match);
        if (batch.length === MAX_MATCHES_PER_BATCH) await flush();
      } else {
        problems++;
        first ??= found.problem;
      }
    }
    if (first === null) continue;
    result.badFiles++;
    result.problems += problems;
    onBadFile(path, problems === 1 ? first : `${first} (and ${problems - 1} more)`);
  }
  await flush();
  return result;
}
