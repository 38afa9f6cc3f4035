import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Role } from "../../lib/config.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { openTestApp, type TestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";
import { at, insertSchedule, START } from "../support/factories.ts";

/** A program whose clock stands at 10:00 on 2026-01-05. */
function openApp(sql: Sql, clock = new ManualClock(START)): Promise<TestApp> {
  return openTestApp(sql, { clock, jobs: [testJob(), testJob({ id: "other" })] });
}

/** The status and the body of a request that changes something. */
async function send(test: TestApp, method: string, path: string, json?: unknown, as?: Role) {
  const response = await test.request(method, path, { json, as });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}

const NIGHTLY = { cron: "30 2 * * *", time_zone: "Europe/Budapest" };

databaseTest(
  "an interval whose anchor was broken by hand says so, and can be mended",
  async ({ sql }) => {
    await using test = await openApp(sql);
    await insertSchedule(sql, { id: "every_hour", job_type: "other", interval_minutes: 60 });
    for (const anchor of ["-infinity", "infinity"]) {
      await sql`update scheduled_jobs set anchor_at = ${anchor}::text::timestamptz where id = 'every_hour'`;
      const { schedule } = await test.getJson("/schedules/every_hour");
      assertStringIncludes(schedule.description, "its anchor_at is no instant");
      assertEquals(schedule.next_slots, []);
      const { schedules } = await test.getJson("/schedules");
      assertEquals(schedules.length, 3);
    }

    const edited = await send(test, "PATCH", "/schedules/every_hour", {
      schedule: { interval_minutes: 30 },
    });
    assertEquals(edited.body.schedule.next_slots[0], "2026-01-05T10:30:00.000Z");
  },
);

databaseTest("a schedule has exactly the documented fields", async ({ sql }) => {
  await using test = await openApp(sql);
  const { schedule } = await test.getJson("/schedules/count_words", { as: "viewer" });
  assertEquals(schedule, {
    id: "count_words",
    job_type: "count_words",
    bot_id: "*",
    enabled: true,
    source: "code",
    cron: "0 2 * * *",
    interval_minutes: null,
    run_at: null,
    time_zone: "UTC",
    description: "At 02:00, every day (UTC)",
    params: {},
    policies: {
      grace_seconds: null,
      coalesce: "latest",
      overlap: "skip",
      limit: null,
      jitter_seconds: 0,
    },
    next_run_at: "2026-01-06T02:00:00.000Z",
    planned_at: "2026-01-06T02:00:00.000Z",
    last_run_at: null,
    set_by_hand: false,
    paused: null,
    disabled_at: null,
    retired_at: null,
    next_slots: [6, 7, 8, 9, 10].map((day) =>
      `2026-01-${String(day).padStart(2, "0")}T02:00:00.000Z`
    ),
    created_at: "2026-01-05T10:00:00.000Z",
    updated_at: "2026-01-05T10:00:00.000Z",
  });
});

databaseTest(
  "a schedule is made with what the body says, and its place is told",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const { status, headers, body } = await send(test, "POST", "/schedules", {
      job: "count_words",
      id: "nova.nightly",
      bot_id: "nova",
      schedule: NIGHTLY,
      params: { days: 7 },
      grace_seconds: 300,
      coalesce: "all",
      overlap: "queue",
      limit: 2,
      jitter_seconds: 60,
    });
    assertEquals([status, headers.get("Location")], [201, "/schedules/nova.nightly"]);
    const { schedule } = body;
    assertEquals(
      [schedule.id, schedule.job_type, schedule.bot_id, schedule.source, schedule.enabled],
      ["nova.nightly", "count_words", "nova", "api", true],
    );
    assertEquals([schedule.cron, schedule.time_zone], ["30 2 * * *", "Europe/Budapest"]);
    assertEquals(schedule.description, "At 02:30, every day (Europe/Budapest)");
    assertEquals(schedule.params, { days: 7 });
    assertEquals(schedule.policies, {
      grace_seconds: 300,
      coalesce: "all",
      overlap: "queue",
      limit: 2,
      jitter_seconds: 60,
    });
    assertEquals(schedule.next_run_at, "2026-01-06T01:30:00.000Z");
    assertEquals((await test.getJson("/schedules/nova.nightly")).schedule, schedule);
  },
);

