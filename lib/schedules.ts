/** Schedules as data: what a person makes, changes, pauses and deletes at run time. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Json, Sql } from "./db/sql.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "./errors.ts";
import type { AnyJob, Coalesce, Overlap } from "./job.ts";
import { parseParams } from "./params.ts";
import type { ScheduleSpec } from "./schedule.ts";
import {
  columnsOf,
  pickSchedule,
  type ScheduleColumns,
  scheduleOf,
  type ScheduleRow,
} from "./schedule_row.ts";
import {
  changeRow,
  insertApiRow,
  markDeleted,
  pauseRows,
  readNow,
  readRow,
  resumeRows,
} from "./schedule_store.ts";
import { moveTo } from "./reschedule.ts";

interface ScheduleDeps {
  sql: Sql;
  clock: Clock;
  config: Config;
  jobs: ReadonlyMap<string, AnyJob>;
}

/** What a person may say of a row; what is absent keeps its value, or the job's at creation. */
export interface ScheduleInput {
  botId?: string;
  enabled?: boolean;
  spec?: ScheduleSpec;
  /** The row's own parameters, checked by the job's schema. */
  params?: Record<string, unknown>;
  graceSeconds?: number | null;
  coalesce?: Coalesce;
  overlap?: Overlap;
  limit?: number | null;
  jitterSeconds?: number;
}

/** Tries for a row that dispatch moves at the same time. */
const EDIT_TRIES = 5;

/**
 * Makes a row of a job; its first slot lies after now.
 *
 * Throws `NotFoundError`, `InvalidInputError`, `ScheduleError` for what never fires, or `ConflictError` when the id is taken.
 */
export async function createSchedule(
  deps: ScheduleDeps,
  jobType: string,
  input: ScheduleInput & { spec: ScheduleSpec; id?: string },
): Promise<ScheduleRow> {
  const job = deps.jobs.get(jobType);
  if (!job) throw new NotFoundError(`There is no job "${jobType}"`);
  const { policies } = job;
  const columns = columnsOf(input.spec, deps.config.defaultTimeZone);
  const now = await readNow(deps.sql, deps.clock);
  const nextRunAt = firstSlot(columns, now);
  const row = await insertApiRow(deps.sql, {
    id: input.id ?? crypto.randomUUID(),
    job_type: jobType,
    bot_id: input.botId ?? "*",
    enabled: input.enabled ?? true,
    ...columns,
    anchor_at: now,
    next_run_at: nextRunAt,
    planned_at: nextRunAt,
    config_json: checkedParams(job, input.params ?? {}),
    ...agreeingPolicies({
      grace_seconds: input.graceSeconds === undefined ? policies.graceSeconds : input.graceSeconds,
      coalesce: input.coalesce ?? policies.coalesce,
      overlap: input.overlap ?? policies.overlap,
      max_running: input.limit === undefined ? policies.limit : input.limit,
      jitter_seconds: input.jitterSeconds ?? policies.jitterSeconds,
    }),
    disabled_at: input.enabled === false ? now : null,
  });
  if (!row) throw new ConflictError(`There is a schedule "${input.id}" already`, { id: input.id });
  return row;
}

/**
 * Changes a row; a new schedule takes effect at once, and slots that were due under the old one are told as a gap.
 *
 * Throws as `createSchedule` does.
 */
export async function editSchedule(
  deps: ScheduleDeps,
  id: string,
  input: ScheduleInput,
): Promise<ScheduleRow> {
  for (let tried = 1; tried <= EDIT_TRIES; tried++) {
    const row = await liveRow(deps, id);
    const now = await readNow(deps.sql, deps.clock);
    const job = deps.jobs.get(row.job_type);
    const policies = agreeingPolicies({
      grace_seconds: input.graceSeconds === undefined ? row.grace_seconds : input.graceSeconds,
      coalesce: input.coalesce ?? row.coalesce,
      overlap: input.overlap ?? row.overlap,
      max_running: input.limit === undefined ? row.max_running : input.limit,
      jitter_seconds: input.jitterSeconds ?? row.jitter_seconds,
    });
    const params = input.params && job ? checkedParams(job, input.params) : row.config_json;
    const done = await changeRow(deps.sql, deps.clock, row, {
      columns: {
        ...policies,
        bot_id: input.botId ?? row.bot_id,
        ...enabledColumns(row, input.enabled, now),
      },
      params,
      ...whenItFires(row, input.spec, deps.config.defaultTimeZone, now),
    });
    if (done) return await liveRow(deps, id);
  }
  throw new ConflictError(`Schedule "${id}" is being changed by others: try again`, { id });
}

