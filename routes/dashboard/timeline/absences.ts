import type { TimelineGap } from "../../../lib/dashboard_timeline_store.ts";
import { openGaps } from "../../../lib/plan.ts";
import type { GapReason } from "../../../lib/slot_account.ts";
import { ScheduleError } from "../../../lib/schedule.ts";
import type { ScheduleRow } from "../../../lib/schedule_row.ts";

/** Slots that became no run, from the first to the last. */
export interface Absence {
  reason: GapReason;
  firstSlot: Date;
  lastSlot: Date;
  /** Its gaps one by one, in milliseconds since 1970. */
  spans: (readonly [from: number, to: number])[];
}

export function toAbsence({ reason, first_slot, last_slot }: TimelineGap): Absence {
  return absenceOf(reason, first_slot, last_slot);
}

/** The stretches of a row that are still open; none where its schedule was broken by hand. */
export function openAbsences(row: ScheduleRow, now: Date): Absence[] {
  try {
    return openGaps(row, now)
      .map(({ reason, firstSlot, lastSlot }) => absenceOf(reason, firstSlot, lastSlot));
  } catch (error) {
    if (error instanceof ScheduleError) return [];
    throw error;
  }
}

function absenceOf(reason: GapReason, firstSlot: Date, lastSlot: Date): Absence {
  return { reason, firstSlot, lastSlot, spans: [[firstSlot.getTime(), lastSlot.getTime()]] };
}

/** Gaps of one reason that begin in the same stretch as one, so that a bad day stays as light as a good one. */
export function gatherAbsences(absences: readonly Absence[], stretchMs: number): Absence[] {
  const groups = Map.groupBy(
    absences,
    ({ reason, firstSlot }) => `${reason} ${Math.floor(firstSlot.getTime() / stretchMs)}`,
  );
  return [...groups.values()].map((group) => ({
    reason: group[0].reason,
    firstSlot: new Date(Math.min(...group.map(({ firstSlot }) => firstSlot.getTime()))),
    lastSlot: new Date(Math.max(...group.map(({ lastSlot }) => lastSlot.getTime()))),
    spans: group.flatMap(({ spans }) => spans),
  }));
}
