/** Brings the rows of `scheduled_jobs` in line with the code, leaving alone what a person changed. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { isConnectionError } from "./db/errors.ts";
import type { Sql } from "./db/sql.ts";
import { errorMessage } from "./errors.ts";
import type { AnyJob } from "./job.ts";
import { scheduleSpecOf } from "./job_schedule.ts";
import type { Log } from "./log.ts";
import { policyColumnsOf } from "./policy_columns.ts";
import { firstSlot } from "./reschedule.ts";
import { parseSchedule } from "./schedule.ts";
import { columnsOf } from "./schedule_row.ts";
import {
  changeRow,
  type CodeColumns,
  insertCodeRow,
  readCodeRows,
  readRow,
  retireUnknownRows,
  type SeenRow,
} from "./schedule_store.ts";
import { declaredOf, planSync } from "./sync_plan.ts";

interface SyncDeps {
  sql: Sql;
  clock: Clock;
  config: Config;
  log: Log;
  jobs: ReadonlyMap<string, AnyJob>;
}

/** Tries for a row that dispatch moves at the same time. */
const CHANGE_TRIES = 5;

/**
 * Inserts the rows that are missing: all that an isolate on Deno Deploy may do, since its revision may not be the newest.
 *
 * Throws `ScheduleError` for what never fires; any other row that cannot be written is told in the log.
 */
export async function insertMissingRows(deps: SyncDeps): Promise<void> {
  const { now, rows } = await readCodeRows(deps.sql, deps.clock);
  const present = new Set(rows.map(({ id }) => id));
  for (const job of deps.jobs.values()) {
    if (present.has(job.id)) continue;
    const row = newRow(job, deps.config, now);
    await onItsOwn(deps, job.id, async () => {
      if (await insertCodeRow(deps.sql, row)) {
        deps.log.info(`Created default ${job.name.toLowerCase()} job`, { id: job.id });
      } else await tellTakenId(deps, job.id);
    });
  }
}

/**
 * Inserts, updates and retires code rows; run by `deno task migrate` and at a resident start.
 *
 * `dispatchDue` is called before a schedule changes: slots that came due under the old one run under it.
 * Without it they become gaps. Throws `ScheduleError` for what never fires, before anything is changed; any other
 * row that cannot be written is told in the log.
 */
export async function syncJobs(
  deps: SyncDeps,
  dispatchDue: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const wanted = new Map<string, CodeColumns>();
  for (const job of deps.jobs.values()) wanted.set(job.id, codeColumns(job, deps.config));
  await insertMissingRows(deps);
  for (
    const { id, retired } of await retireUnknownRows(deps.sql, deps.clock, [...deps.jobs.keys()])
  ) {
    deps.log.info(retired ? `Retired "${id}": its job is not in the code` : `Brought back "${id}"`);
  }
  await dispatchDue();
  const done = new Set<string>();
  for (let tried = 0; tried < CHANGE_TRIES; tried++) {
    if (await updateChangedRows(deps, wanted, done)) return;
  }
  deps.log.warn("Some schedules are changed by others just now: the next start takes them up");
}

/** Updates the rows that are not `done` and notes those that are now; returns whether none is left. */
async function updateChangedRows(
  deps: SyncDeps,
  wanted: ReadonlyMap<string, CodeColumns>,
  done: Set<string>,
): Promise<boolean> {
  const { now, rows } = await readCodeRows(deps.sql, deps.clock);
  let complete = true;
  for (const row of rows) {
    const columns = wanted.get(row.job_type);
    if (!columns || done.has(row.id)) continue;
    // A row that fails is done as well: it would fail again.
    const isDone = await onItsOwn(deps, row.id, () => updateRow(deps, row, columns, now)) ?? true;
    if (isDone) done.add(row.id);
    else complete = false;
  }
  return complete;
}

/** Returns false when others changed the row since it was read. */
async function updateRow(
  { sql, clock, config, log }: SyncDeps,
  row: SeenRow,
  wanted: CodeColumns,
  now: Date,
): Promise<boolean> {
  if (row.deleted_at !== null) {
    log.warn(
      `Job "${row.job_type}" has no schedule: its row was deleted by hand. To have it back, set its deleted_at to NULL`,
    );
    return true;
  }
  const { change, contradictions } = planSync(row, wanted, now, config.schedulerEnabled);
  if (change) {
    if (!await changeRow(sql, clock, row, change)) return false;
    log.info(`Updated schedule "${row.id}" from the code`);
  }
  if (contradictions.length > 0) {
    log.warn(
      `Schedule "${row.id}" keeps its policies. With what was set by hand and what the code says, ${
        contradictions.join("; ")
      }. Change the schedule's policies or the job's: the next start takes up the code's`,
    );
  }
  return true;
}

/** Does what concerns one row, so that its failure is told and stops no other's; a database that is away is thrown. */
async function onItsOwn<T>(
  { log }: SyncDeps,
  id: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isConnectionError(error)) throw error;
    log.error(`Cannot bring schedule "${id}" in line with the code: the next start tries again`, {
      reason: errorMessage(error),
    });
  }
}

/** A row that another process has just made for the same job is no reason to say anything. */
async function tellTakenId({ sql, log }: SyncDeps, id: string): Promise<void> {
  const row = await readRow(sql, id);
  if (row?.source !== "api") return;
  const deleted = row.deleted_at ? "deleted " : "";
  log.error(
    `Job "${id}" has no schedule: its id is that of a ${deleted}schedule of job "${row.job_type}" that was made over the API, which keeps it for good. Give the job another id in the code`,
  );
}

function newRow(job: AnyJob, config: Config, now: Date) {
  const columns = codeColumns(job, config);
  return {
    id: job.id,
    ...columns,
    enabled: job.enabled?.(config) ?? true,
    anchor_at: now,
    next_run_at: job.startsAtOnce ? null : firstSlot(columns, now),
    declared: declaredOf(columns),
  };
}

function codeColumns(job: AnyJob, config: Config): CodeColumns {
  const spec = scheduleSpecOf(job, config);
  // Refuses at the start what never fires, with the reason.
  parseSchedule(spec, config.defaultTimeZone);
  return { ...columnsOf(spec, config.defaultTimeZone), ...policyColumnsOf(job.policies) };
}
