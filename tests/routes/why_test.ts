import { assertEquals, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import { openTestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";
import { at, insertSchedule, START } from "../support/factories.ts";

databaseTest("why tells the slot, the run and each condition", async ({ sql }) => {
  const clock = new ManualClock(START);
  const jobs = [testJob({ schedule: { cron: "0 * * * *" } })];
  await using test = await openTestApp(sql, { clock, jobs });
  clock.instant = at("11:00:01");
  await test.engine.tick("timer");
  await test.engine.idle();
  const told = await test.getJson("/jobs/count_words/why?at=2026-01-05T12:00:30+01:00", {
    as: "viewer",
  });
  const { runs: [run] } = await test.getJson("/jobs/count_words/runs");
  assertEquals(
    [told.schedule_id, told.at, told.slot, told.previous_slot, told.next_slot, told.ran],
    [
      "count_words",
      "2026-01-05T11:00:30.000Z",
      "2026-01-05T11:00:00.000Z",
      "2026-01-05T10:00:00.000Z",
      "2026-01-05T12:00:00.000Z",
      true,
    ],
  );
  assertEquals(told.answer, "It succeeded in 0 ms after 1 attempt");
  assertEquals(told.run.id, run.id);
  assertEquals(told.conditions.length, 7);
  const later = await test.getJson("/jobs/count_words/why?at=2026-01-05T12:00:00Z");
  assertEquals([later.ran, later.run], [false, null]);
  assertStringIncludes(later.answer, "It comes at 2026-01-05T12:00:00.000Z");
});

databaseTest("why of another schedule names it; of another job's it is a 404", async ({ sql }) => {
  const clock = new ManualClock(START);
  await using test = await openTestApp(sql, { clock, jobs: [testJob(), testJob({ id: "other" })] });
  await insertSchedule(sql, { id: "nova", job_type: "other" });
  const query = "at=2026-01-05T10:30:00Z&schedule_id=nova";
  assertEquals((await test.getJson(`/jobs/other/why?${query}`)).schedule_id, "nova");
  assertEquals((await test.request("GET", `/jobs/count_words/why?${query}`)).status, 404);
  assertEquals((await test.request("GET", `/jobs/othre/why?${query}`)).status, 404);
});

databaseTest("why of an interval whose anchor was broken by hand says so", async ({ sql }) => {
  const jobs = [testJob({ schedule: { intervalMinutes: 60 } })];
  await using test = await openTestApp(sql, { clock: new ManualClock(START), jobs });
  await sql`update scheduled_jobs set anchor_at = '-infinity'`;
  const told = await test.getJson("/jobs/count_words/why?at=2026-01-05T11:00:00Z");
  assertStringIncludes(told.answer, "its anchor_at is no instant");
  assertEquals([told.previous_slot, told.next_slot], [null, null]);
});

databaseTest(
  "why without an instant, or with one that is none, is refused by field",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    for (const query of ["", "?at=yesterday", "?at=2026-01-05T10:00:00"]) {
      const response = await test.request("GET", `/jobs/count_words/why${query}`);
      assertEquals(response.status, 422);
      assertEquals(Object.keys((await response.json()).errors), ["at"]);
    }
  },
);
