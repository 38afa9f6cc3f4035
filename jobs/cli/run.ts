/** `deno task run JOB`: one run from the terminal, here or through the program that has the database. */
import { parseArgs } from "node:util";
import { type CommandDeps, runCommand, UsageError } from "../../lib/cli/command.ts";
import { followRun, type ToldRun } from "../../lib/cli/follow_run.ts";
import { callProgram } from "../../lib/cli/program_client.ts";
import { withEngine } from "../../lib/cli/with_engine.ts";
import { readDataDirOwner } from "../../lib/db/data_dir_lock.ts";
import type { RunRequest } from "../../lib/engine_api.ts";
import { instantField } from "../../lib/instant.ts";
import { jobs } from "../mod.ts";

const USAGE = `deno task run JOB [--params JSON] [--dry-run] [--as-of INSTANT]
Jobs: ${jobs.map(({ id }) => id).join(", ")}`;

const HOUR_MS = 3_600_000;

await runCommand(USAGE, async (deps) => {
  const { jobId, request } = readArguments();
  const owner = deps.config.databaseUrl ? null : await readDataDirOwner(deps.config.dataDir);
  const run = owner?.address
    ? await runThroughProgram(deps, owner.address, jobId, request)
    : await runHere(deps, jobId, request);
  console.log(JSON.stringify(run.result_json ?? null, null, 2));
  deps.log.info(`${jobId}: ${run.status}`, {
    run: run.id,
    duration_ms: run.duration_ms ?? undefined,
    error: run.error_message ?? undefined,
  });
  return run.status === "success" ? 0 : 1;
});

function readArguments(): { jobId: string; request: RunRequest } {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      params: { type: "string" },
      "dry-run": { type: "boolean" },
      "as-of": { type: "string" },
    },
  });
  if (positionals.length !== 1) throw new UsageError("Name one job");
  return {
    jobId: positionals[0],
    request: {
      params: readJson(values.params),
      dryRun: values["dry-run"] ?? false,
      asOf: readInstant(values["as-of"]),
      triggeredBy: "cli",
    },
  };
}

async function runHere(deps: CommandDeps, jobId: string, request: RunRequest): Promise<ToldRun> {
  return await withEngine(deps, jobs, async (engine) => {
    const { id } = await engine.requestRun(jobId, request);
    return await engine.waitForRun(id, 24 * HOUR_MS);
  });
}

async function runThroughProgram(
  deps: CommandDeps,
  address: string,
  job: string,
  { params, dryRun, asOf }: RunRequest,
): Promise<ToldRun> {
  deps.log.info(`The program at ${address} has the database: it runs the job`);
  const path = `/jobs/${encodeURIComponent(job)}/run`;
  const response = await callProgram(deps.config, address, path, {
    method: "POST",
    body: { params, dry_run: dryRun, as_of: asOf?.toISOString() },
  });
  const { run: { id } } = await response.json() as { run: ToldRun };
  return await followRun(deps, address, { id, job });
}

function readJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`Cannot read --params as it is not JSON: ${text}`);
  }
}

function readInstant(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const instant = instantField().safeParse(text);
  if (instant.success) return instant.data;
  throw new UsageError(`--as-of ${instant.error.issues[0].message}: ${text}`);
}
