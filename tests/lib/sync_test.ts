import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import type { AnyJob } from "../../lib/job.ts";
import { ScheduleError } from "../../lib/schedule.ts";
import { deleteSchedule, editSchedule } from "../../lib/schedules.ts";
import { insertMissingRows, syncJobs } from "../../lib/sync.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  type LoggedLine,
  openTestEngine,
  readGaps,
  readOnlyRun,
  readRuns,
  readSchedule,
  type TestEngine,
} from "../support/engine.ts";
import { at, insertSchedule } from "../support/factories.ts";

interface Revision {
  jobs?: AnyJob[];
  time?: string;
  env?: Record<string, string>;
  /** Dispatches what is due before schedules change, as a resident start does. */
  dispatches?: boolean;
}

/** Starts a revision of the code at an instant: by default one hourly job, at 10:30. */
async function start(
  sql: Sql,
  { jobs = [fakeJob()], time = "10:30", env = {}, dispatches = false }: Revision = {},
): Promise<TestEngine> {
  const clock = new ManualClock(at(time));
  const test = openTestEngine(sql, { jobs, clock, env });
  await syncJobs(test.engine, dispatches ? () => test.tickAndWait("start") : undefined);
  await test.engine.stop();
  return test;
}

/** What a start said at a level. */
function linesOf(test: TestEngine, wanted: LoggedLine["level"]): string[] {
  return test.log.lines.filter(({ level }) => level === wanted).map(({ message }) => message);
}

databaseTest("a job without a row gets one, planned for its first slot", async ({ sql }) => {
  const policies = { graceSeconds: 60, limit: 2, jitterSeconds: 5 };
  const test = await start(sql, {
    jobs: [fakeJob({ schedule: { cron: "30 2 * * *" }, policies })],
    env: { DEFAULT_TIME_ZONE: "Europe/Budapest" },
  });

  const row = await readSchedule(sql);
  assertEquals(
    [row.id, row.job_type, row.bot_id, row.source, row.enabled],
    ["hourly", "hourly", "*", "code", true],
  );
  assertEquals([row.cron, row.time_zone], ["30 2 * * *", "Europe/Budapest"]);
  assertEquals([row.grace_seconds, row.max_running, row.jitter_seconds], [60, 2, 5]);
  const first = at("2026-01-06T01:30:00Z");
  assertEquals([row.next_run_at, row.planned_at, row.anchor_at], [first, first, at("10:30")]);
  assertStringIncludes(test.log.text, "Created default hourly job");
});

databaseTest("an interval's first run is one interval away", async ({ sql }) => {
  await start(sql, { jobs: [fakeJob({ schedule: { intervalMinutes: 45 } })] });

  const row = await readSchedule(sql);
  assertEquals([row.next_run_at, row.anchor_at], [at("11:15"), at("10:30")]);
});

databaseTest(
  "a job that starts at once is due now and goes on by its schedule",
  async ({ sql }) => {
    await start(sql, {
      jobs: [fakeJob({ schedule: { intervalMinutes: 60 }, startsAtOnce: true })],
      dispatches: true,
    });

    assertEquals((await readOnlyRun(sql)).scheduled_for, at("10:30"));
    assertEquals((await readSchedule(sql)).next_run_at, at("11:30"));
  },
);

databaseTest("a job that is disabled by its configuration gets a row that is", async ({ sql }) => {
  await start(sql, { jobs: [fakeJob({ enabled: () => false })] });

  const row = await readSchedule(sql);
  assertEquals([row.enabled, row.disabled_at], [false, at("10:30")]);
});

databaseTest(
  "a one-off whose instant has passed runs as the late slot that it is",
  async ({ sql }) => {
    await start(sql, {
      jobs: [fakeJob({ schedule: { runAt: at("09:00") } })],
      dispatches: true,
    });

    const run = await readOnlyRun(sql);
    assertEquals([run.scheduled_for, run.trigger], [at("09:00"), "catch_up"]);
    assertEquals((await readSchedule(sql)).enabled, false);
  },
);

databaseTest("a one-off whose instant has passed beyond its grace is missed", async ({ sql }) => {
  await start(sql, {
    jobs: [fakeJob({ schedule: { runAt: at("09:00") }, policies: { graceSeconds: 60 } })],
    dispatches: true,
  });

  assertEquals(await readRuns(sql), []);
  assertEquals((await readGaps(sql)).map(({ reason }) => reason), ["missed"]);
});

