import { assertEquals } from "@std/assert";
import {
  type JudgedRun,
  RUNS_JUDGED,
  type SlotGap,
} from "../../../lib/dashboard_overview_store.ts";
import { addUp, lastMissed } from "../../../routes/dashboard/overview/job_health.ts";

const NOW = new Date("2026-01-05T12:00:00Z");
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

function run(status: JudgedRun["status"], hours: number): JudgedRun {
  return { status, atMs: hoursAgo(hours).getTime(), durationMs: 1, retry: null };
}

function gap(reason: SlotGap["reason"], from: number, to: number): SlotGap {
  return { reason, firstSlot: hoursAgo(from), lastSlot: hoursAgo(to) };
}

Deno.test("a missed slot counts for a day, and for as long as it is the newest", () => {
  const success = [run("success", 100)];
  const missed = (hours: number, newest: number, runs = success) =>
    lastMissed(runs, [gap("missed", hours + 1, hours)], hoursAgo(newest).getTime(), NOW);
  const open = (hours: number) => ({ slot: hoursAgo(hours), isMadeUp: false });
  assertEquals(missed(5, 5), open(5));
  assertEquals(missed(5, 1, [run("skipped", 1), ...success]), open(5));
  assertEquals(missed(24, 1), open(24));
  assertEquals(missed(25, 1), null);
  assertEquals(missed(72, 72), open(72));
});

Deno.test("a success makes up for the slots before it, which are told for a day all the same", () => {
  const isMadeUp = (runs: JudgedRun[], ago = 5) => {
    const missed = lastMissed(runs, [gap("missed", ago, ago)], hoursAgo(ago).getTime(), NOW);
    return missed && missed.isMadeUp;
  };
  assertEquals(isMadeUp([run("success", 4)]), true);
  assertEquals(isMadeUp([run("success", 4)], 24), true);
  assertEquals(isMadeUp([run("success", 4)], 25), null);
  assertEquals(isMadeUp([run("failed", 4)]), false);
  assertEquals(isMadeUp([]), false);
  // The last success may lie beyond the runs that are looked at: then it may have made up for it.
  const skipped = Array.from({ length: RUNS_JUDGED }, (_, n) => run("skipped", n / 100));
  assertEquals(isMadeUp(skipped), true);
});

Deno.test("what was held back on purpose is not missed", () => {
  for (
    const reason of ["paused", "disabled", "rescheduled", "coalesced", "scheduler_off"] as const
  ) {
    assertEquals(lastMissed([], [gap(reason, 6, 5)], hoursAgo(5).getTime(), NOW), null, reason);
  }
});

Deno.test("a run that is tried again fails since its first failure, and is in no rate yet", () => {
  const retry = { failedAtMs: hoursAgo(3).getTime(), againAtMs: hoursAgo(-1).getTime() };
  const open = { ...run("pending", 4), retry };
  const waits = addUp([run("skipped", 1), open, run("success", 10)]);
  assertEquals(
    [waits.failures, waits.failingSince, waits.retryAt, waits.successRate],
    [1, hoursAgo(3), hoursAgo(-1), 1],
  );
  const atIt = addUp([{ ...open, status: "running" }, run("failed", 8), run("success", 10)]);
  assertEquals([atIt.failures, atIt.failingSince, atIt.retryAt], [2, hoursAgo(8), null]);
  assertEquals(addUp([run("success", 1), open]).failures, 0);
});
