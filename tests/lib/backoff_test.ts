import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { backoffDelayMs } from "../../lib/backoff.ts";
import { DEFAULT_POLICIES } from "../../lib/job.ts";

const { backoff } = DEFAULT_POLICIES;

Deno.test("backoffDelayMs() doubles from 30 s to an hour", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 5_000].map((failures) =>
    backoffDelayMs(backoff, failures, 0.5)
  );
  assertEquals(
    delays.map((ms) => ms / 1_000),
    [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600, 3_600],
  );
});

Deno.test("backoffDelayMs() varies by a fifth, both ways", () => {
  assertEquals(backoffDelayMs(backoff, 1, 0), 24_000);
  assertEquals(backoffDelayMs(backoff, 1, 0.999_999_999), 36_000);
});

Deno.test("backoffDelayMs() without a spread is exact", () => {
  const exact = { firstMs: 1_000, maxMs: 5_000, spread: 0 };
  assertEquals([1, 2, 3, 4].map((failures) => backoffDelayMs(exact, failures)), [
    1_000,
    2_000,
    4_000,
    5_000,
  ]);
});

Deno.test("backoffDelayMs() keeps its spread whatever is drawn", () => {
  const drawn = Array.from({ length: 2_000 }, () => backoffDelayMs(backoff, 2));
  assertGreaterOrEqual(Math.min(...drawn), 48_000);
  assertLessOrEqual(Math.max(...drawn), 72_000);
});
