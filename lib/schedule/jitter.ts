import { fnv1a } from "./fnv1a.ts";

/**
 * How long after its slot a row's run becomes available, so that rows that share a minute do not start together.
 *
 * A row always waits the same time. The slot itself does not move.
 *
 * @returns Whole milliseconds from 0 to `maxSeconds` × 1,000.
 */
export function jitterMs(rowId: string, maxSeconds: number): number {
  if (!(Number.isInteger(maxSeconds) && maxSeconds >= 0)) {
    throw new RangeError(
      `Cannot spread runs as maxSeconds must be a whole number from 0: current value is ${maxSeconds}`,
    );
  }
  if (maxSeconds === 0) return 0;
  return fnv1a(rowId) % (maxSeconds * 1000 + 1);
}
