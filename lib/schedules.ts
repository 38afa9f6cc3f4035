/** Schedules as data: what a person makes, changes, pauses and deletes at run time. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Json, Sql } from "./db/sql.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "./errors.ts";
import { findJob } from "./find_job.ts";
import type { AnyJob, Coalesce, Overlap } from "./job.ts";
import { parseParams } from "./params.ts";
import { closingGaps, isPlannedBySchedule } from "./plan.ts";
import {
  type Contradiction,
  findContradictions,
  type PolicyColumns,
  policyColumnsOf,
} from "./policy_columns.ts";
import { moveTo } from "./reschedule.ts";
import type { ScheduleSpec } from "./schedule.ts";
import {
  columnsOf,
  hasEnded,
  isSameSchedule,
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
  type RowChange,
  type SeenRow,
} from "./schedule_store.ts";
import { listRunsBetween } from "./why_store.ts";

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
  /** The row's own parameters, checked by the job's schema; they take the place of those that it had. */
  params?: Record<string, unknown>;
  graceSeconds?: number | null;
  coalesce?: Coalesce;
  overlap?: Overlap;
  limit?: number | null;
  jitterSeconds?: number;
}

/** What a person may change of a row. */
export interface ScheduleEdit extends ScheduleInput {
  /** When it fires next, by hand; null: now. */
  nextRunAt?: Date | null;
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
  const job = findJob(deps, jobType);
  const { id = crypto.randomUUID(), enabled = true, params = {} } = input;
  const columns = columnsOf(input.spec, deps.config.defaultTimeZone);
  const policies = { ...policyColumnsOf(job.policies), ...policyColumns(input) };
  refuseContradictions(findContradictions(policies));
  const now = await readNow(deps.sql, deps.clock);
  const nextRunAt = firstSlot(columns, now);
  // A job's own row is the code's, even before the first sync has written it.
  const row = deps.jobs.has(id) ? undefined : await insertApiRow(deps.sql, {
    id,
    job_type: jobType,
    bot_id: input.botId ?? "*",
    enabled,
    ...columns,
    anchor_at: now,
    next_run_at: nextRunAt,
    planned_at: nextRunAt,
    config_json: checkedParams(job, params),
    ...policies,
    disabled_at: enabled ? null : now,
  });
  if (!row) {
    throw new ConflictError(`The id "${id}" is taken, perhaps by a deleted schedule`, { id });
  }
  return row;
}

/**
 * Changes a row; a new schedule takes effect at once, and slots that were due under the old one are told as a gap.
 *
 * A one-off that had its slot is switched on by a new schedule or instant. Throws as `createSchedule` does, and
 * `ConflictError` when the slot set by hand has its run.
 */
export async function editSchedule(
  deps: ScheduleDeps,
  id: string,
  edit: ScheduleEdit,
): Promise<ScheduleRow> {
  for (let tried = 1; tried <= EDIT_TRIES; tried++) {
    const row = await readLiveRow(deps, id);
    const change = planEdit(deps, row, edit, await readNow(deps.sql, deps.clock));
    if (edit.nextRunAt) await refuseTakenSlot(deps, id, edit.nextRunAt);
    if (await changeRow(deps.sql, deps.clock, row, change)) return await readLiveRow(deps, id);
  }
  throw beingChanged(id);
}

/** Deletes a row; its history stays, and slots that were still open are told. Code rows cannot be deleted: `ConflictError`. */
export async function deleteSchedule(deps: ScheduleDeps, id: string): Promise<void> {
  for (let tried = 1; tried <= EDIT_TRIES; tried++) {
    const row = await readLiveRow(deps, id);
    if (row.source === "code") {
      throw new ConflictError(
        `Schedule "${id}" comes from the code: disable it, or take the job out of the code`,
        { id },
      );
    }
    const gaps = closingGaps(row, await readNow(deps.sql, deps.clock), "rescheduled");
    if (await markDeleted(deps.sql, deps.clock, row, gaps)) return;
  }
  throw beingChanged(id);
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
    "id" in scope
      ? `There is no schedule "${scope.id}"`
      : `Job "${scope.jobType}" has no schedule in this database`,
  );
}

async function readLiveRow({ sql }: ScheduleDeps, id: string): Promise<SeenRow> {
  const row = await readRow(sql, id);
  if (!row || row.deleted_at) throw new NotFoundError(`There is no schedule "${id}"`);
  return row;
}

