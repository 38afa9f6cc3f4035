import type { CronCalendar } from "./calendar.ts";
import type { ClockEffect } from "./clock_effect.ts";
import type { CronSlots } from "./cron_slots.ts";
import type { TimeZone } from "./time_zone.ts";

const DAY_MS = 86_400_000;

/**
 * Slots of a schedule with fixed times.
 *
 * Times that the clock jumps over share one slot, the first instant after the jump; a time that comes twice is a
 * slot the first time.
 */
export class FixedSlots implements CronSlots {
  readonly #calendar: CronCalendar;
  readonly #zone: TimeZone;

  constructor(calendar: CronCalendar, zone: TimeZone) {
    this.#calendar = calendar;
    this.#zone = zone;
  }

  next(instant: number): number | null {
    let wall = this.#calendar.next(instant + this.#zone.offsetAt(instant));
    while (wall !== null) {
      const slot = this.#slotOf(wall);
      if (slot > instant) return slot;
      wall = this.#calendar.next(wall);
    }
    return null;
  }

  previous(instant: number): number | null {
    let wall = this.#calendar.previous(this.#latestWallShown(instant));
    while (wall !== null) {
      const slot = this.#slotOf(wall);
      if (slot <= instant) return slot;
      wall = this.#calendar.previous(wall - 1);
    }
    return null;
  }

  explain(slot: number): ClockEffect | null {
    const change = this.#zone.firstChange(slot - 1, slot);
    if (change !== null) {
      const missed = this.#listWalls(slot + change.before, slot + change.after);
      if (missed.length > 0) {
        return {
          kind: "gap",
          firstWall: missed[0],
          lastWall: missed[missed.length - 1],
          count: missed.length,
          ranWall: slot + change.after,
        };
      }
    }
    const wall = slot + this.#zone.offsetAt(slot);
    return this.#zone.instantsOf(wall).kind === "doubled" ? { kind: "only-first", wall } : null;
  }

  /** Grows with the wall time, or stays: this is what lets `next` and `previous` search by wall time. */
  #slotOf(wall: number): number {
    const shown = this.#zone.instantsOf(wall);
    return shown.kind === "gap" ? shown.change.at : shown.first;
  }

  /** Soon after clocks went back, later times than the present one have already been shown. */
  #latestWallShown(instant: number): number {
    const change = this.#zone.lastChange(instant - DAY_MS, instant);
    const now = instant + this.#zone.offsetAt(instant);
    return change === null ? now : Math.max(now, change.at + change.before - 1);
  }

  /** The matching wall times in [from, to). */
  #listWalls(from: number, to: number): number[] {
    const walls = [];
    let wall = this.#calendar.next(from - 1);
    while (wall !== null && wall < to) {
      walls.push(wall);
      wall = this.#calendar.next(wall);
    }
    return walls;
  }
}
