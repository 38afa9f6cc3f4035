import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { databaseClock, ManualClock } from "../../lib/clock.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../../lib/errors.ts";
import { ScheduleError, type ScheduleSpec } from "../../lib/schedule.ts";
import { changeRow, markDeleted, readRow } from "../../lib/schedule_store.ts";
import {
  createSchedule,
  deleteSchedule,
  editSchedule,
  pauseSchedules,
  resumeSchedules,
  type ScheduleInput,
} from "../../lib/schedules.ts";
import { syncJobs } from "../../lib/sync.ts";
import { explainWhy } from "../../lib/why.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  openTestEngine,
  readGaps,
  readRuns,
  readSchedule,
  TestEngine,
} from "../support/engine.ts";
import { at, insertSchedule, START } from "../support/factories.ts";

const EVERY_HOUR: ScheduleSpec = { cron: "0 * * * *" };

/** An engine whose clock stands at 10:00 until the test moves it, and which ticks where it stops. */
class Day implements AsyncDisposable {
  readonly clock = new ManualClock(START);
  readonly test: TestEngine;

  constructor(readonly sql: Sql, job = fakeJob()) {
    this.test = openTestEngine(sql, { clock: this.clock, jobs: [job] });
  }

  get deps() {
    return this.test.engine;
  }

  /** A row of the day's job, named `row`, made now. */
  create(spec: ScheduleSpec = EVERY_HOUR, input: ScheduleInput = {}) {
    return createSchedule(this.deps, "hourly", { id: "row", spec, ...input });
  }

  /** Moves the clock to a time without a pass. */
  go(time: string): void {
    this.clock.instant = at(time);
  }

  /** Moves the clock to a time and lets a pass come there. */
  async tickAt(time: string): Promise<void> {
    this.go(time);
    await this.test.tickAndWait();
  }

  /** The slots that became runs, as times of the day, in order. */
  async slots(): Promise<string[]> {
    const runs = await readRuns(this.sql, "row");
    return runs.map(({ scheduled_for }) => scheduled_for!.toISOString().slice(11, 19))
      .toSorted();
  }

  /** The gaps as `reason first-last (slots)`. */
  async gaps(): Promise<string[]> {
    return (await readGaps(this.sql, "row")).map(({ reason, first, last, slots }) =>
      `${reason} ${first.slice(11, 16)}-${last.slice(11, 16)} (${slots})`
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
  }
}

databaseTest(
  "a row that is made has the job's policies and its first slot after now",
  async ({ sql }) => {
    const job = fakeJob({
      policies: {
        graceSeconds: 300,
        overlap: "queue",
        coalesce: "all",
        limit: 2,
        jitterSeconds: 5,
      },
    });
    await using day = new Day(sql, job);
    const row = await day.create(EVERY_HOUR, { botId: "nova", params: { days: 3 } });
    assertEquals(
      [row.id, row.job_type, row.bot_id, row.source, row.enabled, row.time_zone, row.config_json],
      ["row", "hourly", "nova", "api", true, "UTC", { days: 3 }],
    );
    assertEquals([row.next_run_at, row.planned_at], [at("11:00"), at("11:00")]);
    assertEquals([row.created_at, row.updated_at, row.anchor_at], [START, START, START]);
    assertEquals(
      [row.grace_seconds, row.overlap, row.coalesce, row.max_running, row.jitter_seconds],
      [300, "queue", "all", 2, 5],
    );
  },
);

databaseTest("a row that is made runs at its slots with its own parameters", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create({ intervalMinutes: 45 }, { params: { days: 3 }, botId: "nova" });
  await day.tickAt("10:44:59");
  assertEquals(await day.slots(), []);
  await day.tickAt("10:45");
  await day.tickAt("11:30");
  assertEquals(await day.slots(), ["10:45:00", "11:30:00"]);
  const [run] = await readRuns(sql, "row");
  assertEquals([run.params, run.bot_id, run.status], [{ days: 3 }, "nova", "success"]);
});

