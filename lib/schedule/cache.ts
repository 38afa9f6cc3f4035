import { parseSchedule, type Schedule, type ScheduleSpec } from "../schedule.ts";

/**
 * Parses each distinct schedule once, so that a hundred thousand rows with a thousand schedules cost a thousand parses.
 *
 * Holds at most `maxEntries` schedules; the one that was added first makes room.
 */
export class ScheduleCache {
  readonly #parsed = new Map<string, Schedule>();

  constructor(readonly maxEntries = 10_000) {}

  /** As `parseSchedule`, which throws ScheduleError; what threw is not remembered. */
  parse(spec: ScheduleSpec, defaultTimeZone: string): Schedule {
    const key = JSON.stringify([spec, defaultTimeZone]);
    const known = this.#parsed.get(key);
    if (known !== undefined) return known;
    const schedule = parseSchedule(spec, defaultTimeZone);
    if (this.#parsed.size >= this.maxEntries) {
      this.#parsed.delete(this.#parsed.keys().next().value!);
    }
    this.#parsed.set(key, schedule);
    return schedule;
  }
}