databaseTest("the same code again changes nothing", async ({ sql }) => {
  await start(sql);
  const before = await readSchedule(sql);

  await start(sql, { time: "10:45" });

  assertEquals(await readSchedule(sql), before);
});

databaseTest("a start without rights to change only inserts what is missing", async ({ sql }) => {
  await start(sql);
  const changed = fakeJob({ schedule: { cron: "15 * * * *" } });
  const test = openTestEngine(sql, { jobs: [changed, fakeJob({ id: "second" })] });

  await insertMissingRows(test.engine);

  assertEquals((await readSchedule(sql)).cron, "0 * * * *");
  assertEquals((await readSchedule(sql, "second")).cron, "0 * * * *");
});

databaseTest("a changed schedule takes effect, without a run too many", async ({ sql }) => {
  await start(sql);

  await start(sql, {
    jobs: [fakeJob({ schedule: { cron: "45 * * * *" } })],
    time: "10:40",
    dispatches: true,
  });

  const row = await readSchedule(sql);
  assertEquals([row.cron, row.next_run_at, row.planned_at], [
    "45 * * * *",
    at("10:45"),
    at("10:45"),
  ]);
  assertEquals(await readRuns(sql), []);
  assertEquals(await readGaps(sql), []);
});

databaseTest("a changed interval counts from the change", async ({ sql }) => {
  await start(sql, { jobs: [fakeJob({ schedule: { intervalMinutes: 60 } })] });

  await start(sql, { jobs: [fakeJob({ schedule: { intervalMinutes: 20 } })], time: "10:40" });

  const row = await readSchedule(sql);
  assertEquals([row.anchor_at, row.next_run_at], [at("10:40"), at("11:00")]);
});

databaseTest("cron that becomes an interval keeps exactly one kind", async ({ sql }) => {
  await start(sql);

  await start(sql, { jobs: [fakeJob({ schedule: { intervalMinutes: 20 } })], time: "10:40" });

  const row = await readSchedule(sql);
  assertEquals([row.cron, row.interval_minutes], [null, 20]);
});

databaseTest("a slot that came due under the old schedule runs under it", async ({ sql }) => {
  await start(sql);

  await start(sql, {
    jobs: [fakeJob({ schedule: { cron: "45 * * * *" } })],
    time: "11:10",
    dispatches: true,
  });

  assertEquals((await readOnlyRun(sql)).scheduled_for, at("11:00"));
  assertEquals((await readSchedule(sql)).next_run_at, at("11:45"));
});

databaseTest(
  "where nothing dispatches, slots that came due are one gap, and the first new one runs",
  async ({ sql }) => {
    await start(sql);

    await start(sql, { jobs: [fakeJob({ schedule: { cron: "45 * * * *" } })], time: "13:10" });

    assertEquals(await readGaps(sql), [{
      reason: "rescheduled",
      first: "2026-01-05T11:00:00.000Z",
      last: "2026-01-05T13:00:00.000Z",
      slots: 3,
    }]);
    assertEquals((await readSchedule(sql)).next_run_at, at("13:45"));
  },
);

databaseTest("a one-off that fired and is moved by the code fires again", async ({ sql }) => {
  await start(sql, { jobs: [fakeJob({ schedule: { runAt: at("10:45") } })] });
  await start(sql, {
    jobs: [fakeJob({ schedule: { runAt: at("10:45") } })],
    time: "10:46",
    dispatches: true,
  });

  const moved = [fakeJob({ schedule: { runAt: at("12:00") } })];
  await start(sql, { jobs: moved, time: "11:00", dispatches: true });
  await start(sql, { jobs: moved, time: "12:01", dispatches: true });

  assertEquals(
    (await readRuns(sql)).map(({ scheduled_for }) => scheduled_for),
    [at("10:45"), at("12:00")],
  );
});

databaseTest(
  "a one-off that a person disabled stays so when the code moves it",
  async ({ sql }) => {
    await start(sql, { jobs: [fakeJob({ schedule: { runAt: at("10:45") } })] });
    await sql`update scheduled_jobs set enabled = false, disabled_at = ${at("10:40")}`;

    await start(sql, { jobs: [fakeJob({ schedule: { runAt: at("12:00") } })], time: "11:00" });

    assertEquals((await readSchedule(sql)).enabled, false);
  },
);