/** Deletes a row; its history stays. Code rows cannot be deleted: `ConflictError`. */
export async function deleteSchedule(deps: ScheduleDeps, id: string): Promise<void> {
  const row = await liveRow(deps, id);
  if (row.source === "code") {
    throw new ConflictError(
      `Schedule "${id}" comes from the code: disable it, or take the job out of the code`,
      { id },
    );
  }
  await markDeleted(deps.sql, deps.clock, id);
}

/** Which rows a pause is for: one, or all of a job. */
export type PauseScope = { id: string } | { jobType: string };

/** Holds rows back until an instant or without end; one that is paused already keeps its beginning. */
export async function pauseSchedules(
  deps: ScheduleDeps,
  scope: PauseScope,
  { until, reason, by }: { until: Date | null; reason: string | null; by: string },
): Promise<ScheduleRow[]> {
  if (until && until <= await readNow(deps.sql, deps.clock)) {
    throw new InvalidInputError("until lies in the past", { until: ["must lie in the future"] });
  }
  return found(scope, await pauseRows(deps.sql, deps.clock, scope, { until, reason, by }));
}

/** Ends the pause of rows; the next pass tells its slots as a gap. */
export async function resumeSchedules(
  deps: ScheduleDeps,
  scope: PauseScope,
): Promise<ScheduleRow[]> {
  return found(scope, await resumeRows(deps.sql, deps.clock, scope));
}

function found(scope: PauseScope, rows: ScheduleRow[]): ScheduleRow[] {
  if (rows.length > 0) return rows;
  throw new NotFoundError(
    "id" in scope ? `There is no schedule "${scope.id}"` : `There is no job "${scope.jobType}"`,
  );
}

async function liveRow({ sql }: ScheduleDeps, id: string): Promise<ScheduleRow> {
  const row = await readRow(sql, id);
  if (!row || row.deleted_at) throw new NotFoundError(`There is no schedule "${id}"`);
  return row;
}

function firstSlot(columns: ScheduleColumns, now: Date): Date {
  const slot = scheduleOf(columns).nextAfter(now, now);
  if (slot) return slot;
  throw new InvalidInputError("The schedule has no slot in the future", {
    schedule: ["must have a slot in the future"],
  });
}

function whenItFires(
  row: ScheduleRow,
  spec: ScheduleSpec | undefined,
  defaultTimeZone: string,
  now: Date,
) {
  if (!spec) {
    const { anchor_at, next_run_at, planned_at } = row;
    return { schedule: pickSchedule(row), anchor_at, next_run_at, planned_at, gap: null };
  }
  const schedule = columnsOf(spec, defaultTimeZone);
  firstSlot(schedule, now);
  return { schedule, ...moveTo(row, schedule, now, "rescheduled") };
}

/** When a row stopped and began again, so that the slots in between are told as a gap. */
function enabledColumns(row: ScheduleRow, enabled: boolean | undefined, now: Date) {
  if (enabled === undefined || enabled === row.enabled) return {};
  return enabled ? { enabled, enabled_at: now } : {
    enabled,
    // Enabled and disabled again before a pass came by: it is one stretch.
    disabled_at: row.enabled_at === null ? now : row.disabled_at,
    enabled_at: null,
  };
}

/** What the job's schema makes of a row's parameters is checked here; what is kept is as written. */
function checkedParams(job: AnyJob, params: Record<string, unknown>): Json {
  parseParams(job, params);
  return params as Json;
}

function agreeingPolicies<P extends { coalesce: Coalesce; overlap: Overlap }>(policies: P): P {
  if (policies.coalesce === "all" && policies.overlap === "skip") {
    throw new InvalidInputError("coalesce and overlap contradict each other", {
      coalesce: ['"all" needs overlap "queue": of several late slots all but one would be skipped'],
    });
  }
  return policies;
}
