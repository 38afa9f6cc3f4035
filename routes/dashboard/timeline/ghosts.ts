import { scheduleOf, type ScheduleRow } from "../../../lib/schedule_row.ts";
import { nextSlots } from "../../next_run.ts";
import { barMs, type Scale } from "./scale.ts";

/** Slots of a row that are counted one by one; of those after them only what the drawing needs is found. */
const COUNTED = 300;

/** What is expected of a lane. */
export interface Ghosts {
  /** Slots in order until the end of the scale; those that bars would hide are left out beyond the counted ones. */
  slots: Date[];
  /** Slots until the end of the scale, as far as they were counted. */
  count: number;
  isMore: boolean;
  /** The next slot, wherever it lies; null when none is to come. */
  next: Date | null;
}

/** What is expected of the rows of a job until the end of a scale. */
export function ghostsOf(rows: readonly ScheduleRow[], scale: Scale, now: Date): Ghosts {
  const counted: Date[] = [];
  const beyond: Date[] = [];
  for (const row of rows) {
    const slots = nextSlots(row, now, COUNTED);
    counted.push(...slots);
    const last = slots.at(-1);
    if (slots.length === COUNTED) beyond.push(...bandAfter(row, last!, scale));
  }
  const inOrder = (a: Date, b: Date) => a.getTime() - b.getTime();
  if (rows.length > 1) counted.sort(inOrder);
  const inSight = counted.filter((slot) => slot.getTime() <= scale.toMs);
  return {
    slots: beyond.length > 0 ? [...inSight, ...beyond].sort(inOrder) : inSight,
    count: inSight.length,
    isMore: beyond.length > 0,
    next: counted[0] ?? null,
  };
}

/** Slots after one, until the end of a scale, whose bars cover what the bars of all of them would. */
function bandAfter(row: ScheduleRow, last: Date, scale: Scale): Date[] {
  const schedule = scheduleOf(row);
  const stepMs = barMs(scale);
  const band: Date[] = [];
  let slot: Date | null = last;
  while (slot && slot.getTime() < scale.toMs) {
    const after: Date = new Date(slot.getTime() + 1);
    const reach: Date = new Date(Math.min(slot.getTime() + stepMs, scale.toMs));
    slot = schedule.latestAtOrBefore(reach, after, row.anchor_at) ??
      schedule.nextAfter(slot, row.anchor_at);
    if (slot && slot.getTime() <= scale.toMs) band.push(slot);
  }
  return band;
}
