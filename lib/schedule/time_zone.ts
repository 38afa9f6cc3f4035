import { ScheduleError } from "./error.ts";

const DAY_MS = 86_400_000;
const PROBE_MS = 7 * DAY_MS;

/** An instant at which a zone's clocks are set forward (`after > before`) or back. */
export interface ClockChange {
  readonly at: number;
  /** Local time minus UTC, in milliseconds, before and after. */
  readonly before: number;
  readonly after: number;
}

/** The real instants that show a wall time: `first` and `second` differ only in a doubled hour. */
export type WallInstants =
  | { readonly kind: "single"; readonly first: number }
  | { readonly kind: "doubled"; readonly first: number; readonly second: number }
  | { readonly kind: "gap"; readonly change: ClockChange };

/**
 * The offsets of one IANA zone, asked of Intl once a year's worth and then remembered.
 *
 * Years are probed weekly, so two changes within a week that undo each other would be missed;
 * the zone database has none from 1980 on (asserted in the tests).
 */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat | null;
  readonly #years = new Map<number, { offset: number; changes: ClockChange[] }>();

  constructor(readonly name: string) {
    this.#format = isUtc(name) ? null : new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** Local time minus UTC at an instant, in milliseconds. */
  offsetAt(instant: number): number {
    if (this.#format === null) return 0;
    const { offset, changes } = this.#year(new Date(instant).getUTCFullYear());
    return changes.findLast((change) => change.at <= instant)?.after ?? offset;
  }

  /** The first change in (after, upTo]; null when there is none. */
  firstChange(after: number, upTo: number): ClockChange | null {
    if (this.#format === null) return null;
    const lastYear = new Date(upTo).getUTCFullYear();
    for (let year = new Date(after).getUTCFullYear(); year <= lastYear; year++) {
      const found = this.#year(year).changes.find(({ at }) => at > after && at <= upTo);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** The last change in (after, upTo]; null when there is none. */
  lastChange(after: number, upTo: number): ClockChange | null {
    if (this.#format === null) return null;
    const firstYear = new Date(after).getUTCFullYear();
    for (let year = new Date(upTo).getUTCFullYear(); year >= firstYear; year--) {
      const found = this.#year(year).changes.findLast(({ at }) => at > after && at <= upTo);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** Which instants show a wall time (milliseconds as `Date.UTC` counts them). */
  instantsOf(wall: number): WallInstants {
    const change = this.firstChange(wall - DAY_MS, wall + DAY_MS);
    if (change === null) return { kind: "single", first: wall - this.offsetAt(wall) };
    const first = wall - change.before;
    const second = wall - change.after;
    if (first < change.at) {
      return second >= change.at ? { kind: "doubled", first, second } : { kind: "single", first };
    }
    return second >= change.at ? { kind: "single", first: second } : { kind: "gap", change };
  }

  #year(year: number): { offset: number; changes: ClockChange[] } {
    const known = this.#years.get(year);
    if (known !== undefined) return known;
    const end = Date.UTC(year + 1, 0, 1);
    let at = Date.UTC(year, 0, 1);
    let before = this.#measureOffset(at);
    const measured = { offset: before, changes: [] as ClockChange[] };
    while (at < end) {
      const next = Math.min(at + PROBE_MS, end);
      const after = this.#measureOffset(next - 1);
      if (after !== before) {
        measured.changes.push({ at: this.#bisect(at, next - 1, before), before, after });
      }
      at = next;
      before = after;
    }
    this.#years.set(year, measured);
    return measured;
  }

  /** The first instant in (low, high] whose offset is not `before`; clocks change at whole seconds. */
  #bisect(low: number, high: number, before: number): number {
    let [below, above] = [Math.floor(low / 1000), Math.ceil(high / 1000)];
    while (above - below > 1) {
      const middle = Math.floor((below + above) / 2);
      if (this.#measureOffset(middle * 1000) === before) below = middle;
      else above = middle;
    }
    return above * 1000;
  }

  #measureOffset(instant: number): number {
    const [month, day, year, hour, minute, second] = this.#format!.format(instant).match(/\d+/g)!
      .map(Number);
    const shown = Date.UTC(year, month - 1, day, hour, minute, second);
    return shown - Math.floor(instant / 1000) * 1000;
  }
}

const zones = new Map<string, TimeZone>();

/**
 * The zone of an IANA name; the same object for the same name.
 *
 * @throws {ScheduleError} for a name that Intl does not know, and for bare offsets such as `+02:00`,
 * which Postgres reads with the sign turned round.
 */
export function findTimeZone(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (!/^[A-Za-z]/.test(name)) {
    throw new ScheduleError(name, "a time zone is an IANA name such as Europe/Budapest or UTC");
  }
  try {
    const zone = new TimeZone(name);
    zones.set(name, zone);
    return zone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ScheduleError(name, "no time zone of that name is in the IANA database");
  }
}

/** Whether a zone's clock always shows UTC. */
export function isUtc(name: string): boolean {
  return /^(Etc\/)?(UTC|UCT|GMT|Zulu|Universal|Greenwich)$/i.test(name);
}
