/** Runs for slots of the past that a person asks for again. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Sql } from "./db/sql.ts";
import { InvalidInputError, NotFoundError } from "./errors.ts";
import { findJob } from "./find_job.ts";
import type { AnyJob } from "./job.ts";
import { parseParams } from "./params.ts";
import { slotsToCome } from "./plan.ts";
import { insertBackfill, listBackfill, readTakenSlots, type TakenReason } from "./request_store.ts";
import { refuseUnconfigured } from "./requests.ts";
import type { RunRow } from "./run.ts";
import { scheduleOf, type ScheduleRow } from "./schedule_row.ts";
import { readNow, readRow } from "./schedule_store.ts";

/** Slots that one request may ask for. */
export const MAX_BACKFILL = 1_000;

/** Which slots to run again: those in [from, to) of a row, of the job's own row where none is named. */
export interface BackfillRequest {
  from: Date;
  to: Date;
  scheduleId?: string;
  triggeredBy: string;
}

/** A slot that a backfill does not perform, and why not. */
export interface LeftOutSlot {
  slot: Date;
  /** `due`: it gets its run at the next dispatch, which this must not do first. */
  reason: TakenReason | "due";
}

/** The runs of a backfill in the order of their slots, and how many of them it made. */
export interface BackfillResult {
  runs: RunRow[];
  created: number;
  /** The slots of the range without such a run. */
  leftOut: LeftOutSlot[];
}

/** What a backfill would do: of the slots of a row in its range, those that neither succeeded, nor are performed now, nor due. */
export interface BackfillPlan {
  row: ScheduleRow;
  wanted: Date[];
  leftOut: LeftOutSlot[];
  /** All slots of the range. */
  slots: Date[];
}

interface BackfillDeps {
  sql: Sql;
  clock: Clock;
  config: Config;
  jobs: ReadonlyMap<string, AnyJob>;
}

/**
 * One run for each slot of a row in [from, to) that neither succeeded, nor has a run that is not over yet, nor is
 * the schedule's to bring; performed one after the other in their order; slots that were backfilled before keep the run they have, and a repeat gives it again.
 *
 * They stand in a queue of their own, so that they neither hold up nor skip what the schedule brings. The job's
 * limit counts them; under it they let what the schedule brings go first.
 * Throws as `planBackfill` does.
 */
export async function backfill(
  deps: BackfillDeps,
  jobType: string,
  { triggeredBy, ...range }: BackfillRequest,
): Promise<BackfillResult> {
  const { row, wanted, slots, leftOut } = await planBackfill(deps, jobType, range);
  const created = await insertBackfill(deps.sql, deps.clock, row, wanted, triggeredBy);
  const runs = await listBackfill(deps.sql, row.id, slots);
  const backfilled = new Set(runs.map(({ as_of }) => as_of!.getTime()));
  return { runs, created, leftOut: leftOut.filter(({ slot }) => !backfilled.has(slot.getTime())) };
}

/**
 * The slots that a backfill would run; changes nothing.
 *
 * Throws `NotFoundError`, `NotConfiguredError`, or `InvalidInputError` for a range that is empty, in the future or too long.
 */
export async function planBackfill(
  deps: BackfillDeps,
  jobType: string,
  { from, to, scheduleId = jobType }: Omit<BackfillRequest, "triggeredBy">,
): Promise<BackfillPlan> {
  const job = findJob(deps, jobType);
  const row = await readRow(deps.sql, scheduleId);
  if (!row || row.deleted_at || row.job_type !== jobType) {
    throw new NotFoundError(`Job "${jobType}" has no schedule "${scheduleId}"`);
  }
  refuseUnconfigured(job, deps.config);
  parseParams(job, row.config_json);
  const now = await readNow(deps.sql, deps.clock);
  refuseRange(from, to, now);
  const last = new Date(to.getTime() - 1);
  const { slots, more } = scheduleOf(row).slotsBetween(from, last, MAX_BACKFILL, row.anchor_at);
  if (more) {
    throw new InvalidInputError(`There are more than ${MAX_BACKFILL} slots in that range`, {
      to: [
        `must leave at most ${MAX_BACKFILL} slots; the ${MAX_BACKFILL}th is ${
          slots.at(-1)!.toISOString()
        }`,
      ],
    });
  }
  const taken = await readTakenSlots(deps.sql, row.id, from, to);
  // The row was read first: what its schedule has brought since is among those that are taken.
  const isToCome = slotsToCome(row, now);
  const wanted: Date[] = [];
  const leftOut: LeftOutSlot[] = [];
  for (const slot of slots) {
    const reason = taken.get(slot.getTime()) ?? (isToCome(slot) ? "due" : undefined);
    if (reason) leftOut.push({ slot, reason });
    else wanted.push(slot);
  }
  return { row, wanted, leftOut, slots };
}

function refuseRange(from: Date, to: Date, now: Date): void {
  if (from >= to) {
    throw new InvalidInputError("The range is empty", { to: ["must be later than from"] });
  }
  if (to > now) {
    throw new InvalidInputError("The range lies in the future", {
      to: [`must not be later than now, ${now.toISOString()}`],
    });
  }
}
