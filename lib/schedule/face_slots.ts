import type { CronCalendar } from "./calendar.ts";
import type { ClockEffect } from "./clock_effect.ts";
import type { CronSlots } from "./cron_slots.ts";
import type { ClockChange, TimeZone } from "./time_zone.ts";

const HOUR_MS = 3_600_000;

/**
 * Slots of an hourly or finer schedule: every real minute at which the clock shows a matching time.
 *
 * So an hourly job stays hourly: nothing piles up after a jump, and a repeated hour runs again. Where clocks change
 * by part of an hour (Lord Howe: 30 minutes) one wait would be longer than any other; there the change is a slot too.
 */
export class FaceSlots implements CronSlots {
  readonly #calendar: CronCalendar;
  readonly #zone: TimeZone;
  readonly #longestPauseMs: number;

  constructor(calendar: CronCalendar, zone: TimeZone, longestPauseMs: number) {
    this.#calendar = calendar;
    this.#zone = zone;
    this.#longestPauseMs = longestPauseMs;
  }

  next(instant: number): number | null {
    let searchedUpTo = instant;
    let offset = this.#zone.offsetAt(instant);
    let wall = this.#calendar.next(instant + offset);
    while (wall !== null) {
      const change = this.#zone.firstChange(searchedUpTo, wall - offset);
      if (change === null) return wall - offset;
      if (this.#isBridged(change)) return change.at;
      searchedUpTo = change.at;
      offset = change.after;
      wall = this.#calendar.next(change.at + offset - 1);
    }
    return null;
  }

  previous(instant: number): number | null {
    let upTo = instant;
    for (;;) {
      const offset = this.#zone.offsetAt(upTo);
      const wall = this.#calendar.previous(upTo + offset);
      if (wall === null) return null;
      const change = this.#zone.lastChange(wall - offset, upTo);
      if (change === null) return wall - offset;
      if (this.#isBridged(change)) return change.at;
      upTo = change.at - 1;
    }
  }

  explain(slot: number): ClockEffect | null {
    const change = this.#zone.firstChange(slot - 1, slot);
    if (change !== null && this.#isBridged(change)) {
      return {
        kind: "bridge",
        wallBefore: slot + change.before,
        wallAfter: slot + change.after,
      };
    }
    const wall = slot + this.#zone.offsetAt(slot);
    const shown = this.#zone.instantsOf(wall);
    if (shown.kind !== "doubled") return null;
    return { kind: slot === shown.first ? "first" : "second", wall };
  }

  /** Whether the wait over a change exceeds the schedule's longest, by no more than the change itself. */
  #isBridged(change: ClockChange): boolean {
    const shift = Math.abs(change.after - change.before);
    if (shift % HOUR_MS === 0) return false;
    const last = this.#calendar.previous(change.at + change.before - 1);
    const next = this.#calendar.next(change.at + change.after - 1);
    if (last === null || next === null) return false;
    const wait = (next - change.after) - (last - change.before);
    return wait > this.#longestPauseMs && wait <= this.#longestPauseMs + shift;
  }
}
