import { CronCalendar } from "./calendar.ts";
import type { CronFields } from "./cron_text.ts";
import type { ClockChange, TimeZone } from "./time_zone.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The instants at which a cron schedule fires in a time zone. All times are epoch milliseconds. */
export interface CronSlots {
  /** The first slot strictly after an instant; null when there is none. */
  next(instant: number): number | null;
  /** The last slot at or before an instant; null when there is none. */
  previous(instant: number): number | null;
  /** What a clock change did to a slot, in a sentence; null for ordinary slots. */
  explain(slot: number): string | null;
}

/**
 * Puts cron fields on the clock of a zone.
 *
 * Source: Vixie cron (cron(8), "Daylight Saving Time"), which tells jobs at fixed times from wildcard jobs. Here a schedule is
 * hourly-or-finer, and follows the clock face, exactly when its hour field takes all 24 hours.
 */
export function placeCron(fields: CronFields, zone: TimeZone): CronSlots {
  const calendar = new CronCalendar(fields);
  return fields.hours.length === 24
    ? new FaceSlots(calendar, zone, longestPause(fields.minutes))
    : new FixedSlots(calendar, zone);
}

/** Fixed times: one that the clock jumps over fires when the clock has jumped, one that comes twice fires the first time. */
class FixedSlots implements CronSlots {
  constructor(readonly calendar: CronCalendar, readonly zone: TimeZone) {}

  next(instant: number): number | null {
    let wall = this.calendar.next(instant + this.zone.offsetAt(instant));
    while (wall !== null) {
      const slot = this.#slotOf(wall);
      if (slot > instant) return slot;
      wall = this.calendar.next(wall);
    }
    return null;
  }

  previous(instant: number): number | null {
    // Just after clocks went back, later wall times than the present one have been shown already.
    const offset = this.zone.lastChange(instant - DAY_MS, instant)?.before ?? -Infinity;
    let wall = this.calendar.previous(instant + Math.max(offset, this.zone.offsetAt(instant)));
    while (wall !== null) {
      const slot = this.#slotOf(wall);
      if (slot <= instant) return slot;
      wall = this.calendar.previous(wall - 1);
    }
    return null;
  }

  explain(slot: number): string | null {
    const change = this.zone.firstChange(slot - 1, slot);
    if (change !== null && change.after > change.before) {
      const missed = this.calendar.next(slot + change.before - 1);
      if (missed !== null && missed < slot + change.after) {
        return explainGap(missed, slot, this.zone);
      }
    }
    return explainDouble(slot, this.zone);
  }

  /** Never decreases as the wall time grows, which is what lets `next` and `previous` search by wall time. */
  #slotOf(wall: number): number {
    const shown = this.zone.instantsOf(wall);
    return shown.kind === "gap" ? shown.change.at : shown.first;
  }
}

/**
 * Every real minute whose reading matches, so an hourly job stays hourly while clocks change.
 *
 * A change by part of an hour (Lord Howe: 30 minutes) would make one pause longer than any other; there the
 * change itself is a slot as well.
 */
class FaceSlots implements CronSlots {
  constructor(
    readonly calendar: CronCalendar,
    readonly zone: TimeZone,
    readonly longestPauseMs: number,
  ) {}

  next(instant: number): number | null {
    let searchedUpTo = instant;
    let offset = this.zone.offsetAt(instant);
    let wall = this.calendar.next(instant + offset);
    while (wall !== null) {
      const change = this.zone.firstChange(searchedUpTo, wall - offset);
      if (change === null) return wall - offset;
      if (this.#bridges(change)) return change.at;
      searchedUpTo = change.at;
      offset = change.after;
      wall = this.calendar.next(change.at + offset - 1);
    }
    return null;
  }

  previous(instant: number): number | null {
    let upTo = instant;
    for (;;) {
      const offset = this.zone.offsetAt(upTo);
      const wall = this.calendar.previous(upTo + offset);
      if (wall === null) return null;
      const change = this.zone.lastChange(wall - offset, upTo);
      if (change === null) return wall - offset;
      if (this.#bridges(change)) return change.at;
      upTo = change.at - 1;
    }
  }

  explain(slot: number): string | null {
    const change = this.zone.firstChange(slot - 1, slot);
    if (change !== null && this.#bridges(change)) {
      const [from, to] = [change.before, change.after].map((offset) => formatWall(slot + offset));
      return `clocks went from ${from.time} to ${to.time} on ${to.date} in ${this.zone.name}; ran then, ` +
        "as the next matching time was too far off";
    }
    return explainDouble(slot, this.zone);
  }

  #bridges(change: ClockChange): boolean {
    const shift = Math.abs(change.after - change.before);
    if (shift % HOUR_MS === 0) return false;
    const wallBefore = this.calendar.previous(change.at + change.before - 1);
    const wallAfter = this.calendar.next(change.at + change.after - 1);
    if (wallBefore === null || wallAfter === null) return false;
    const pause = (wallAfter - change.after) - (wallBefore - change.before);
    return pause > this.longestPauseMs && pause <= this.longestPauseMs + shift;
  }
}

/** The longest time between two slots of an hour that repeats, in milliseconds. */
function longestPause(minutes: readonly number[]): number {
  const pauses = minutes.map((minute, i) => (minutes[i + 1] ?? minutes[0] + 60) - minute);
  return Math.max(...pauses) * MINUTE_MS;
}

function explainGap(missed: number, slot: number, zone: TimeZone): string {
  const { date, time } = formatWall(missed);
  const ranAt = formatWall(slot + zone.offsetAt(slot)).time;
  return `${time} did not exist on ${date} in ${zone.name}; ran at ${ranAt}`;
}

function explainDouble(slot: number, zone: TimeZone): string | null {
  const wall = slot + zone.offsetAt(slot);
  const shown = zone.instantsOf(wall);
  if (shown.kind !== "doubled") return null;
  const { date, time } = formatWall(wall);
  const place = slot === shown.first ? "first" : "second";
  return `${time} came twice on ${date} in ${zone.name}; this is the ${place}`;
}

function formatWall(wall: number): { date: string; time: string } {
  const iso = new Date(wall).toISOString();
  return { date: iso.slice(0, 10), time: iso.slice(11, 16) };
}