databaseTest(
  "the least that makes a schedule is a job and a time, of each kind",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const make = async (schedule: unknown) => {
      const { status, body } = await send(test, "POST", "/schedules", { job: "other", schedule });
      assertEquals(status, 201);
      assertMatch(body.schedule.id, /^[0-9a-f-]{36}$/);
      return body.schedule.next_run_at;
    };
    assertEquals(await make({ cron: "@daily" }), "2026-01-06T00:00:00.000Z");
    assertEquals(await make({ interval_minutes: 90 }), "2026-01-05T11:30:00.000Z");
    assertEquals(await make({ run_at: "2026-03-29T02:00+02:00" }), "2026-03-29T00:00:00.000Z");
  },
);

for (
  const [name, body, field] of [
    ["no schedule", {}, "schedule"],
    ["no kind of it", { schedule: {} }, "schedule"],
    ["two kinds of it", { schedule: { cron: "@daily", interval_minutes: 5 } }, "schedule"],
    ["a zone without cron", { schedule: { interval_minutes: 5, time_zone: "UTC" } }, "schedule"],
    ["what never fires", { schedule: { cron: "0 0 31 2 *" } }, "schedule"],
    ["what is no cron", { schedule: { cron: "61 * * * *" } }, "schedule"],
    ["no such zone", { schedule: { cron: "@daily", time_zone: "Mars/Olympus" } }, "schedule"],
    ["an empty zone", { schedule: { cron: "@daily", time_zone: "" } }, "schedule"],
    ["an interval of nothing", { schedule: { interval_minutes: 0 } }, "schedule"],
    ["half a minute", { schedule: { interval_minutes: 0.5 } }, "schedule.interval_minutes"],
    ["the past", { schedule: { run_at: "2026-01-05T09:59:00Z" } }, "schedule"],
    ["no instant", { schedule: { run_at: "tomorrow" } }, "schedule.run_at"],
    ["wrong parameters", { schedule: NIGHTLY, params: { days: 0 } }, "params.days"],
    ["unknown parameters", { schedule: NIGHTLY, params: { weeks: 1 } }, "params.weeks"],
    ["a negative grace", { schedule: NIGHTLY, grace_seconds: -1 }, "grace_seconds"],
    ["no such policy", { schedule: NIGHTLY, overlap: "both" }, "overlap"],
    ["a contradiction", { schedule: NIGHTLY, coalesce: "all" }, "coalesce"],
    ["a coalescing without a grace", { schedule: NIGHTLY, coalesce: "skip" }, "coalesce"],
    ["an id that is no part of a path", { schedule: NIGHTLY, id: "a/b" }, "id"],
    ["an unknown field", { schedule: NIGHTLY, corn: "@daily" }, "corn"],
  ] as [string, Record<string, unknown>, string][]
) {
  databaseTest(`a schedule with ${name} is refused at ${field}`, async ({ sql }) => {
    await using test = await openApp(sql);
    const answer = await send(test, "POST", "/schedules", { job: "count_words", ...body });
    assertEquals(answer.status, 422);
    assertEquals(Object.keys(answer.body.errors), [field]);
    assert(answer.body.errors[field][0].length > 3);
    const [{ rows }] = await sql`select count(*)::int as rows from scheduled_jobs`;
    assertEquals(rows, 2);
  });
}

databaseTest("what never fires is refused with the reason", async ({ sql }) => {
  await using test = await openApp(sql);
  const { body } = await send(test, "POST", "/schedules", {
    job: "count_words",
    schedule: { cron: "0 0 31 2 *" },
  });
  assertEquals(body.type, "urn:edge-cron:problem:invalid_schedule");
  assertStringIncludes(body.detail, 'Cannot use "0 0 31 2 *" as a schedule');
  assertStringIncludes(body.detail, body.errors.schedule[0]);
});

databaseTest(
  "a schedule of no job is a 404 that names the nearest, an id twice a 409",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const unknown = await send(test, "POST", "/schedules", {
      job: "count_wrods",
      schedule: NIGHTLY,
    });
    assertEquals([unknown.status, unknown.body.nearest], [404, "count_words"]);
    const make = (id: string) =>
      send(test, "POST", "/schedules", { job: "other", id, schedule: NIGHTLY });
    assertEquals((await make("mine")).status, 201);
    assertEquals((await make("mine")).status, 409);
    assertEquals((await make("count_words")).status, 409);
  },
);

