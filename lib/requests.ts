/** Runs that a person, a script or a test asks for. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Json, Sql } from "./db/sql.ts";
import type { RunRequest } from "./engine_api.ts";
import { ConflictError, InvalidInputError, NotConfiguredError, NotFoundError } from "./errors.ts";
import { findJob } from "./find_job.ts";
import type { AnyJob } from "./job.ts";
import { missingSettings, sayNotSet } from "./missing_settings.ts";
import { parseParams } from "./params.ts";
import {
  findActiveRun,
  findByIdempotencyKey,
  insertManualRun,
  type ManualRun,
} from "./request_store.ts";
import { isSettled, type RunRow } from "./run.ts";
import { readRun } from "./run_store.ts";
import { findRowFor, readNow, readRow } from "./schedule_store.ts";
import type { ScheduleRow } from "./schedule_row.ts";
import { toStorableJson } from "./storable.ts";

interface RequestDeps {
  sql: Sql;
  clock: Clock;
  config: Config;
  jobs: ReadonlyMap<string, AnyJob>;
}

/** Inserts a manual run, or returns the one that the same idempotent request inserted before; see `Engine.requestRun`. */
export async function insertRequestedRun(
  deps: RequestDeps,
  jobType: string,
  request: RunRequest,
): Promise<RunRow> {
  const job = findJob(deps, jobType);
  refuseUnconfigured(job, deps.config);
  if (request.dryRun && !job.dryRun) {
    throw new InvalidInputError(`Job "${job.id}" has no dry run`, {
      dry_run: ["is not allowed for this job"],
    });
  }
  const row = await rowOf(deps, jobType, request.botId ?? null);
  await refuseFuture(deps, request.asOf);
  return await insertOrExplain(deps, row, {
    trigger: "manual",
    botId: request.botId ?? row.bot_id,
    params: checkedParams(job, row, request.params),
    dryRun: request.dryRun ?? false,
    asOf: request.asOf ?? null,
    retryOf: null,
    failedItemsOnly: false,
    triggeredBy: request.triggeredBy,
    idempotency: request.idempotencyKey === undefined ? null : {
      key: request.idempotencyKey,
      fingerprint: await fingerprintOf(jobType, request),
    },
  });
}

/** Inserts a new run with the parameters and the instant of a settled one; see `Engine.retryRun`. */
export async function insertRetry(
  deps: RequestDeps,
  runId: string,
  { triggeredBy, failedItemsOnly = false }: { triggeredBy: string; failedItemsOnly?: boolean },
): Promise<RunRow> {
  const run = await readRun(deps.sql, runId);
  if (!run) throw new NotFoundError(`There is no run ${runId}`);
  if (!isSettled(run)) {
    throw new ConflictError(`Run ${runId} is ${run.status}: only a settled run can be retried`, {
      run_id: runId,
    });
  }
  if (failedItemsOnly && !run.items_failed) {
    throw new ConflictError(`Run ${runId} has no failed items`, { run_id: runId });
  }
  const job = findJob(deps, run.job_type);
  refuseUnconfigured(job, deps.config);
  const ownRow = await readRow(deps.sql, run.job_id);
  const row = ownRow && !ownRow.deleted_at ? ownRow : await rowOf(deps, run.job_type, run.bot_id);
  parseParams(job, run.params);
  return await insertOrExplain(deps, row, {
    trigger: "retry",
    botId: run.bot_id,
    params: run.params,
    dryRun: run.dry_run,
    asOf: run.scheduled_for ?? run.as_of,
    retryOf: run.id,
    failedItemsOnly,
    triggeredBy,
    idempotency: null,
  });
}

/**
 * The row's parameters with the requested ones over them, which the job's schema must take.
 *
 * They are parsed again when the run is performed. So the defaults are filled in, for the run to show them, but what
 * the schema makes of them is kept only if it takes that as well.
 */
function checkedParams(job: AnyJob, row: ScheduleRow, requested: unknown = {}): Json {
  if (requested === null || typeof requested !== "object" || Array.isArray(requested)) {
    throw new InvalidInputError("The parameters must be an object", {
      params: ["must be an object"],
    });
  }
  const asked = toStorableJson({ ...row.config_json as object, ...requested });
  const filledIn = toStorableJson(parseParams(job, asked));
  const again = job.params.safeParse(filledIn);
  return again.success && isDeepStrictEqual(toStorableJson(again.data), filledIn)
    ? filledIn
    : asked;
}

async function insertOrExplain(
  deps: RequestDeps,
  row: ScheduleRow,
  run: ManualRun,
): Promise<RunRow> {
  const inserted = await insertManualRun(deps.sql, deps.clock, row, run);
  if (inserted) return inserted;
  if (run.idempotency) {
    const earlier = await findByIdempotencyKey(deps.sql, row.job_type, run.idempotency.key);
    if (earlier?.idempotency_fingerprint === run.idempotency.fingerprint) return earlier;
    if (earlier) {
      throw new ConflictError("This Idempotency-Key was used for a different request", {
        run_id: earlier.id,
      });
    }
  }
  const active = await findActiveRun(deps.sql, row.id);
  // It may have ended between the two statements: then the way is free.
  if (!active) return await insertOrExplain(deps, row, run);
  throw new ConflictError(`Run ${active.id} of "${row.id}" is ${active.status}`, {
    run_id: active.id,
    status: active.status,
  });
}

async function rowOf(
  deps: RequestDeps,
  jobType: string,
  botId: string | null,
): Promise<ScheduleRow> {
  const row = await findRowFor(deps.sql, jobType, botId);
  if (!row) throw new NotFoundError(`Job "${jobType}" has no schedule in this database yet`);
  return row;
}

/** Throws `NotConfiguredError` that names every variable a job lacks. */
export function refuseUnconfigured(job: AnyJob, config: Config): void {
  const missing = missingSettings(job, config);
  if (missing.length === 0) return;
  throw new NotConfiguredError(`Job "${job.id}" cannot run: ${sayNotSet(missing)}`, {
    variable: missing[0],
    variables: missing,
  });
}

async function refuseFuture(deps: RequestDeps, asOf: Date | undefined): Promise<void> {
  if (!asOf) return;
  const now = await readNow(deps.sql, deps.clock);
  if (asOf <= now) return;
  throw new InvalidInputError("as_of lies in the future", {
    as_of: [`must not be in the future: it is ${now.toISOString()} now`],
  });
}

/** What makes two requests the same: everything in them but who asked. */
async function fingerprintOf(jobType: string, request: RunRequest): Promise<string> {
  const { params = {}, botId = null, dryRun = false, asOf = null } = request;
  const text = JSON.stringify([jobType, sortKeys(params), botId, dryRun, asOf]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