databaseTest("what a person says of policies takes the place of the job's", async ({ sql }) => {
  const policies = { graceSeconds: 300, coalesce: "skip", limit: 2 } as const;
  await using day = new Day(sql, fakeJob({ policies }));
  const row = await day.create(EVERY_HOUR, {
    graceSeconds: null,
    coalesce: "latest",
    overlap: "queue",
    limit: null,
    jitterSeconds: 9,
  });
  assertEquals(
    [row.grace_seconds, row.coalesce, row.overlap, row.max_running, row.jitter_seconds],
    [null, "latest", "queue", null, 9],
  );
});

databaseTest("a schedule that never fires is refused with the reason", async ({ sql }) => {
  await using day = new Day(sql);
  const error = await assertRejects(() => day.create({ cron: "0 0 31 2 *" }), ScheduleError);
  assert(error.reason.length > 0);
  for (const timeZone of ["Mars/Olympus", ""]) {
    await assertRejects(() => day.create({ cron: "0 9 * * *", timeZone }), ScheduleError);
  }
  await assertRejects(() => day.create({ intervalMinutes: 0 }), ScheduleError);
  const past = await assertRejects(() => day.create({ runAt: at("09:59") }), InvalidInputError);
  assertEquals(past.fields, { schedule: ["must have a slot in the future"] });
  assertEquals(await readSchedule(sql, "row"), undefined);
});

databaseTest("parameters are checked by the job's own schema, by field", async ({ sql }) => {
  await using day = new Day(sql, fakeJob({ params: z.strictObject({ days: z.int().max(30) }) }));
  const refused = (params: Record<string, unknown>) =>
    assertRejects(() => day.create(EVERY_HOUR, { params }), InvalidInputError);
  assertEquals(Object.keys((await refused({ days: 31 })).fields), ["params.days"]);
  assertEquals((await refused({ days: 3, weeks: 1 })).fields, {
    "params.weeks": ["is not a parameter of this job"],
  });
  await day.create(EVERY_HOUR, { params: { days: 30 } });
  const edit = () => editSchedule(day.deps, "row", { params: { days: 31 } });
  assertEquals(Object.keys((await assertRejects(edit, InvalidInputError)).fields), ["params.days"]);
  assertEquals((await readSchedule(sql, "row")).config_json, { days: 30 });
});

databaseTest(
  "policies that contradict each other are refused, together with what the row has",
  async ({ sql }) => {
    await using day = new Day(sql);
    const refused = async (input: ScheduleInput) =>
      Object.keys(
        (await assertRejects(() => day.create(EVERY_HOUR, input), InvalidInputError)).fields,
      );
    assertEquals(await refused({ coalesce: "all" }), ["coalesce"]);
    assertEquals(await refused({ graceSeconds: 10, jitterSeconds: 11 }), ["jitter_seconds"]);
    assertEquals(await refused({ overlap: "queue", coalesce: "all" }), ["coalesce"]);
    assertEquals(await refused({ coalesce: "skip" }), ["coalesce"]);
    await day.create(EVERY_HOUR, { overlap: "queue", coalesce: "all", graceSeconds: 60 });
    await assertRejects(
      () => editSchedule(day.deps, "row", { graceSeconds: null }),
      InvalidInputError,
      "coalesce and grace_seconds contradict each other",
    );
    const edit = () => editSchedule(day.deps, "row", { overlap: "skip" });
    assertEquals(
      (await assertRejects(edit, InvalidInputError)).message,
      "coalesce and overlap contradict each other",
    );
  },
);

databaseTest(
  "a row whose policies contradict each other already is changed in all else, and mended",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create(EVERY_HOUR);
    await sql`update scheduled_jobs set coalesce = 'skip' where id = 'row'`;
    assertEquals((await editSchedule(day.deps, "row", { enabled: false })).enabled, false);
    await assertRejects(
      () => editSchedule(day.deps, "row", { coalesce: "skip" }),
      InvalidInputError,
    );
    assertEquals((await editSchedule(day.deps, "row", { graceSeconds: 60 })).grace_seconds, 60);
  },
);