databaseTest(
  "the list is by id, a page at a time, and narrowed by job, enabled and source",
  async ({ sql }) => {
    await using test = await openApp(sql);
    for (const id of ["d", "b", "c"]) {
      await insertSchedule(sql, { id, job_type: "other", enabled: id !== "c" });
    }
    await insertSchedule(sql, { id: "a", job_type: "other", deleted_at: START });
    const ids = async (query = "") => {
      const { schedules } = await test.getJson(`/schedules${query}`, { as: "viewer" });
      return schedules.map(({ id }: { id: string }) => id).join(" ");
    };
    assertEquals(await ids(), "b c count_words d other");
    assertEquals(await ids("?job=other"), "b c d other");
    assertEquals(await ids("?job=other,count_words&enabled=true"), "b count_words d other");
    assertEquals(await ids("?enabled=false"), "c");
    assertEquals(await ids("?source=code"), "count_words other");
    assertEquals(await ids("?source=api&enabled=true"), "b d");
    const first = await test.getJson("/schedules?limit=3");
    assertEquals(first.schedules.length, 3);
    const second = await test.getJson(`/schedules?limit=3&cursor=${first.next_cursor}`);
    assertEquals(second.schedules.map(({ id }: { id: string }) => id), ["d", "other"]);
    assertEquals(second.next_cursor, null);
  },
);

databaseTest("a filter that is misspelt, or names no job, is refused", async ({ sql }) => {
  await using test = await openApp(sql);
  for (const query of ["enabled=yes", "source=file", "jobs=other", "cursor=x", "limit=0"]) {
    assertEquals((await test.request("GET", `/schedules?${query}`)).status, 422, query);
  }
  assertEquals((await test.request("GET", "/schedules?job=othre")).status, 404);
});

databaseTest(
  "a patch changes what it names, code rows too, and answers with the schedule",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const { status, body } = await send(test, "PATCH", "/schedules/count_words", {
      schedule: { interval_minutes: 30 },
      bot_id: "nova",
      params: { days: 9 },
      grace_seconds: 60,
      overlap: "queue",
      coalesce: "all",
      limit: 5,
      jitter_seconds: 5,
    });
    assertEquals(status, 200);
    const { schedule } = body;
    assertEquals(
      [schedule.cron, schedule.interval_minutes, schedule.next_run_at, schedule.bot_id],
      [null, 30, "2026-01-05T10:30:00.000Z", "nova"],
    );
    assertEquals([schedule.params, schedule.policies], [{ days: 9 }, {
      grace_seconds: 60,
      coalesce: "all",
      overlap: "queue",
      limit: 5,
      jitter_seconds: 5,
    }]);
    const cleared = await send(test, "PATCH", "/schedules/count_words", {
      grace_seconds: null,
      coalesce: "latest",
      limit: null,
    });
    assertEquals(cleared.body.schedule.policies.grace_seconds, null);
    assertEquals(cleared.body.schedule.policies.limit, null);
    assertEquals(cleared.body.schedule.policies.overlap, "queue");
    const same = await send(test, "PATCH", "/schedules/count_words", {});
    assertEquals(same.body, cleared.body);
  },
);

databaseTest("a patch that does not fit changes nothing and says where", async ({ sql }) => {
  await using test = await openApp(sql);
  const before = await test.getJson("/schedules/count_words");
  for (
    const [json, field] of [
      [{ params: { days: "3" } }, "params.days"],
      [{ schedule: { cron: "0 0 30 2 *" } }, "schedule"],
      [{ schedule: { cron: "@daily", time_zone: "" } }, "schedule"],
      [{ coalesce: "all" }, "coalesce"],
      [{ coalesce: "skip" }, "coalesce"],
      [{ next_run_at: "soon" }, "next_run_at"],
      [{ id: "renamed" }, "id"],
      [{ job: "other" }, "job"],
    ] as const
  ) {
    const { status, body } = await send(test, "PATCH", "/schedules/count_words", json);
    assertEquals([status, Object.keys(body.errors)], [422, [field]]);
  }
  assertEquals(await test.getJson("/schedules/count_words"), before);
});

databaseTest("next_run_at by hand is one run; the plan goes on after it", async ({ sql }) => {
  const clock = new ManualClock(START);
  await using test = await openApp(sql, clock);
  const set = (next_run_at: string | null) =>
    send(test, "PATCH", "/schedules/count_words", { next_run_at });
  const { schedule } = (await set("2026-01-06T09:15:00Z")).body;
  assertEquals(
    [schedule.next_run_at, schedule.planned_at, schedule.set_by_hand],
    ["2026-01-06T09:15:00.000Z", "2026-01-06T02:00:00.000Z", true],
  );
  assertEquals(schedule.next_slots.slice(0, 2), [
    "2026-01-06T09:15:00.000Z",
    "2026-01-07T02:00:00.000Z",
  ]);
  const now = (await set(null)).body.schedule;
  assertEquals([now.next_run_at, now.set_by_hand], [null, true]);
  await test.engine.tick("timer");
  await test.engine.idle();
  const { runs: [run] } = await test.getJson("/jobs/count_words/runs");
  assertEquals([run.scheduled_for, run.trigger], ["2026-01-05T10:00:00.000Z", "schedule"]);
  const after = (await test.getJson("/schedules/count_words")).schedule;
  assertEquals(
    [after.next_run_at, after.set_by_hand, after.last_run_at],
    ["2026-01-06T02:00:00.000Z", false, "2026-01-05T10:00:00.000Z"],
  );
  const taken = await set("2026-01-05T10:00:00Z");
  assertEquals([taken.status, taken.body.run_id], [409, run.id]);
});

