import { ScheduleError } from "./error.ts";
import { type ClockChange, createWallFormat, measureZoneYear, type ZoneYear } from "./zone_year.ts";

export type { ClockChange } from "./zone_year.ts";

const DAY_MS = 86_400_000;
const NO_CHANGES: ZoneYear = { offset: 0, changes: [] };

/** The instants at which clocks show a wall time: one, two, or none because a change jumped over it. */
export type WallInstants =
  | { readonly kind: "single"; readonly first: number }
  | { readonly kind: "doubled"; readonly first: number; readonly second: number }
  | { readonly kind: "gap"; readonly change: ClockChange };

/** The clocks of one time zone. Instants are epoch milliseconds, offsets local time minus UTC in milliseconds. */
export class TimeZone {
  readonly isUtc: boolean;
  readonly #format: Intl.DateTimeFormat | null;
  readonly #years = new Map<number, ZoneYear>();

  /** @param name As Intl accepts it. @throws {RangeError} for a name that Intl does not know. */
  constructor(name: string) {
    // Intl's first formatter costs a start more than all schedules together, and UTC needs none.
    this.#format = name.toUpperCase() === "UTC" ? null : createWallFormat(name);
    this.isUtc = (this.#format?.resolvedOptions().timeZone ?? "UTC") === "UTC";
  }

  /** The offset at an instant. */
  offsetAt(instant: number): number {
    const { offset, changes } = this.#measure(yearOf(instant));
    return changes.findLast(({ at }) => at <= instant)?.after ?? offset;
  }

  /** The first change in (after, upTo]; null when there is none. */
  firstChange(after: number, upTo: number): ClockChange | null {
    for (let year = yearOf(after); year <= yearOf(upTo); year++) {
      const found = this.#measure(year).changes.find(({ at }) => at > after && at <= upTo);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** The last change in (after, upTo]; null when there is none. */
  lastChange(after: number, upTo: number): ClockChange | null {
    for (let year = yearOf(upTo); year >= yearOf(after); year--) {
      const found = this.#measure(year).changes.findLast(({ at }) => at > after && at <= upTo);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** The instants of a wall time, which is milliseconds as `Date.UTC` counts what the clock shows. */
  instantsOf(wall: number): WallInstants {
    const change = this.firstChange(wall - DAY_MS, wall + DAY_MS);
    if (change === null) return { kind: "single", first: wall - this.offsetAt(wall) };
    const first = wall - change.before;
    const second = wall - change.after;
    if (first < change.at) {
      return second < change.at ? { kind: "single", first } : { kind: "doubled", first, second };
    }
    return second < change.at ? { kind: "gap", change } : { kind: "single", first: second };
  }

  #measure(year: number): ZoneYear {
    if (this.#format === null || this.isUtc) return NO_CHANGES;
    let measured = this.#years.get(year);
    if (measured === undefined) {
      measured = measureZoneYear(this.#format, year);
      this.#years.set(year, measured);
    }
    return measured;
  }
}

/** What `findTimeZone` takes, as an end of a sentence. */
export const TIME_ZONE_NAME =
  "a name of the IANA database, such as Asia/Kolkata or Europe/Budapest; an abbreviation such as IST is another zone elsewhere";

/**
 * Three letters are an abbreviation, which Postgres looks up before its zones and Intl reads as a place: there IST is
 * Israel's and CET has no summer, here they are India's and Belgium's.
 */
const ABBREVIATION = /^(?!utc|uct|gmt)[a-z]{3}$/;

const zones = new Map<string, TimeZone>();

/** Whether `findTimeZone` knows a name. */
export function isTimeZone(name: string): boolean {
  try {
    findTimeZone(name);
    return true;
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return false;
  }
}

/**
 * Looks up the clocks of an IANA zone; names differ in case only by habit.
 *
 * @throws {ScheduleError} for a name that Intl does not know, for an abbreviation, and for a bare offset such as
 * `+02:00`, which Postgres would read with its sign turned round.
 */
export function findTimeZone(name: string): TimeZone {
  const key = name.toLowerCase();
  const known = zones.get(key);
  if (known !== undefined) return known;
  try {
    if (!/^[a-z]/.test(key) || ABBREVIATION.test(key)) throw new RangeError("not a name");
    const zone = new TimeZone(name);
    zones.set(key, zone);
    return zone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ScheduleError(name, `a time zone is ${TIME_ZONE_NAME}`);
  }
}

function yearOf(instant: number): number {
  return new Date(instant).getUTCFullYear();
}
