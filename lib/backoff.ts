import type { Backoff } from "./job.ts";

/**
 * Milliseconds to wait after the `failures`-th failure (1 for the first).
 *
 * Exponential: `firstMs` × 2^(failures - 1), at most `maxMs`, then varied evenly by ± `spread` so that
 * runs that failed together do not come back together. `random` is in [0, 1).
 */
export function backoffDelayMs(backoff: Backoff, failures: number, random = Math.random()): number {
  const { firstMs, maxMs, spread } = backoff;
  const delayMs = Math.min(firstMs * 2 ** (failures - 1), maxMs);
  return Math.round(delayMs * (1 + spread * (2 * random - 1)));
}