databaseTest(
  "a schedule that SQL changed shows the slots that will run: none before the planned one",
  async ({ sql }) => {
    await using test = await openApp(sql);
    await sql`update scheduled_jobs set cron = '0 * * * *' where id = 'count_words'`;
    const { schedule } = await test.getJson("/schedules/count_words");
    assertEquals(schedule.next_run_at, "2026-01-06T02:00:00.000Z");
    assertEquals(schedule.next_slots.slice(0, 2), [
      "2026-01-06T02:00:00.000Z",
      "2026-01-06T03:00:00.000Z",
    ]);
  },
);

databaseTest(
  "a schedule is disabled and enabled; while it is, nothing is to come",
  async ({ sql }) => {
    await using test = await openApp(sql);
    const set = async (enabled: boolean) =>
      (await send(test, "PATCH", "/schedules/count_words", { enabled })).body.schedule;
    const off = await set(false);
    assertEquals(
      [off.enabled, off.disabled_at, off.next_slots],
      [false, "2026-01-05T10:00:00.000Z", []],
    );
    const on = await set(true);
    assertEquals([on.enabled, on.disabled_at, on.next_slots.length], [true, null, 5]);
  },
);

databaseTest("a deleted schedule is gone from the API, and its runs are not", async ({ sql }) => {
  const clock = new ManualClock(START);
  await using test = await openApp(sql, clock);
  await send(test, "POST", "/schedules", {
    job: "other",
    id: "mine",
    schedule: { interval_minutes: 5 },
  });
  clock.advance(300_000);
  await test.engine.tick("timer");
  await test.engine.idle();
  const response = await test.request("DELETE", "/schedules/mine");
  assertEquals([response.status, await response.text()], [204, ""]);
  for (const method of ["GET", "DELETE"]) {
    assertEquals((await test.request(method, "/schedules/mine")).status, 404);
  }
  assertEquals((await send(test, "PATCH", "/schedules/mine", { limit: 1 })).status, 404);
  const { runs } = await test.getJson("/jobs/other/runs");
  assertEquals(runs.map(({ job_id, status }: Record<string, string>) => [job_id, status]), [
    ["mine", "success"],
  ]);
});

databaseTest("a schedule of the code cannot be deleted", async ({ sql }) => {
  await using test = await openApp(sql);
  const { status, body } = await send(test, "DELETE", "/schedules/count_words");
  assertEquals(status, 409);
  assertStringIncludes(body.detail, "disable it");
});

databaseTest("making, changing and deleting takes an admin", async ({ sql }) => {
  await using test = await openApp(sql);
  for (
    const [method, path, json] of [
      ["POST", "/schedules", { job: "other", schedule: NIGHTLY }],
      ["PATCH", "/schedules/count_words", { limit: 1 }],
      ["DELETE", "/schedules/count_words", undefined],
    ] as const
  ) {
    assertEquals((await send(test, method, path, json, "operator")).status, 403, method);
  }
});

databaseTest(
  "what a person broke or set to infinity by SQL is shown all the same",
  async ({ sql }) => {
    await using test = await openApp(sql);
    await sql`
    update scheduled_jobs
    set cron = '61 * * * *', next_run_at = 'infinity', paused_at = now(), paused_until = 'infinity'
    where id = 'count_words'`;
    const { schedule } = await test.getJson("/schedules/count_words");
    assertStringIncludes(schedule.description, "Cannot use");
    assertEquals(
      [schedule.next_run_at, schedule.set_by_hand, schedule.paused.until, schedule.next_slots],
      [null, true, null, []],
    );
    assertEquals((await test.request("GET", "/schedules")).status, 200);
    const mended = await send(test, "PATCH", "/schedules/count_words", {
      schedule: NIGHTLY,
      next_run_at: "2026-01-05T11:00:00Z",
    });
    assertEquals(mended.body.schedule.next_run_at, at("11:00").toISOString());
  },
);
