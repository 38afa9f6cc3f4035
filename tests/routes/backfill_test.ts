import { assertEquals } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { openTestApp, type TestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";
import { insertRun, insertRunningRun, insertSchedule, START } from "../support/factories.ts";

function openApp(sql: Sql): Promise<TestApp> {
  return openTestApp(sql, { clock: new ManualClock(START) });
}

async function post(test: TestApp, json: unknown, job = "count_words") {
  const response = await test.request("POST", `/jobs/${job}/backfill`, { json, as: "operator" });
  return { status: response.status, body: await response.json() };
}

const RANGE = { from: "2026-01-01T00:00:00Z", to: "2026-01-04T00:00:00Z" };

databaseTest(
  "a backfill starts at once, goes through its slots, and says what it made",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const { status, body } = await post(test, RANGE);
    assertEquals([status, body.created, body.left_out], [202, 3, []]);
    const slots = ["01", "02", "03"].map((day) => `2026-01-${day}T02:00:00.000Z`);
    type Told = { as_of: string; trigger: string; status: string; triggered_by: string };
    assertEquals(
      body.runs.map((run: Told) => [run.as_of, run.trigger, run.triggered_by]),
      slots.map((slot) => [slot, "backfill", "api:operator"]),
    );
    // No tick: the request itself has set it going, and each end starts the next.
    await test.engine.idle();
    const { runs } = await test.getJson("/jobs/count_words/runs?trigger=backfill");
    assertEquals(runs.map(({ status }: Told) => status), ["success", "success", "success"]);
    const again = await post(test, RANGE);
    assertEquals([again.status, again.body.created], [200, 0]);
    assertEquals(
      again.body.runs.map((run: Told) => [run.as_of, run.status]),
      slots.map((slot) => [slot, "success"]),
    );
  },
);

databaseTest("slots that are left out are told with the reason", async ({ sql }) => {
  await using test = await openApp(sql);
  await insertRun(sql, {
    job_id: "count_words",
    scheduled_for: new Date("2026-01-01T02:00:00Z"),
    status: "success",
    attempt: 1,
    finished_at: START,
  });
  await insertRunningRun(sql, {
    job_id: "count_words",
    scheduled_for: new Date("2026-01-02T02:00:00Z"),
  });
  const { body } = await post(test, RANGE);
  assertEquals([body.runs.length, body.created], [1, 1]);
  assertEquals(body.left_out, [
    { slot: "2026-01-01T02:00:00.000Z", reason: "succeeded" },
    { slot: "2026-01-02T02:00:00.000Z", reason: "active" },
  ]);
  await test.engine.idle();
});

databaseTest("another schedule of the job is named by its id", async ({ sql }) => {
  await using test = await openApp(sql);
  await insertSchedule(sql, { id: "nova", job_type: "count_words", cron: "0 5 * * *" });
  const { body } = await post(test, { ...RANGE, schedule_id: "nova" });
  assertEquals(body.runs[0].as_of, "2026-01-01T05:00:00.000Z");
  assertEquals(body.runs[0].job_id, "nova");
  await test.engine.idle();
});

databaseTest("a range that does not fit is refused by field", async ({ sql }) => {
  await using test = await openApp(sql);
  for (
    const [json, field] of [
      [{}, "from"],
      [{ ...RANGE, to: "2026-01-05T10:00:01Z" }, "to"],
      [{ ...RANGE, to: RANGE.from }, "to"],
      [{ ...RANGE, from: "yesterday" }, "from"],
      [{ ...RANGE, dry_run: true }, "dry_run"],
    ] as [Record<string, unknown>, string][]
  ) {
    const { status, body } = await post(test, json);
    assertEquals([status, Object.keys(body.errors)[0]], [422, field]);
  }
});

databaseTest(
  "a job or schedule that is not there is a 404, a job without its setting a 409",
  async ({ sql }) => {
    await using test = await openApp(sql);
    assertEquals((await post(test, RANGE, "count_wrods")).status, 404);
    assertEquals((await post(test, { ...RANGE, schedule_id: "nova" })).status, 404);
    await using lacking = await openTestApp(sql, {
      clock: new ManualClock(START),
      jobs: [testJob({ missingSetting: () => "LLM_BASE_URL" })],
    });
    assertEquals((await post(lacking, RANGE)).status, 409);
  },
);

databaseTest("a backfill takes an operator", async ({ sql }) => {
  await using test = await openApp(sql);
  const request = { json: RANGE, as: "viewer" as const };
  const response = await test.request("POST", "/jobs/count_words/backfill", request);
  assertEquals(response.status, 403);
});
