import type { Attempt } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Json, Sql } from "./db/sql.ts";
import { forEachItem } from "./for_each.ts";
import type { JobContext } from "./job.ts";
import { toStorableJson } from "./storable.ts";

/** What the handler of an attempt is given; see `JobContext` for each part. */
export function createContext(
  deps: { handlers: Sql; clock: Clock; config: Config },
  attempt: Attempt,
  params: unknown,
): JobContext {
  const { run } = attempt;
  return {
    runId: run.id,
    attempt: run.attempt,
    jobId: run.job_id,
    botId: run.bot_id,
    params,
    asOf: run.scheduled_for ?? run.as_of!,
    dryRun: run.dry_run,
    signal: attempt.signal,
    config: deps.config,
    log: attempt.log,
    sql: deps.handlers,
    lastCheckpoint: attempt.checkpoint.value,
    progress: (done, total = null) => attempt.noteProgress({ progress: { done, total } }),
    checkpoint: (value) => handled(keepCheckpoint(attempt, value)),
    transaction: (work) => handled(attempt.transaction(work)),
    fetch: (input, init) => handled(sendOrWithhold(attempt, input, init)),
    forEach: (source, handler, options) =>
      handled(
        forEachItem(
          { sql: deps.handlers, clock: deps.clock },
          attempt,
          source,
          handler,
          options ?? {},
        ),
      ),
  };
}

/** A rejection reaches the handler that waits for it; where none waits, it must not end the program. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function keepCheckpoint(attempt: Attempt, value: Json): Promise<void> {
  // A dry run's work is undone, so its next attempt begins at the beginning.
  if (attempt.run.dry_run) return;
  const checkpoint = { ...attempt.checkpoint, value: toStorableJson(value) };
  await attempt.note({ checkpoint });
}

async function sendOrWithhold(
  attempt: Attempt,
  input: string | URL,
  { readOnly, ...init }: RequestInit & { readOnly?: boolean } = {},
): Promise<Response> {
  if (attempt.inTransaction) {
    throw new TypeError("Cannot fetch inside a transaction: it would be held open over the call");
  }
  const method = (init.method ?? "GET").toUpperCase();
  const changesNothing = readOnly ?? (method === "GET" || method === "HEAD");
  if (attempt.run.dry_run && !changesNothing) {
    const { origin, pathname } = new URL(input);
    attempt.withheldCalls.push({ method, url: origin + pathname });
    return new Response(null, { status: 204 });
  }
  const signals = [attempt.signal, init.signal].filter((signal) => signal != null);
  return await fetch(input, { ...init, signal: AbortSignal.any(signals) });
}
