/** `deno task sample`: a believable history, here or through the program that has the database. */
import { parseArgs } from "node:util";
import { runCommand, wholeNumber } from "../../lib/cli/command.ts";
import { linesOf } from "../../lib/cli/lines.ts";
import { callProgram } from "../../lib/cli/program_client.ts";
import { ProgressBar } from "../../lib/cli/progress_bar.ts";
import { withEngine } from "../../lib/cli/with_engine.ts";
import { readDataDirOwner } from "../../lib/db/data_dir_lock.ts";
import { jobs } from "../mod.ts";
import type { SampleProgress } from "../sample_loader.ts";
import { loadSample, type SampleCounts, type SampleOptions, tellLoaded } from "../samples.ts";

await runCommand("deno task sample [--users N] [--weeks N]", async (deps) => {
  const { values } = parseArgs({
    args: Deno.args,
    options: { users: { type: "string" }, weeks: { type: "string" } },
  });
  const options = {
    users: wholeNumber("users", values.users),
    weeks: wholeNumber("weeks", values.weeks),
  };
  const bar = new ProgressBar();
  const show = ({ what, done, total }: SampleProgress) => bar.show(what, done, total);
  const { config, log } = deps;
  const owner = config.databaseUrl ? null : await readDataDirOwner(config.dataDir);
  const result = owner?.address
    ? await loadThroughProgram(
      await callProgram(config, owner.address, "/sample", {
        method: "POST",
        body: options satisfies SampleOptions,
      }),
      show,
    )
    : await withEngine(deps, jobs, (engine) => loadSample(engine, options, show));
  bar.end();
  tellLoaded(log, result);
  return 0;
});

/** Reads the program's answer, a JSON a line, to its last line. */
async function loadThroughProgram(
  response: Response,
  show: (progress: SampleProgress) => void,
): Promise<SampleCounts> {
  for await (const line of linesOf(response)) {
    const message = JSON.parse(line);
    if (message.progress) show(message.progress);
    if (message.error) throw new Error(message.error);
    if (message.result) return message.result;
  }
  throw new Error("The program ended before the sample was loaded");
}
