const PROBE_MS = 7 * 86_400_000;
const SECOND_MS = 1000;

/** An instant at which a zone's clocks are set forward (`after` > `before`) or back. */
export interface ClockChange {
  /** Epoch milliseconds: the first instant with the new offset. */
  readonly at: number;
  /** Local time minus UTC, in milliseconds. */
  readonly before: number;
  readonly after: number;
}

/** A zone's offsets during one year of UTC. */
export interface ZoneYear {
  /** The offset that the year begins with, before any change. */
  readonly offset: number;
  readonly changes: readonly ClockChange[];
}

/** A formatter from which `measureZoneYear` can read what clocks in a zone show. */
export function createWallFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
}

/**
 * Finds a zone's clock changes in a year of UTC by asking Intl once a week and searching where the answers differ.
 *
 * Two changes less than a week apart that undo each other would go unseen; the zone database has none since 1970.
 */
export function measureZoneYear(format: Intl.DateTimeFormat, year: number): ZoneYear {
  const end = Date.UTC(year + 1, 0, 1) - SECOND_MS;
  // The second before the year, so that a change on the stroke of New Year is one of its changes.
  let at = Date.UTC(year, 0, 1) - SECOND_MS;
  const offset = measureOffset(format, at);
  const changes: ClockChange[] = [];
  let before = offset;
  while (at < end) {
    const probe = Math.min(at + PROBE_MS, end);
    const after = measureOffset(format, probe);
    if (after !== before) changes.push({ at: findChange(format, at, probe), before, after });
    at = probe;
    before = after;
  }
  return { offset, changes };
}

/** The first whole second in (low, high] whose offset is not that of `low`. */
function findChange(format: Intl.DateTimeFormat, low: number, high: number): number {
  const before = measureOffset(format, low);
  let seconds = (high - low) / SECOND_MS;
  let start = low;
  while (seconds > 1) {
    const half = Math.floor(seconds / 2);
    if (measureOffset(format, start + half * SECOND_MS) === before) {
      start += half * SECOND_MS;
      seconds -= half;
    } else {
      seconds = half;
    }
  }
  return start + SECOND_MS;
}

/** Local time minus UTC at a whole second. */
function measureOffset(format: Intl.DateTimeFormat, instant: number): number {
  const [month, day, year, hour, minute, second] = format.format(instant).match(/\d+/g)!.map(
    Number,
  );
  return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
}
