import { listLogs, readRunStatus } from "../lib/run_detail_store.ts";
import { isSettled } from "../lib/run.ts";
import type { AppDeps } from "./deps.ts";

/** How often new lines are looked for while a run goes on. */
const POLL_MS = 500;

/** Lines that one look takes at most. */
const BATCH = 500;

/** Polls without a line after which a comment shows that the stream lives. */
const QUIET_POLLS = 30;

/**
 * A run's log as server-sent events, from after a `seq` to the run's end.
 *
 * It reads again and again instead of listening: LISTEN does not pass a transaction pooler. When the
 * database goes away the stream breaks off, and the reader comes back with `Last-Event-ID`.
 */
export function followLogs(deps: AppDeps, runId: string, afterSeq: number): Response {
  const left = new AbortController();
  const ended = AbortSignal.any([left.signal, ...(deps.stopping ? [deps.stopping] : [])]);
  const events = logEvents(deps, runId, afterSeq, ended);
  const encoder = new TextEncoder();
  const stream = new ReadableStream({
    async pull(controller) {
      const { value, done } = await events.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => left.abort(),
  });
  return new Response(stream, {
    headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" },
  });
}

async function* logEvents(
  { engine: { sql } }: AppDeps,
  runId: string,
  afterSeq: number,
  ended: AbortSignal,
): AsyncGenerator<string> {
  let seq = afterSeq;
  let quietPolls = 0;
  while (!ended.aborted) {
    // The state first: what is settled before its lines are read writes no more of them.
    const run = await readRunStatus(sql, runId);
    if (!run) return;
    const lines = await listLogs(sql, runId, seq, BATCH);
    for (const line of lines) {
      seq = line.seq;
      yield event("log", line, line.seq);
    }
    if (lines.length === BATCH) continue;
    if (isSettled(run)) return yield event("end", run);
    quietPolls = lines.length > 0 ? 0 : quietPolls + 1;
    if (quietPolls % QUIET_POLLS === QUIET_POLLS - 1) yield ": quiet\n\n";
    await sleep(POLL_MS, ended);
  }
}

function event(name: string, data: unknown, id?: number): string {
  return `event: ${name}\n${id === undefined ? "" : `id: ${id}\n`}data: ${
    JSON.stringify(data)
  }\n\n`;
}

/** Resolves after a while, or at once when the signal aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake);
  });
}