databaseTest("an id is used once: neither a job's nor a deleted row's is free", async ({ sql }) => {
  await using day = new Day(sql);
  await assertRejects(
    () => day.create(EVERY_HOUR, { id: "hourly" } as ScheduleInput),
    ConflictError,
  );
  await day.create();
  await assertRejects(() => day.create(), ConflictError);
  await deleteSchedule(day.deps, "row");
  await assertRejects(() => day.create(), ConflictError);
});

databaseTest("a row of a job that is not there cannot be made", async ({ sql }) => {
  await using day = new Day(sql);
  const make = () => createSchedule(day.deps, "weekly", { spec: EVERY_HOUR });
  await assertRejects(make, NotFoundError);
});

databaseTest("an edit changes what it names and nothing else", async ({ sql }) => {
  await using day = new Day(sql);
  const before = await day.create(EVERY_HOUR, { params: { days: 3 }, graceSeconds: 60 });
  day.go("10:05");
  await editSchedule(day.deps, "row", { botId: "nova" });
  await editSchedule(day.deps, "row", { limit: 4 });
  await editSchedule(day.deps, "row", { params: { days: 5 } });
  await editSchedule(day.deps, "row", {});
  assertEquals(await readSchedule(sql, "row"), {
    ...before,
    bot_id: "nova",
    max_running: 4,
    config_json: { days: 5 },
    updated_at: at("10:05"),
  });
  await editSchedule(day.deps, "row", { graceSeconds: null, limit: null });
  const { grace_seconds, max_running } = await readSchedule(sql, "row");
  assertEquals([grace_seconds, max_running], [null, null]);
});

databaseTest("edits at the same time are all kept", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  await Promise.all([
    editSchedule(day.deps, "row", { botId: "nova" }),
    editSchedule(day.deps, "row", { limit: 4 }),
    editSchedule(day.deps, "row", { spec: { cron: "30 * * * *" } }),
    editSchedule(day.deps, "row", { jitterSeconds: 7 }),
  ]);
  const { bot_id, max_running, cron, jitter_seconds } = await readSchedule(sql, "row");
  assertEquals([bot_id, max_running, cron, jitter_seconds], ["nova", 4, "30 * * * *", 7]);
});

databaseTest(
  "a change, or a deletion, of a row that dispatch moved since it was read writes nothing",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    const seen = (await readRow(sql, "row"))!;
    await day.tickAt("11:00");
    const gap = {
      reason: "rescheduled",
      firstSlot: at("11:00"),
      lastSlot: at("11:00"),
      slots: 1,
      detail: null,
    } as const;
    assertEquals(
      await changeRow(sql, day.clock, seen, { columns: { bot_id: "x" }, gaps: [gap] }),
      false,
    );
    assertEquals(await markDeleted(sql, day.clock, seen, [gap]), false);
    const row = await readSchedule(sql, "row");
    assertEquals([row.bot_id, row.deleted_at], ["*", null]);
    assertEquals(await day.gaps(), []);
  },
);

databaseTest(
  "a new schedule takes effect at once; slots that were due under the old one are one gap",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await day.tickAt("11:00");
    day.go("13:10");
    const row = await editSchedule(day.deps, "row", { spec: { cron: "15 * * * *" } });
    assertEquals(row.next_run_at, at("13:15"));
    assertEquals(await day.gaps(), ["rescheduled 12:00-13:00 (2)"]);
    await day.tickAt("13:15");
    assertEquals(await day.slots(), ["11:00:00", "13:15:00"]);
    assertEquals(await day.gaps(), ["rescheduled 12:00-13:00 (2)"]);
  },
);

databaseTest("a new schedule between two slots leaves no gap", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  await day.tickAt("11:00");
  day.go("11:30");
  await editSchedule(day.deps, "row", { spec: { intervalMinutes: 20 } });
  await day.tickAt("11:50");
  assertEquals([await day.slots(), await day.gaps()], [["11:00:00", "11:50:00"], []]);
});

