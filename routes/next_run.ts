import type { JobSchedules } from "../lib/job_overview_store.ts";
import { isPlannedBeyond, isSetBeyond } from "../lib/plan.ts";
import { ScheduleError } from "../lib/schedule.ts";
import { isPaused, pauseEnd, scheduleOf, type ScheduleRow } from "../lib/schedule_row.ts";

/**
 * When each job runs next, over all its rows.
 *
 * A row in a bounded pause counts with its first slot after the pause: what falls into the pause is left out.
 */
export function nextRuns(
  schedules: readonly JobSchedules[],
  pausedRows: readonly ScheduleRow[],
): Map<string, Date> {
  const next = new Map<string, Date>();
  const offer = (jobType: string, instant: Date | null | undefined) => {
    const known = next.get(jobType);
    if (instant && (!known || instant < known)) next.set(jobType, instant);
  };
  for (const { job_type, next_run_at } of schedules) offer(job_type, next_run_at);
  for (const row of pausedRows) {
    offer(row.job_type, slotsAfter(row, justBefore(row.paused_until!), 1)[0]);
  }
  return next;
}

/**
 * The next slots of one row, at most `limit`; none while it is disabled, paused without end or set to never.
 *
 * An instant that a person set comes first, and what it jumps over is left out; so is what comes before the planned
 * slot of a row whose schedule was changed by SQL.
 */
export function nextSlots(row: ScheduleRow, now: Date, limit: number): Date[] {
  if (!row.enabled || row.retired_at || row.deleted_at) return [];
  const end = isPaused(row, now) ? pauseEnd(row) : now;
  if (end === null) return [];
  const from = end > now ? justBefore(end) : now;
  if (isPlannedBeyond(row, now)) {
    const planned = justBefore(row.planned_at!);
    return slotsAfter(row, planned > from ? planned : from, limit);
  }
  if (!isSetBeyond(row, now)) return slotsAfter(row, from, limit);
  const set = row.next_run_at!;
  if (Number.isNaN(set.getTime())) return [];
  return [set, ...slotsAfter(row, set > from ? set : from, limit - 1)];
}

/** The slots strictly after an instant; none for a row whose schedule was broken by hand. */
function slotsAfter(row: ScheduleRow, instant: Date, limit: number): Date[] {
  try {
    const schedule = scheduleOf(row);
    const slots: Date[] = [];
    let slot = schedule.nextAfter(instant, row.anchor_at);
    while (slot && slots.length < limit) {
      slots.push(slot);
      slot = schedule.nextAfter(slot, row.anchor_at);
    }
    return slots;
  } catch (error) {
    if (error instanceof ScheduleError) return [];
    throw error;
  }
}

/** A slot that falls on the instant itself is the first one after this. */
function justBefore(instant: Date): Date {
  return new Date(instant.getTime() - 1);
}
