/** What a change of the clocks did to a slot. Wall times are milliseconds as `Date.UTC` counts what the clock shows. */
export type ClockEffect =
  /** The clock jumped over `count` times of the schedule; they share the slot at which it had jumped. */
  | { kind: "gap"; firstWall: number; lastWall: number; count: number; ranWall: number }
  /** The time comes twice; a fixed-time schedule fires the first time only. */
  | { kind: "only-first"; wall: number }
  /** The time comes twice, and a schedule that follows the clock face fires both times. */
  | { kind: "first" | "second"; wall: number }
  /** The change itself is a slot, since the wait for the next matching time would be longer than any other. */
  | { kind: "bridge"; wallBefore: number; wallAfter: number };

/**
 * A sentence about a slot: "02:30 did not exist on 2026-03-29 in Europe/Budapest; ran at 03:00", or, of one that is
 * to come, "02:30 does not exist on …; runs at 03:00".
 */
export function noteClockEffect(effect: ClockEffect, timeZone: string, isToCome: boolean): string {
  const ran = isToCome ? "runs" : "ran";
  const on = (wall: number) => `on ${formatDate(wall)} in ${timeZone}`;
  switch (effect.kind) {
    case "gap": {
      const { firstWall, lastWall, count, ranWall } = effect;
      const range = count === 1 ? "" : ` to ${formatTime(lastWall)}`;
      const didNot = isToCome ? (count === 1 ? "does not" : "do not") : "did not";
      return `${formatTime(firstWall)}${range} ${didNot} exist ${on(firstWall)}; ` +
        `${ran} at ${formatTime(ranWall)}`;
    }
    case "bridge": {
      const [before, after] = [effect.wallBefore, effect.wallAfter].map(formatTime);
      return `clocks ${isToCome ? "go" : "went"} from ${before} to ${after} ` +
        `${on(effect.wallAfter)}; ${ran} then, to keep the usual distance`;
    }
    default: {
      const times = { "only-first": "first time only", first: "first time", second: "second time" };
      return `${formatTime(effect.wall)} ${isToCome ? "comes" : "came"} twice ${
        on(effect.wall)
      }; ` +
        `${ran} the ${times[effect.kind]}`;
    }
  }
}

/** "02:30" */
export function formatTime(wall: number): string {
  return new Date(wall).toISOString().slice(11, 16);
}

/** "2026-03-29" */
export function formatDate(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10);
}