for (
  const [what, spec] of [
    ["interval", { intervalMinutes: 20 }],
    ["cron text", { cron: "*/20 * * * *" }],
    ["instant", { runAt: at("10:20") }],
  ] satisfies [string, ScheduleSpec][]
) {
  databaseTest(`the ${what} that a row has already changes nothing`, async ({ sql }) => {
    await using day = new Day(sql);
    const { anchor_at, next_run_at, planned_at } = await day.create(spec);
    day.go("10:10");
    const edited = await editSchedule(day.deps, "row", { spec, graceSeconds: 60 });
    assertEquals(edited.grace_seconds, 60);
    assertEquals(
      [edited.anchor_at, edited.next_run_at, edited.planned_at],
      [anchor_at, next_run_at, planned_at],
    );
    await day.tickAt("10:20");
    assertEquals([await day.slots(), await day.gaps()], [["10:20:00"], []]);
  });
}

databaseTest("a slot that is due runs although its schedule is said again", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create({ intervalMinutes: 20 });
  day.go("10:20:05");
  await editSchedule(day.deps, "row", { spec: { intervalMinutes: 20 } });
  await day.tickAt("10:20:30");
  assertEquals([await day.slots(), await day.gaps()], [["10:20:00"], []]);
});

databaseTest(
  "an instant set by hand stays when the same schedule is said again",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create({ intervalMinutes: 20 });
    await sql`update scheduled_jobs set next_run_at = ${at("10:13")}`;
    const edited = await editSchedule(day.deps, "row", { spec: { intervalMinutes: 20 } });
    assertEquals([edited.next_run_at, edited.planned_at], [at("10:13"), at("10:20")]);
  },
);

for (const minutes of [5, 30]) {
  databaseTest(
    `the schedule that SQL gave to a row is planned anew when it is said again: every ${minutes} minutes`,
    async ({ sql }) => {
      await using day = new Day(sql);
      await day.create({ intervalMinutes: 20 });
      await sql`update scheduled_jobs set interval_minutes = ${minutes}`;
      day.go("10:01");
      const edited = await editSchedule(day.deps, "row", { spec: { intervalMinutes: minutes } });
      const planned = new Date(at("10:01").getTime() + minutes * 60_000);
      assertEquals([edited.next_run_at, edited.planned_at], [planned, planned]);
    },
  );
}

databaseTest("a new schedule that never fires again leaves the row as it is", async ({ sql }) => {
  await using day = new Day(sql);
  const before = await day.create();
  await assertRejects(
    () => editSchedule(day.deps, "row", { spec: { cron: "0 0 30 2 *" } }),
    ScheduleError,
  );
  const past = () => editSchedule(day.deps, "row", { spec: { runAt: at("09:00") } });
  await assertRejects(past, InvalidInputError);
  assertEquals(await readSchedule(sql, "row"), before);
});

databaseTest(
  "what a person changed in a code row outlasts the next sync; the next change of code comes through",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    await using old = openTestEngine(sql, { clock });
    await syncJobs(old.engine);
    await editSchedule(old.engine, "hourly", { spec: { cron: "30 * * * *" }, graceSeconds: 90 });
    const job = fakeJob({ schedule: { cron: "15 * * * *" }, policies: { overlap: "queue" } });
    await using renewed = openTestEngine(sql, { clock, jobs: [job] });
    await syncJobs(renewed.engine);
    const row = await readSchedule(sql);
    assertEquals([row.cron, row.grace_seconds, row.overlap], ["30 * * * *", 90, "queue"]);
    assertEquals(row.next_run_at, at("10:30"));
  },
);

databaseTest(
  "a row that is disabled runs nothing; enabled again, its slots are one gap",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await day.tickAt("11:00");
    day.go("11:30");
    await editSchedule(day.deps, "row", { enabled: false });
    await day.tickAt("13:00");
    day.go("13:30");
    await editSchedule(day.deps, "row", { enabled: true });
    await day.tickAt("13:31");
    assertEquals(await day.slots(), ["11:00:00"]);
    assertEquals(await day.gaps(), ["disabled 12:00-13:00 (2)"]);
    await day.tickAt("14:00");
    assertEquals(await day.slots(), ["11:00:00", "14:00:00"]);
  },
);