function planEdit(deps: ScheduleDeps, row: ScheduleRow, edit: ScheduleEdit, now: Date): RowChange {
  const { spec, nextRunAt, botId, params } = edit;
  const policies = policyColumns(edit);
  // What contradicts itself in the row already keeps nobody from changing something else.
  const found = findContradictions({ ...row, ...policies });
  refuseContradictions(found.filter(({ between }) => between.some((side) => side in policies)));
  return {
    columns: {
      ...policies,
      ...(botId !== undefined && { bot_id: botId }),
      ...enabledColumns(row, edit, now),
    },
    ...(spec && changeOfSchedule(row, spec, deps.config.defaultTimeZone, now)),
    ...(nextRunAt !== undefined && { next_run_at: nextRunAt }),
    ...(params && { params: checkedParams(jobOf(deps, row), params) }),
  };
}

function jobOf({ jobs }: ScheduleDeps, { id, job_type }: ScheduleRow): AnyJob {
  const job = jobs.get(job_type);
  if (job) return job;
  throw new ConflictError(`Job "${job_type}" is not in the code: nothing can check params`, { id });
}

/** Nothing for the schedule that the row has and is planned by: to move it would let its interval begin anew. */
function changeOfSchedule(row: ScheduleRow, spec: ScheduleSpec, timeZone: string, now: Date) {
  const schedule = columnsOf(spec, timeZone);
  if (isSameSchedule(row, schedule) && isPlannedBySchedule(row, now)) return {};
  firstSlot(schedule, now);
  return { schedule, ...moveTo(row, schedule, now, "rescheduled") };
}

function firstSlot(columns: ScheduleColumns, now: Date): Date {
  const slot = scheduleOf(columns).nextAfter(now, now);
  if (slot) return slot;
  throw new InvalidInputError("The schedule has no slot in the future", {
    schedule: ["must have a slot in the future"],
  });
}

/** When a row stopped and began again, so that the slots in between are told as a gap. */
function enabledColumns(row: ScheduleRow, edit: ScheduleEdit, now: Date): RowChange["columns"] {
  const hasNewSlot = edit.spec !== undefined || edit.nextRunAt !== undefined;
  const enabled = edit.enabled ?? (hasEnded(row) && hasNewSlot ? true : row.enabled);
  if (enabled === row.enabled) return {};
  if (!enabled) {
    // Enabled and disabled again before a pass came by: it is one stretch.
    const disabledAt = row.enabled_at === null ? now : row.disabled_at ?? now;
    return { enabled, disabled_at: disabledAt, enabled_at: null };
  }
  if (hasEnded(row) && !hasNewSlot) {
    throw new InvalidInputError(`The only slot of schedule "${row.id}" is over`, {
      enabled: ["needs a schedule or next_run_at with it: the only slot is over"],
    });
  }
  return { enabled, disabled_at: row.disabled_at ?? row.planned_at, enabled_at: now };
}

async function refuseTakenSlot({ sql }: ScheduleDeps, id: string, slot: Date): Promise<void> {
  const [run] = await listRunsBetween(sql, id, slot, new Date(slot.getTime() + 1));
  if (!run) return;
  throw new ConflictError(`Slot ${slot.toISOString()} of schedule "${id}" has its run`, {
    run_id: run.id,
  });
}

function beingChanged(id: string): ConflictError {
  return new ConflictError(`Schedule "${id}" is being changed by others: try again`, { id });
}

/** What the job's schema makes of a row's parameters is checked here; what is kept is as written. */
function checkedParams(job: AnyJob, params: Record<string, unknown>): Json {
  parseParams(job, params);
  return params as Json;
}

/** The policies that a person named. */
function policyColumns(input: ScheduleInput): Partial<PolicyColumns> {
  const { graceSeconds, coalesce, overlap, limit, jitterSeconds } = input;
  return {
    ...(graceSeconds !== undefined && { grace_seconds: graceSeconds }),
    ...(coalesce && { coalesce }),
    ...(overlap && { overlap }),
    ...(limit !== undefined && { max_running: limit }),
    ...(jitterSeconds !== undefined && { jitter_seconds: jitterSeconds }),
  };
}

/** Throws `InvalidInputError` for the first contradiction, at the field that it is about. */
function refuseContradictions(found: Contradiction[]) {
  for (const { between: [field, other], must } of found) {
    throw new InvalidInputError(`${field} and ${other} contradict each other`, { [field]: [must] });
  }
}
