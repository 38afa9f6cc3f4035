import type { Config } from "../config.ts";
import type { Log, LogFields, LogLevel } from "../log.ts";
import { linesOf } from "./lines.ts";
import { callProgram } from "./program_client.ts";

/** The parts of a run that are told, as the database and the wire both have them. */
export interface ToldRun {
  id: string;
  status: string;
  duration_ms: number | null;
  error_message: string | null;
  result_json?: unknown;
}

/** A line of a run's log, as `/runs/:id/logs` sends it. */
interface ToldLine {
  seq: number;
  level: LogLevel;
  message: string;
  fields: LogFields | null;
}

/** A stream that broke off is taken up again after this long. */
const RETRY_MS = 1_000;

/** Waits for a run of the program at `address` and tells its log lines meanwhile; gives it settled. */
export async function followRun(
  { config, log }: { config: Config; log: Log },
  address: string,
  { id, job }: { id: string; job: string },
): Promise<ToldRun> {
  let seq = 0;
  while (true) {
    const response = await callProgram(config, address, `/runs/${id}/logs`, {
      headers: { "accept": "text/event-stream", "last-event-id": String(seq) },
    });
    for await (const line of readLogEvents(response)) {
      seq = line.seq;
      log[line.level](line.message, { job, ...line.fields });
    }
    const answer = await callProgram(config, address, `/runs/${id}`);
    const { run } = await answer.json() as { run: ToldRun };
    if (run.status !== "pending" && run.status !== "running") return run;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The lines in server-sent events; a 204, which ends them, has none. */
async function* readLogEvents(response: Response): AsyncGenerator<ToldLine> {
  if (response.status === 204) return;
  let event = "";
  for await (const line of linesOf(response)) {
    if (line.startsWith("event: ")) event = line.slice("event: ".length);
    if (line.startsWith("data: ") && event === "log") {
      yield JSON.parse(line.slice("data: ".length));
    }
  }
}