databaseTest(
  "a row that was made disabled, or disabled by an UPDATE, tells its slots when it is enabled",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create(EVERY_HOUR, { enabled: false });
    day.go("12:30");
    await editSchedule(day.deps, "row", { enabled: true });
    await day.tickAt("12:31");
    await sql`update scheduled_jobs set enabled = false where id = 'row'`;
    day.go("14:30");
    await editSchedule(day.deps, "row", { enabled: true });
    await day.tickAt("14:31");
    assertEquals(await day.slots(), []);
    assertEquals(await day.gaps(), ["disabled 11:00-12:00 (2)", "disabled 13:00-14:00 (2)"]);
  },
);

databaseTest(
  "a row that was disabled and enabled again by an UPDATE tells its slots as disabled",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await sql`update scheduled_jobs set enabled = false`;
    await day.tickAt("10:40");
    await day.tickAt("11:01");
    day.go("13:30");
    await sql`update scheduled_jobs set enabled = true`;
    // When it was enabled nobody knows: its newest slot may run.
    await day.tickAt("13:31");
    assertEquals(await day.slots(), ["13:00:00"]);
    assertEquals(await day.gaps(), ["disabled 11:00-12:00 (2)"]);
  },
);

databaseTest(
  "a row that an UPDATE enables again runs no slot that a pass has seen it disabled at",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    day.go("10:30");
    await sql`update scheduled_jobs set enabled = false`;
    for (const time of ["10:40", "11:01", "11:50"]) await day.tickAt(time);
    day.go("11:55");
    await sql`update scheduled_jobs set enabled = true`;
    day.go("11:56");
    const { conditions } = await explainWhy(day.deps, "hourly", at("11:00"), "row");
    assertEquals(conditions.find(({ holds }) => !holds)?.condition, "It is enabled");
    await day.tickAt("11:56:30");
    assertEquals(await day.slots(), []);
    assertEquals(await day.gaps(), ["disabled 11:00-11:00 (1)"]);
    await day.tickAt("12:00");
    assertEquals(await day.slots(), ["12:00:00"]);
  },
);

databaseTest(
  "a row that an UPDATE enables again runs a slot that no dispatch has passed since",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    day.go("10:30");
    await sql`update scheduled_jobs set enabled = false`;
    await day.tickAt("10:59:30");
    await using off = openTestEngine(sql, {
      clock: day.clock,
      jobs: [fakeJob()],
      env: { SCHEDULER_ENABLED: "false" },
    });
    day.go("11:00:10");
    await off.tickAndWait();
    await sql`update scheduled_jobs set enabled = true`;
    await day.tickAt("11:00:20");
    assertEquals(await day.slots(), ["11:00:00"]);
  },
);

databaseTest(
  "a row that was enabled by the API and disabled by an UPDATE before a pass is one stretch",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create(EVERY_HOUR, { enabled: false });
    day.go("11:10");
    await editSchedule(day.deps, "row", { enabled: true });
    await sql`update scheduled_jobs set enabled = false`;
    await day.tickAt("11:11");
    day.go("13:30");
    await sql`update scheduled_jobs set enabled = true`;
    await day.tickAt("13:31");
    assertEquals(await day.slots(), ["13:00:00"]);
    assertEquals(await day.gaps(), ["disabled 11:00-12:00 (2)"]);
  },
);

databaseTest(
  "slots that are missed after a row was enabled by an UPDATE are told as missed",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await sql`update scheduled_jobs set enabled = false`;
    await day.tickAt("10:10");
    await sql`update scheduled_jobs set enabled = true`;
    await day.tickAt("10:20");
    // No process until then.
    await day.tickAt("13:01");
    assertEquals(await day.slots(), ["13:00:00"]);
    assertEquals(await day.gaps(), ["missed 11:00-12:00 (2)"]);
  },
);

