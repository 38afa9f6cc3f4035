import { assertEquals } from "@std/assert";
import {
  formatClock,
  formatCount,
  formatDistance,
  formatDuration,
  formatInstant,
  formatNumber,
  formatPercent,
  formatSlot,
} from "../../../routes/dashboard/format.ts";
import { readLocalTime, writeLocalTime } from "../../../routes/dashboard/local_time.ts";

const NOW = new Date("2026-11-27T13:45:10.250Z");

Deno.test("durations take the two units that tell most", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [850, "850 ms"],
    [9_940, "9.9 s"],
    [12_300, "12 s"],
    [252_000, "4 min 12 s"],
    [240_000, "4 min"],
    [11_100_000, "3 h 5 min"],
    [183_600_000, "2 d 3 h"],
  ];
  for (const [ms, words] of cases) assertEquals(formatDuration(ms), words);
});

Deno.test("distances say which way, and now is neither", () => {
  const cases: [number, string][] = [
    [-500, "just now"],
    [500, "now"],
    [-42_000, "42 s ago"],
    [330_000, "in 5 min"],
    [-3 * 3_600_000, "3 h ago"],
    [49 * 3_600_000, "in 2 d"],
  ];
  for (const [ms, words] of cases) {
    assertEquals(formatDistance(new Date(NOW.getTime() + ms), NOW), words);
  }
});

Deno.test("instants stand on the clock of the viewer's zone, to the second where they are exact", () => {
  const zone = "Europe/Budapest";
  assertEquals(formatInstant(NOW, zone), "Fri 27 Nov 2026, 14:45:10");
  assertEquals(formatInstant(new Date("2026-11-27T13:45:59Z"), zone), "Fri 27 Nov 2026, 14:45:59");
  assertEquals(formatClock(NOW, zone, NOW), "14:45");
  assertEquals(formatClock(new Date("2026-11-25T03:00:00Z"), zone, NOW), "Wed 04:00");
  assertEquals(formatClock(new Date("2026-01-05T03:00:00Z"), zone, NOW), "05 Jan 04:00");
  assertEquals(formatClock(new Date("2025-01-05T03:00:00Z"), zone, NOW), "05 Jan 2025 04:00");
  assertEquals(formatSlot(new Date("2026-12-01T02:30:00Z"), "UTC", NOW), "Tue 01 Dec, 02:30");
  assertEquals(formatSlot(new Date("2027-01-01T02:30:00Z"), "UTC", NOW), "Fri 01 Jan 2027, 02:30");
  assertEquals(formatSlot(new Date("2026-12-01T02:30:07Z"), "UTC", NOW), "Tue 01 Dec, 02:30:07");
});

Deno.test("all and none are said only where they are, and one is not many", () => {
  assertEquals([1, 0.999, 0.5, 0.001, 0].map(formatPercent), [
    "100 %",
    "99 %",
    "50 %",
    "1 %",
    "0 %",
  ]);
  assertEquals([1, 2, 12_345].map((count) => formatCount(count, "run")), [
    "1 run",
    "2 runs",
    "12,345 runs",
  ]);
  assertEquals([7, -1_234.5].map(formatNumber), ["7", "-1,234.5"]);
});

Deno.test("what is typed on a zone's clock is read back as it was written", () => {
  const zone = "Europe/Budapest";
  for (const text of ["2026-01-05T08:00", "2026-07-05T08:00", "2026-09-30T23:59"]) {
    assertEquals(writeLocalTime(readLocalTime(text, zone)!, zone), text);
  }
  // The clock jumps from 02:00 to 03:00: the times between are the instant of the jump.
  assertEquals(readLocalTime("2026-03-29T02:30", zone), new Date("2026-03-29T01:00:00Z"));
  const wrong = ["", "yesterday", "2026-13-40T99:99", "2026-06-31T08:00", "1969-12-31T00:00"];
  for (const text of wrong) assertEquals(readLocalTime(text, zone), undefined, text);
});