databaseTest("policies that a person changed stay, the others follow the code", async ({ sql }) => {
  await start(sql, { jobs: [fakeJob({ policies: { graceSeconds: 60, jitterSeconds: 1 } })] });
  await sql`update scheduled_jobs set grace_seconds = 600`;

  await start(sql, { jobs: [fakeJob({ policies: { graceSeconds: 120, jitterSeconds: 2 } })] });

  const row = await readSchedule(sql);
  assertEquals([row.grace_seconds, row.jitter_seconds], [600, 2]);
});

databaseTest(
  "policies of the code that contradict a person's are not taken, until the person gives way",
  async ({ sql }) => {
    const older = [fakeJob({ policies: { overlap: "queue" } }), fakeJob({ id: "second" })];
    const first = await start(sql, { jobs: older });
    await editSchedule(first.engine, "hourly", { coalesce: "all", graceSeconds: 60 });

    const schedule = { cron: "45 * * * *" };
    const newer = [
      fakeJob({ schedule, policies: { overlap: "skip", limit: 3 } }),
      fakeJob({ id: "second", schedule }),
    ];
    const test = await start(sql, { jobs: newer });

    const row = await readSchedule(sql);
    assertEquals([row.coalesce, row.overlap, row.max_running], ["all", "queue", null]);
    assertEquals([row.cron, (await readSchedule(sql, "second")).cron], [
      schedule.cron,
      "45 * * * *",
    ]);
    const [warning, ...others] = linesOf(test, "warn");
    assertEquals(others, []);
    for (const part of ['"hourly"', 'coalesce "all"', 'overlap "skip"', "next start"]) {
      assertStringIncludes(warning, part);
    }

    await editSchedule(test.engine, "hourly", { coalesce: "latest" });
    assertEquals(linesOf(await start(sql, { jobs: newer }), "warn"), []);
    const followed = await readSchedule(sql);
    assertEquals([followed.coalesce, followed.overlap, followed.max_running], [
      "latest",
      "skip",
      3,
    ]);
  },
);

databaseTest(
  "a grace of the code below a person's jitter is told at each start, and the row can be edited",
  async ({ sql }) => {
    const first = await start(sql, { jobs: [fakeJob({ policies: { graceSeconds: 600 } })] });
    await editSchedule(first.engine, "hourly", { jitterSeconds: 500 });

    const jobs = [fakeJob({ policies: { graceSeconds: 60 } })];
    const test = await start(sql, { jobs });
    const row = await readSchedule(sql);
    assertEquals([row.grace_seconds, row.jitter_seconds], [600, 500]);
    const again = await start(sql, { jobs, time: "10:45" });
    assertEquals(await readSchedule(sql), row);
    for (const { log } of [test, again]) {
      assertStringIncludes(log.text, "jitter_seconds 500 and grace_seconds 60 contradict");
    }

    await editSchedule(again.engine, "hourly", { coalesce: "skip" });
    assertEquals((await readSchedule(sql)).coalesce, "skip");
  },
);

databaseTest(
  "policies that contradict each other in a row are told at each start",
  async ({ sql }) => {
    const jobs = [fakeJob({ policies: { graceSeconds: 60 } })];
    await start(sql, { jobs });
    await sql`update scheduled_jobs set jitter_seconds = 500`;
    const row = await readSchedule(sql);

    const [warning, ...others] = linesOf(await start(sql, { jobs }), "warn");
    assertEquals(others, []);
    assertStringIncludes(warning, "jitter_seconds 500 and grace_seconds 60 contradict");
    assertEquals(await readSchedule(sql), row);
  },
);

databaseTest(
  "a code row that was deleted by hand stays so, and a start says how it comes back",
  async ({ sql }) => {
    await start(sql);
    await sql`update scheduled_jobs set deleted_at = ${at("10:35")}`;
    const row = await readSchedule(sql);

    const jobs = [fakeJob({ schedule: { cron: "45 * * * *" } })];
    const test = await start(sql, { jobs, time: "10:40" });
    assertEquals(await readSchedule(sql), row);
    const [warning, ...others] = linesOf(test, "warn");
    assertEquals(others, []);
    assertStringIncludes(warning, 'Job "hourly" has no schedule');

    await sql`update scheduled_jobs set deleted_at = null`;
    assertEquals(linesOf(await start(sql, { jobs, time: "10:41" }), "warn"), []);
    assertEquals((await readSchedule(sql)).cron, "45 * * * *");
  },
);

