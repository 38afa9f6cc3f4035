/** `deno task import-matches DIR`: processed matches into the database, here or through the program that has it. */
import { parseArgs } from "node:util";
import { type CommandDeps, runCommand, UsageError } from "../../lib/cli/command.ts";
import { callProgram } from "../../lib/cli/program_client.ts";
import { ProgressBar } from "../../lib/cli/progress_bar.ts";
import { withEngine } from "../../lib/cli/with_engine.ts";
import { readDataDirOwner } from "../../lib/db/data_dir_lock.ts";
import {
  importDirectory,
  type ImportOptions,
  type ImportResult,
} from "../matches/import_directory.ts";
import { type ImportedCounts, importMatches } from "../matches/matches_store.ts";
import { jobs } from "../mod.ts";

const USAGE = `deno task import-matches DIR
DIR holds processed matches as .json, .ndjson or .jsonl files: one match, an array, or one a line`;

await runCommand(USAGE, async (deps) => {
  const { positionals } = parseArgs({ args: Deno.args, allowPositionals: true });
  if (positionals.length !== 1) throw new UsageError("Name one directory");
  const [directory] = positionals;
  await checkDirectory(directory);
  const bar = new ProgressBar();
  const owner = deps.config.databaseUrl ? null : await readDataDirOwner(deps.config.dataDir);
  const importFrom = (importBatch: ImportOptions["importBatch"]) =>
    importDirectory(directory, {
      importBatch,
      onProgress: (done, total) => bar.show("kB", toKilobytes(done), toKilobytes(total)),
      onBadFile: (path, problem) => {
        bar.end();
        deps.log.warn(`Skipped in ${path}: ${problem}`);
      },
    });
  const result = owner?.address
    ? await importFrom(throughProgram(deps, owner.address))
    : await withEngine(deps, jobs, ({ sql }) => importFrom((batch) => importMatches(sql, batch)));
  bar.end();
  return tell(deps, directory, result);
});

async function checkDirectory(directory: string): Promise<void> {
  try {
    if ((await Deno.stat(directory)).isDirectory) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new UsageError(`Cannot read ${directory}: run with --allow-read=${directory}`);
    }
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new UsageError(`Cannot import from ${directory}: it is not a directory`);
}

function throughProgram(
  { config, log }: CommandDeps,
  address: string,
): ImportOptions["importBatch"] {
  log.info(`The program at ${address} has the database: it takes the matches in`);
  return async (matches) => {
    const request = { method: "POST", body: { matches } };
    const response = await callProgram(config, address, "/matches/import", request);
    return await response.json() as ImportedCounts;
  };
}

/** Something that was skipped is told and no failure; that there was nothing to take in is one. */
function tell({ log }: CommandDeps, directory: string, result: ImportResult): number {
  const { files, badFiles, problems, ...counts } = result;
  const taken = counts.added + counts.corrected + counts.unchanged;
  log.info(`Imported ${taken} matches from ${files} files of ${directory}`, {
    ...counts,
    skipped: problems,
    bad_files: badFiles,
  });
  return taken > 0 ? 0 : 1;
}

function toKilobytes(bytes: number): number {
  return Math.ceil(bytes / 1_000);
}