databaseTest("a one-off that had its slot needs a new one to be enabled", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create({ runAt: at("10:20") });
  await day.tickAt("10:20");
  const fired = await readSchedule(sql, "row");
  assertEquals([fired.enabled, fired.next_run_at], [false, null]);
  await day.tickAt("10:21");
  assertEquals((await readSchedule(sql, "row")).disabled_at, null, "nobody disabled it");
  const enable = () => editSchedule(day.deps, "row", { enabled: true });
  assertEquals(Object.keys((await assertRejects(enable, InvalidInputError)).fields), ["enabled"]);

  const again = await editSchedule(day.deps, "row", { spec: { runAt: at("10:40") } });
  assertEquals([again.enabled, again.next_run_at, again.planned_at], [
    true,
    at("10:40"),
    at("10:40"),
  ]);
  await day.tickAt("10:30");
  await day.tickAt("10:40");
  assertEquals([await day.slots(), await day.gaps()], [["10:20:00", "10:40:00"], []]);

  await editSchedule(day.deps, "row", { nextRunAt: at("10:50") });
  await day.tickAt("10:50");
  assertEquals(await day.slots(), ["10:20:00", "10:40:00", "10:50:00"]);
  assertEquals((await readSchedule(sql, "row")).enabled, false);
});

databaseTest("a one-off may get its new slot without being switched on", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create({ runAt: at("10:20") });
  await day.tickAt("10:20");
  const spec = { runAt: at("10:40") };
  assertEquals((await editSchedule(day.deps, "row", { spec, enabled: false })).enabled, false);
  await day.tickAt("10:41");
  assertEquals(await day.slots(), ["10:20:00"]);
});

databaseTest(
  "an instant set by hand is one run; regular slots before it are one gap, those after it go on",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await editSchedule(day.deps, "row", { nextRunAt: at("13:20") });
    for (const time of ["11:00", "12:00", "13:00", "13:20", "14:00"]) await day.tickAt(time);
    assertEquals(await day.slots(), ["13:20:00", "14:00:00"]);
    assertEquals(await day.gaps(), ["rescheduled 11:00-13:00 (3)"]);
  },
);

databaseTest(
  "an instant set by hand before the plan takes nothing from the plan",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await editSchedule(day.deps, "row", { nextRunAt: at("10:30") });
    for (const time of ["10:30", "11:00"]) await day.tickAt(time);
    assertEquals([await day.slots(), await day.gaps()], [["10:30:00", "11:00:00"], []]);
  },
);

databaseTest("null by hand is now", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  day.go("10:07");
  await editSchedule(day.deps, "row", { nextRunAt: null });
  await day.tickAt("10:07:12");
  await day.tickAt("11:00");
  assertEquals(await day.slots(), ["10:07:12", "11:00:00"]);
});

databaseTest(
  "a slot that has its run cannot be set by hand: nothing would run",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await day.tickAt("11:00");
    const [run] = await readRuns(sql, "row");
    const set = () => editSchedule(day.deps, "row", { nextRunAt: at("11:00") });
    assertEquals((await assertRejects(set, ConflictError)).details, { run_id: run.id });
  },
);

databaseTest(
  "a row that a person set to infinity can be edited, mended and deleted",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await sql`update scheduled_jobs set next_run_at = 'infinity' where id = 'row'`;
    await editSchedule(day.deps, "row", { limit: 3 });
    const [{ kept }] = await sql`select next_run_at = 'infinity' as kept from scheduled_jobs`;
    assertEquals(kept, true);
    await editSchedule(day.deps, "row", { nextRunAt: at("11:00") });
    await day.tickAt("11:00");
    assertEquals(await day.slots(), ["11:00:00"]);
    await sql`update scheduled_jobs set next_run_at = 'infinity' where id = 'row'`;
    await deleteSchedule(day.deps, "row");
  },
);

databaseTest("deletion ends a row and keeps its history", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  await day.tickAt("11:00");
  day.go("11:30");
  await deleteSchedule(day.deps, "row");
  await day.tickAt("13:00");
  const row = await readSchedule(sql, "row");
  assertEquals([row.deleted_at, row.enabled], [at("11:30"), false]);
  assertEquals([await day.slots(), await day.gaps()], [["11:00:00"], []]);
  for (
    const act of [
      () => deleteSchedule(day.deps, "row"),
      () => editSchedule(day.deps, "row", { limit: 1 }),
      () => pauseSchedules(day.deps, { id: "row" }, { until: null, reason: null, by: "ada" }),
      () => resumeSchedules(day.deps, { id: "row" }),
    ]
  ) await assertRejects(act, NotFoundError);
});