databaseTest("a row that cannot be written keeps no other from its change", async ({ sql }) => {
  const jobs = (schedule: { cron: string }) =>
    ["first", "hourly", "last"].map((id) => fakeJob({ id, schedule }));
  await start(sql, { jobs: jobs({ cron: "0 * * * *" }) });
  await sql`
    alter table scheduled_jobs
    add constraint hands_off check (id not in ('hourly', 'new') or cron = '0 * * * *')`;

  const schedule = { cron: "45 * * * *" };
  const test = await start(sql, {
    jobs: [fakeJob({ id: "new", schedule }), ...jobs(schedule), fakeJob({ id: "newer", schedule })],
  });

  assertEquals(
    (await sql<{ id: string; cron: string }[]>`select id, cron from scheduled_jobs order by id`)
      .map(({ id, cron }) => `${id} ${cron}`),
    ["first 45 * * * *", "hourly 0 * * * *", "last 45 * * * *", "newer 45 * * * *"],
  );
  const errors = linesOf(test, "error");
  assertEquals(errors.length, 2);
  assertStringIncludes(errors[0], '"new"');
  assertStringIncludes(errors[1], '"hourly"');
  assertStringIncludes(test.log.text, "hands_off");
});

databaseTest(
  "a job whose id a person's schedule has is told as an error, and the others go on",
  async ({ sql }) => {
    await start(sql);
    await insertSchedule(sql, { id: "nightly", job_type: "hourly", next_run_at: at("12:00") });
    const before = await readSchedule(sql, "nightly");

    const jobs = ["hourly", "nightly", "other"].map((id) => fakeJob({ id }));
    const test = await start(sql, { jobs });

    assertEquals(await readSchedule(sql, "nightly"), before);
    assertEquals((await readSchedule(sql, "other")).source, "code");
    const [error, ...others] = linesOf(test, "error");
    assertEquals(others, []);
    for (const part of ['"nightly" has no schedule', 'of job "hourly"', "another id"]) {
      assertStringIncludes(error, part);
    }

    await deleteSchedule(test.engine, "nightly");
    const again = await start(sql, { jobs });
    assertStringIncludes(linesOf(again, "error").join(), "a deleted schedule of job");
  },
);

databaseTest(
  "a schedule that a person changed stays, whatever the code says later",
  async ({ sql }) => {
    await start(sql);
    await sql`
    update scheduled_jobs
    set cron = '7 * * * *', next_run_at = ${at("11:07")}, planned_at = ${at("11:07")}`;

    for (const cron of ["45 * * * *", "50 * * * *"]) {
      await start(sql, { jobs: [fakeJob({ schedule: { cron } })], time: "10:40" });
    }

    const row = await readSchedule(sql);
    assertEquals([row.cron, row.next_run_at], ["7 * * * *", at("11:07")]);
  },
);

databaseTest("a time zone that a person changed keeps the whole schedule", async ({ sql }) => {
  await start(sql);
  await sql`update scheduled_jobs set time_zone = 'Asia/Kathmandu'`;

  await start(sql, { jobs: [fakeJob({ schedule: { cron: "45 * * * *" } })], time: "10:40" });

  const row = await readSchedule(sql);
  assertEquals([row.cron, row.time_zone], ["0 * * * *", "Asia/Kathmandu"]);
});

databaseTest("enabled, parameters and a pause are a person's, and stay", async ({ sql }) => {
  await start(sql);
  await sql`
    update scheduled_jobs
    set enabled = false, disabled_at = ${at("10:35")}, config_json = '{"days": 9}',
        paused_at = ${at("10:36")}, paused_by = 'operator'`;

  await start(sql, { jobs: [fakeJob({ schedule: { cron: "45 * * * *" } })], time: "10:40" });

  const row = await readSchedule(sql);
  assertEquals([row.enabled, row.config_json, row.paused_by], [false, { days: 9 }, "operator"]);
});

