import { assertEquals } from "@std/assert";
import {
  readRecentRuns,
  readSlotGaps,
  readSlotRuns,
  RUNS_JUDGED,
} from "../../lib/dashboard_overview_store.ts";
import { insertRun, openTestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

const at = (ms: number) => new Date(Date.UTC(2026, 0, 5, 12) + ms);

databaseTest(
  "a job's newest runs come newest first, to the millisecond, without dry runs",
  async ({ sql }) => {
    await using _test = await openTestApp(sql, { jobs: [testJob(), testJob({ id: "idle" })] });
    const times = { started_at: at(1_001), finished_at: at(2_002), duration_ms: 1_001 };
    await insertRun(sql, { created_at: at(0), ...times });
    const id = await insertRun(sql, {
      created_at: at(10_000),
      started_at: at(10_003),
      finished_at: at(10_007),
      duration_ms: 4,
      status: "failed",
      reason: "error",
    });
    await insertRun(sql, { created_at: at(20_000), dry_run: true });
    await insertRun(sql, {
      created_at: at(30_000),
      started_at: null,
      finished_at: at(30_005),
      duration_ms: null,
      status: "skipped",
      reason: "overlap",
    });
    const [first, idle] = await readRecentRuns(sql, ["count_words", "idle"]);
    assertEquals(first, {
      jobType: "count_words",
      runs: [
        { status: "skipped", atMs: at(30_005).getTime(), durationMs: null, retry: null },
        { status: "failed", atMs: at(10_007).getTime(), durationMs: 4, retry: null },
        { status: "success", atMs: at(2_002).getTime(), durationMs: 1_001, retry: null },
      ],
      last: { id, startedAt: at(10_003) },
      runningId: null,
    });
    assertEquals(idle, { jobType: "idle", runs: [], last: null, runningId: null });
  },
);

databaseTest("an open run tells when it failed first and is tried again", async ({ sql }) => {
  await using _test = await openTestApp(sql);
  const open = { status: "pending", finished_at: null, available_at: at(90_009) } as const;
  const failed = await insertRun(sql, { ...open, created_at: at(0), attempt: 2, failures: 2 });
  for (const [attempt, outcome] of [[1, "lost"], [2, "timeout"], [3, "failed"]] as const) {
    await sql`
      insert into run_attempts (run_id, attempt, started_at, finished_at, outcome, claimed_by)
      values (${failed}, ${attempt}, ${at(0)}, ${at(attempt * 10_003)}, ${outcome}, 'a')`;
  }
  await insertRun(sql, { ...open, created_at: at(1), duration_ms: null, attempt: 0 });
  const [{ runs }] = await readRecentRuns(sql, ["count_words"]);
  assertEquals(runs, [
    { status: "pending", atMs: at(1).getTime(), durationMs: null, retry: null },
    {
      status: "pending",
      atMs: at(0).getTime(),
      durationMs: 0,
      retry: { failedAtMs: at(20_006).getTime(), againAtMs: at(90_009).getTime() },
    },
  ]);
});

databaseTest("no more runs are judged than the figures are taken over", async ({ sql }) => {
  await using _test = await openTestApp(sql);
  for (let n = 0; n < RUNS_JUDGED + 2; n++) await insertRun(sql, { created_at: at(n) });
  const [{ runs }] = await readRecentRuns(sql, ["count_words"]);
  assertEquals([runs.length, runs[0].atMs], [RUNS_JUDGED, at(RUNS_JUDGED + 1).getTime()]);
});

databaseTest("slots and gaps of a row come newest first", async ({ sql }) => {
  await using _test = await openTestApp(sql);
  for (const [ms, status] of [[0, "success"], [60_000, "cancelled"]] as const) {
    await insertRun(sql, {
      trigger: "schedule",
      as_of: null,
      scheduled_for: at(ms),
      created_at: at(ms),
      status,
    });
  }
  await sql`
    insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
    values ('count_words', 'scheduler_off', ${at(120_000)}, ${at(180_000)}, 2)`;
  assertEquals((await readSlotRuns(sql, ["count_words"])).get("count_words"), [
    { status: "cancelled", slotMs: at(60_000).getTime() },
    { status: "success", slotMs: at(0).getTime() },
  ]);
  assertEquals(
    await readSlotGaps(sql, ["count_words", "idle"]),
    new Map([
      ["count_words", [{ reason: "scheduler_off", firstSlot: at(120_000), lastSlot: at(180_000) }]],
      ["idle", []],
    ]),
  );
});
