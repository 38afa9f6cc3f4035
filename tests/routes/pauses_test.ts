import { assertEquals, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { openTestApp, type TestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";
import { at, insertSchedule, START } from "../support/factories.ts";

function openApp(sql: Sql, clock = new ManualClock(START)): Promise<TestApp> {
  const jobs = [testJob({ schedule: { cron: "0 * * * *" } }), testJob({ id: "other" })];
  return openTestApp(sql, { clock, jobs });
}

async function post(test: TestApp, path: string, json: unknown = {}) {
  const response = await test.request("POST", path, { json, as: "operator" });
  return { status: response.status, body: await response.json() };
}

databaseTest(
  "a schedule that is paused says since when, until when, by whom and why",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const { status, body } = await post(test, "/schedules/count_words/pause", {
      until: "2026-01-05T13:30:00+01:00",
      reason: "vendor is down",
    });
    assertEquals(status, 200);
    assertEquals(body.schedule.paused, {
      at: "2026-01-05T10:00:00.000Z",
      until: "2026-01-05T12:30:00.000Z",
      by: "api:operator",
      reason: "vendor is down",
    });
    assertEquals(body.schedule.next_slots[0], "2026-01-05T13:00:00.000Z");
    const { paused } = (await test.getJson("/schedules/count_words")).schedule;
    assertEquals(paused, body.schedule.paused);
    assertEquals((await test.getJson("/schedules/other")).schedule.paused, null);
  },
);

databaseTest(
  "an open pause has no end; a bounded one that is over is no pause",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    await using test = await openApp(sql, clock);
    const open = (await post(test, "/schedules/count_words/pause")).body.schedule;
    assertEquals([open.paused.until, open.paused.reason, open.next_slots], [null, null, []]);
    await post(test, "/schedules/count_words/pause", { until: "2026-01-05T10:30:00Z" });
    clock.instant = at("10:30");
    assertEquals((await test.getJson("/schedules/count_words")).schedule.paused, null);
  },
);

databaseTest("after a pause its slots are one gap, and why says who and why", async ({ sql }) => {
  const clock = new ManualClock(START);
  await using test = await openApp(sql, clock);
  await post(test, "/schedules/count_words/pause", { reason: "vendor is down" });
  clock.instant = at("12:30");
  await test.engine.tick("timer");
  const resumed = await post(test, "/schedules/count_words/resume");
  assertEquals([resumed.status, resumed.body.schedule.paused], [200, null]);
  await test.engine.tick("timer");
  const gaps = await sql`select reason, slots, detail from schedule_gaps`;
  assertEquals([...gaps], [{
    reason: "paused",
    slots: 2,
    detail: "by api:operator: vendor is down",
  }]);
  const { answer } = await test.getJson("/jobs/count_words/why?at=2026-01-05T11:00Z");
  assertEquals(
    answer,
    "The schedule was paused over that slot by api:operator: vendor is down",
  );
});

databaseTest(
  "a job is paused and resumed with all its schedules, and can still be run",
  async ({ sql }) => {
    await using test = await openApp(sql);
    await insertSchedule(sql, { id: "nova", job_type: "count_words", next_run_at: at("11:00") });
    const paused = await post(test, "/jobs/count_words/pause", { reason: "move" });
    assertEquals(paused.status, 200);
    const told = paused.body.schedules.map((
      { id, paused }: { id: string; paused: { by: string; reason: string } },
    ) => [id, paused.by, paused.reason]);
    assertEquals(told.toSorted(), [
      ["count_words", "api:operator", "move"],
      ["nova", "api:operator", "move"],
    ]);
    const { jobs } = await test.getJson("/jobs");
    assertEquals(jobs[0].next_run, null);
    assertEquals((await post(test, "/jobs/count_words/run")).status, 202);
    await test.engine.idle();
    const resumed = await post(test, "/jobs/count_words/resume");
    assertEquals(
      resumed.body.schedules.map(({ paused }: { paused: unknown }) => paused),
      [null, null],
    );
  },
);

databaseTest(
  "a pause into the past, without a reason's words, or of what is not there is refused",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const past = await post(test, "/schedules/count_words/pause", {
      until: "2026-01-05T10:00:00Z",
    });
    assertEquals([past.status, Object.keys(past.body.errors)], [422, ["until"]]);
    const empty = await post(test, "/jobs/count_words/pause", { reason: "" });
    assertEquals([empty.status, Object.keys(empty.body.errors)], [422, ["reason"]]);
    for (const act of ["pause", "resume"]) {
      assertEquals((await post(test, `/schedules/nothing/${act}`)).status, 404);
      const unknown = await post(test, `/jobs/count_wrods/${act}`);
      assertEquals(unknown.status, 404);
      assertStringIncludes(unknown.body.detail, "count_words");
    }
  },
);

databaseTest("pausing takes an operator", async ({ sql }) => {
  await using test = await openApp(sql);
  for (const path of ["/jobs/count_words/pause", "/schedules/count_words/resume"]) {
    const response = await test.request("POST", path, { as: "viewer" });
    assertEquals(response.status, 403);
    await response.body?.cancel();
  }
});