databaseTest(
  "next_run_at that a person set survives a changed schedule, and runs once",
  async ({ sql }) => {
    await start(sql);
    await sql`update scheduled_jobs set next_run_at = ${at("10:50")}`;

    const jobs = [fakeJob({ schedule: { cron: "45 * * * *" } })];
    await start(sql, { jobs, time: "10:40", dispatches: true });
    assertEquals((await readSchedule(sql)).next_run_at, at("10:50"));
    await start(sql, { jobs, time: "10:51", dispatches: true });

    assertEquals((await readOnlyRun(sql)).scheduled_for, at("10:50"));
    assertEquals(
      (await readGaps(sql)).map(({ reason, first }) => [reason, first]),
      [["rescheduled", "2026-01-05T10:45:00.000Z"]],
    );
    assertEquals((await readSchedule(sql)).next_run_at, at("11:45"));
  },
);

databaseTest("a job gone from the code is retired, and runs no more", async ({ sql }) => {
  await start(sql);

  const test = await start(sql, {
    jobs: [fakeJob({ id: "other" })],
    time: "11:10",
    dispatches: true,
  });

  assertEquals((await readSchedule(sql)).retired_at, at("11:10"));
  assertEquals(await readRuns(sql, "hourly"), []);
  assertStringIncludes(test.log.text, 'Retired "hourly"');
});

databaseTest(
  "rows that people made of a job gone from the code are retired too",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "by_hand", job_type: "hourly", next_run_at: at("12:00") });

    await start(sql, { jobs: [fakeJob({ id: "other" })] });
    assertEquals((await readSchedule(sql, "by_hand")).retired_at, at("10:30"));

    await start(sql, { jobs: [fakeJob(), fakeJob({ id: "other" })] });
    assertEquals((await readSchedule(sql, "by_hand")).retired_at, null);
  },
);

databaseTest("a job that comes back goes on, and each slot between is told", async ({ sql }) => {
  await start(sql);
  await start(sql, { jobs: [fakeJob({ id: "other" })], time: "10:50" });

  const test = await start(sql, { time: "13:00:30", dispatches: true });

  assertEquals((await readSchedule(sql)).retired_at, null);
  assertStringIncludes(test.log.text, 'Brought back "hourly"');
  assertEquals((await readRuns(sql, "hourly")).map(({ scheduled_for }) => scheduled_for), [
    at("13:00"),
  ]);
  assertEquals((await readGaps(sql)).map(({ slots }) => slots), [2]);
});

databaseTest("a schedule in an empty zone is refused", async ({ sql }) => {
  const jobs = [fakeJob({ schedule: { cron: "@daily", timeZone: "" } })];
  await assertRejects(() => start(sql, { jobs }), ScheduleError, "a time zone is a name");
});

databaseTest("a schedule that never fires is refused, with the reason", async ({ sql }) => {
  const jobs = [fakeJob({ schedule: { cron: "0 0 31 2 *" } })];
  await assertRejects(
    () => start(sql, { jobs: [fakeJob({ id: "good" }), ...jobs] }),
    ScheduleError,
    "0 0 31 2 *",
  );
  assertEquals((await sql`select from scheduled_jobs`).length, 0);
});

databaseTest("two processes that start at once make one row", async ({ sql, connect }) => {
  await Promise.all([start(sql), start(connect())]);

  assertEquals((await sql`select from scheduled_jobs`).length, 1);
});

databaseTest(
  "two processes that start at once with a changed schedule change it once",
  async ({ sql, connect }) => {
    await start(sql);
    const jobs = [fakeJob({ schedule: { cron: "45 * * * *" } })];

    await Promise.all([
      start(sql, { jobs, time: "13:10", dispatches: true }),
      start(connect(), { jobs, time: "13:10", dispatches: true }),
    ]);

    const runs = await readRuns(sql);
    assertEquals(runs.map(({ scheduled_for }) => scheduled_for), [at("13:00")]);
    assertEquals((await readGaps(sql)).map(({ slots }) => slots), [2]);
    assertEquals((await readSchedule(sql)).next_run_at, at("13:45"));
  },
);

databaseTest(
  "without SCHEDULER_ENABLED the slots that a change passes over say so",
  async ({ sql }) => {
    await start(sql);

    await start(sql, {
      jobs: [fakeJob({ schedule: { cron: "45 * * * *" } })],
      time: "12:10",
      env: { SCHEDULER_ENABLED: "false" },
      dispatches: true,
    });

    assertEquals(await readRuns(sql), []);
    assertEquals((await readGaps(sql)).map(({ reason, slots }) => [reason, slots]), [
      ["scheduler_off", 2],
    ]);
  },
);