databaseTest("what held a row back is told when it is deleted", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  day.go("10:30");
  await pauseSchedules(day.deps, { id: "row" }, { until: null, reason: "move", by: "ada" });
  day.go("12:30");
  await deleteSchedule(day.deps, "row");
  assertEquals(await day.gaps(), ["paused 11:00-12:00 (2)"]);
});

databaseTest("a code row can be edited and paused, but not deleted", async ({ sql }) => {
  await using day = new Day(sql);
  await syncJobs(day.deps);
  await editSchedule(day.deps, "hourly", { limit: 1 });
  const error = await assertRejects(() => deleteSchedule(day.deps, "hourly"), ConflictError);
  assertEquals(error.details, { id: "hourly" });
  assertEquals((await readSchedule(sql)).deleted_at, null);
});

databaseTest(
  "an open pause holds a row back and says who and why; resumed, its slots are one gap",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    day.go("10:30");
    const [paused] = await pauseSchedules(day.deps, { id: "row" }, {
      until: null,
      reason: "vendor is down",
      by: "ada",
    });
    assertEquals(
      [paused.paused_at, paused.paused_until, paused.paused_by, paused.pause_reason],
      [at("10:30"), null, "ada", "vendor is down"],
    );
    for (const time of ["11:00", "12:00", "13:00"]) await day.tickAt(time);
    assertEquals([await day.slots(), await day.gaps()], [[], []]);
    day.go("13:10");
    await resumeSchedules(day.deps, { id: "row" });
    await day.tickAt("13:10:20");
    assertEquals(await day.gaps(), ["paused 11:00-13:00 (3)"]);
    const [{ detail }] = await sql`select detail from schedule_gaps`;
    assertEquals(detail, "by ada: vendor is down");
    await day.tickAt("14:00");
    assertEquals(await day.slots(), ["14:00:00"]);
    const row = await readSchedule(sql, "row");
    assertEquals([row.paused_at, row.paused_until, row.paused_by, row.pause_reason], [
      null,
      null,
      null,
      null,
    ]);
  },
);

databaseTest("a bounded pause ends by itself", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  const pause = { until: at("12:00"), reason: null, by: "ada" };
  await pauseSchedules(day.deps, { id: "row" }, pause);
  for (const time of ["11:00", "12:00", "13:00"]) await day.tickAt(time);
  assertEquals(await day.slots(), ["12:00:00", "13:00:00"]);
  assertEquals(await day.gaps(), ["paused 11:00-11:00 (1)"]);
});

databaseTest(
  "a pause that is said again keeps its beginning and takes the new end and words",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    const pause = (until: Date | null, by: string) =>
      pauseSchedules(day.deps, { id: "row" }, { until, reason: null, by });
    await pause(at("12:30"), "ada");
    day.go("11:30");
    const [row] = await pause(at("13:30"), "bob");
    assertEquals([row.paused_at, row.paused_until, row.paused_by], [START, at("13:30"), "bob"]);
    await day.tickAt("13:31");
    assertEquals(await day.gaps(), ["paused 11:00-13:00 (3)"]);
  },
);

databaseTest("a pause that follows one which is over is a new one", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  const pause = (until: Date) =>
    pauseSchedules(day.deps, { id: "row" }, { until, reason: null, by: "ada" });
  await pause(at("10:10"));
  day.go("10:20");
  const [row] = await pause(at("11:10"));
  assertEquals(row.paused_at, at("10:20"));
});

databaseTest(
  "a pause cannot end in the past, and one until infinity by hand can be resumed",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    const pause = () =>
      pauseSchedules(day.deps, { id: "row" }, { until: START, reason: null, by: "ada" });
    assertEquals(Object.keys((await assertRejects(pause, InvalidInputError)).fields), ["until"]);
    await sql`update scheduled_jobs set paused_at = ${START}, paused_until = 'infinity'`;
    await day.tickAt("11:00");
    day.go("11:30");
    await resumeSchedules(day.deps, { id: "row" });
    await day.tickAt("11:31");
    assertEquals([await day.slots(), await day.gaps()], [[], ["paused 11:00-11:00 (1)"]]);
  },
);

