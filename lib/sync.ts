/** Brings the rows of `scheduled_jobs` in line with the code, leaving alone what a person changed. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Json, Sql } from "./db/sql.ts";
import type { AnyJob } from "./job.ts";
import { scheduleSpecOf } from "./job_schedule.ts";
import type { Log } from "./log.ts";
import { firstSlot, moveTo } from "./reschedule.ts";
import { parseSchedule } from "./schedule.ts";
import { columnsOf, hasEnded, pickSchedule, type ScheduleRow } from "./schedule_row.ts";
import {
  changeRow,
  type CodeColumns,
  insertCodeRow,
  readCodeRows,
  retireUnknownRows,
  type RowChange,
} from "./schedule_store.ts";

interface SyncDeps {
  sql: Sql;
  clock: Clock;
  config: Config;
  log: Log;
  jobs: ReadonlyMap<string, AnyJob>;
}

/** Tries for a row that dispatch moves at the same time. */
const CHANGE_TRIES = 5;

/** The columns that belong together: a person who changed one of them has set the schedule. */
const SCHEDULE_COLUMNS = ["cron", "interval_minutes", "run_at", "time_zone"] as const;
const POLICY_COLUMNS = [
  "grace_seconds",
  "coalesce",
  "overlap",
  "max_running",
  "jitter_seconds",
] as const;

/** Inserts the rows that are missing: all that an isolate on Deno Deploy may do, since its revision may not be the newest. */
export async function insertMissingRows(deps: SyncDeps): Promise<void> {
  const { now, rows } = await readCodeRows(deps.sql, deps.clock);
  const present = new Set(rows.map(({ id }) => id));
  for (const job of deps.jobs.values()) {
    if (present.has(job.id)) continue;
    if (await insertCodeRow(deps.sql, newRow(job, deps.config, now))) {
      deps.log.info(`Created default ${job.name.toLowerCase()} job`, { id: job.id });
    }
  }
}

/**
 * Inserts, updates and retires code rows; run by `deno task migrate` and at a resident start.
 *
 * `dispatchDue` is called before a schedule changes: slots that came due under the old one run under it.
 * Without it they become gaps.
 */
export async function syncJobs(
  deps: SyncDeps,
  dispatchDue: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await insertMissingRows(deps);
  for (
    const { id, retired } of await retireUnknownRows(deps.sql, deps.clock, [...deps.jobs.keys()])
  ) {
    deps.log.info(retired ? `Retired "${id}": its job is not in the code` : `Brought back "${id}"`);
  }
  await dispatchDue();
  for (let tried = 0; tried < CHANGE_TRIES; tried++) {
    if (await updateChangedRows(deps)) return;
  }
  deps.log.warn("Some schedules are changed by others just now: the next start takes them up");
}

/** Returns whether every row that differs was brought in line. */
async function updateChangedRows(deps: SyncDeps): Promise<boolean> {
  const { now, rows } = await readCodeRows(deps.sql, deps.clock);
  let complete = true;
  for (const row of rows) {
    const job = deps.jobs.get(row.job_type);
    if (!job) continue;
    const wanted = codeColumns(job, deps.config);
    const declared = (row.declared ?? {}) as Partial<Record<string, Json>>;
    const wantedJson = toJson(wanted);
    if (JSON.stringify(sorted(declared)) === JSON.stringify(sorted(wantedJson))) continue;
    const change = planChange(row, wanted, declared, now, deps.config.schedulerEnabled);
    const done = await changeRow(deps.sql, deps.clock, row, { ...change, declared: wantedJson });
    if (done) deps.log.info(`Updated schedule "${row.id}" from the code`);
    complete &&= done;
  }
  return complete;
}

/**
 * What the code's new values change in a row: a field that a person changed since the last sync stays.
 *
 * A regular slot that came due under the old schedule becomes a gap; an instant set by hand stays set.
 */
function planChange(
  row: ScheduleRow,
  wanted: CodeColumns,
  declared: Partial<Record<string, Json>>,
  now: Date,
  schedulerEnabled: boolean,
): RowChange {
  const current = toJson(row);
  const untouched = (column: string) => sameJson(current[column], declared[column]);
  const columns: NonNullable<RowChange["columns"]> = {};
  for (const column of POLICY_COLUMNS) {
    if (untouched(column)) Object.assign(columns, { [column]: wanted[column] });
  }
  const scheduleUntouched = SCHEDULE_COLUMNS.every(untouched);
  const scheduleChanges = scheduleUntouched &&
    SCHEDULE_COLUMNS.some((column) => !sameJson(current[column], toJson(wanted)[column]));
  if (!scheduleChanges) return { columns };
  // A one-off that fired was switched off by that alone.
  if (hasEnded(row)) columns.enabled = true;
  const reason = schedulerEnabled ? "rescheduled" : "scheduler_off";
  return { columns, schedule: pickSchedule(wanted), ...moveTo(row, wanted, now, reason) };
}

function newRow(job: AnyJob, config: Config, now: Date) {
  const columns = codeColumns(job, config);
  return {
    id: job.id,
    ...columns,
    enabled: job.enabled?.(config) ?? true,
    anchor_at: now,
    next_run_at: job.startsAtOnce ? null : firstSlot(columns, now),
    declared: toJson(columns),
  };
}

function codeColumns(job: AnyJob, config: Config): CodeColumns {
  const spec = scheduleSpecOf(job, config);
  // Refuses at the start what never fires, with the reason.
  parseSchedule(spec, config.defaultTimeZone);
  return {
    ...columnsOf(spec, config.defaultTimeZone),
    grace_seconds: job.policies.graceSeconds,
    coalesce: job.policies.coalesce,
    overlap: job.policies.overlap,
    max_running: job.policies.limit,
    jitter_seconds: job.policies.jitterSeconds,
  };
}

function toJson(columns: CodeColumns): Record<string, Json> {
  const picked = [...SCHEDULE_COLUMNS, ...POLICY_COLUMNS].map((column) => {
    const value = columns[column];
    return [column, value instanceof Date ? value.toISOString() : value];
  });
  return Object.fromEntries(picked);
}

function sorted(values: Partial<Record<string, Json>>): [string, Json | undefined][] {
  return Object.entries(values).sort(([a], [b]) => a < b ? -1 : 1);
}

function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
