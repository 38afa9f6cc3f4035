/**
 * How long a row's runs wait after their slot, so that rows sharing a minute do not start together.
 *
 * The same row always waits the same time: FNV-1a over the id, taken modulo the span.
 *
 * @returns Milliseconds, 0 to `maxSeconds` × 1,000.
 */
export function jitterMs(rowId: string, maxSeconds: number): number {
  if (!(Number.isInteger(maxSeconds) && maxSeconds >= 0)) {
    throw new RangeError(
      `Cannot spread runs as maxSeconds must be a whole number from 0: current value is ${maxSeconds}`,
    );
  }
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(rowId)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % (maxSeconds * 1000 + 1);
}