databaseTest("a job is paused and resumed with all its rows, and no other's", async ({ sql }) => {
  await using day = new Day(sql);
  await syncJobs(day.deps);
  await day.create();
  await insertSchedule(sql, { id: "other" });
  await insertSchedule(sql, { id: "gone", job_type: "hourly", deleted_at: at("09:00") });
  const pause = { until: null, reason: null, by: "ada" };
  const paused = await pauseSchedules(day.deps, { jobType: "hourly" }, pause);
  assertEquals(paused.map(({ id }) => id).toSorted(), ["hourly", "row"]);
  const ids = async () =>
    (await sql`select id from scheduled_jobs where paused_at is not null and paused_until is null`)
      .map(({ id }) => id).toSorted();
  assertEquals(await ids(), ["hourly", "row"]);
  await resumeSchedules(day.deps, { jobType: "hourly" });
  assertEquals(await ids(), []);
  const none = () => pauseSchedules(day.deps, { jobType: "weekly" }, pause);
  await assertRejects(none, NotFoundError);
});

databaseTest("resuming what is not paused changes nothing that matters", async ({ sql }) => {
  await using day = new Day(sql);
  await day.create();
  const [row] = await resumeSchedules(day.deps, { id: "row" });
  assertEquals([row.paused_at, row.paused_until], [null, null]);
});

databaseTest(
  "a new schedule during a pause leaves the pause, and no slot is told twice",
  async ({ sql }) => {
    await using day = new Day(sql);
    await day.create();
    await pauseSchedules(day.deps, { id: "row" }, { until: null, reason: null, by: "ada" });
    day.go("12:10");
    await editSchedule(day.deps, "row", { spec: { cron: "30 * * * *" } });
    await day.tickAt("13:30");
    day.go("13:40");
    await resumeSchedules(day.deps, { id: "row" });
    await day.tickAt("13:41");
    await day.tickAt("14:30");
    assertEquals(await day.slots(), ["14:30:00"]);
    assertEquals(await day.gaps(), ["paused 11:00-12:00 (2)", "paused 12:30-13:30 (2)"]);
  },
);

databaseTest(
  "the parameters of a job that left the code cannot be changed, all else can",
  async ({ sql }) => {
    await using day = new Day(sql);
    await insertSchedule(sql, { id: "row", job_type: "gone" });
    const edit = () => editSchedule(day.deps, "row", { params: {} });
    await assertRejects(edit, ConflictError);
    assertEquals((await editSchedule(day.deps, "row", { limit: 1 })).max_running, 1);
  },
);

databaseTest(
  "the check of seed 004: next_run_at a minute back by UPDATE runs every enabled job",
  async ({ sql }) => {
    const jobs = ["a", "b", "c"].map((id) => fakeJob({ id, enabled: () => id !== "c" }));
    const ran: string[] = [];
    const run = (id: string) => () => Promise.resolve(void ran.push(id));
    await using test = openTestEngine(sql, {
      jobs: jobs.map((job) => fakeJob({ id: job.id, enabled: job.enabled, run: run(job.id) })),
      clock: { ...databaseClock, now: (sql) => sql`date_trunc('milliseconds', now())` },
    });
    await syncJobs(test.engine);
    await createSchedule(test.engine, "a", { id: "bot", botId: "nova", spec: EVERY_HOUR });
    await test.tickAndWait();
    assertEquals(ran, []);

    await sql`UPDATE scheduled_jobs SET next_run_at = NOW() - INTERVAL '1 minute'`;
    await test.tickAndWait();

    assertEquals(ran.toSorted(), ["a", "a", "b"]);
    const runs = await readRuns(sql);
    assertEquals(runs.map(({ job_id, status }) => `${job_id} ${status}`).toSorted(), [
      "a success",
      "b success",
      "bot success",
    ]);
    const due = await sql`select from scheduled_jobs where enabled and next_run_at <= now()`;
    assertEquals(due.length, 0);
    await test.tickAndWait();
    assertEquals(ran.length, 3);
  },
);
