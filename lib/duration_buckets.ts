/**
 * Upper bounds, in milliseconds, of the buckets that durations are counted in.
 *
 * Bucket n holds what is at least bound n - 1 and below bound n, as `width_bucket` counts; the last
 * bucket is open. Never change them: counts that were written keep their meaning only with their bounds.
 */
export const DURATION_BOUNDS_MS: readonly number[] = [
  10,
  25,
  50,
  100,
  250,
  500,
  1_000,
  2_500,
  5_000,
  10_000,
  30_000,
  60_000,
  300_000,
  900_000,
  3_600_000,
];
