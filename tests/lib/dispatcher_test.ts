import { assertEquals, assertStringIncludes } from "@std/assert";
import { databaseClock, ManualClock } from "../../lib/clock.ts";
import {
  applyPlans,
  type DueRows,
  readDueRows,
  type SharedPlan,
} from "../../lib/dispatch_store.ts";
import { Dispatcher } from "../../lib/dispatcher.ts";
import { planRow } from "../../lib/plan.ts";
import type { ScheduleRow } from "../../lib/schedule_row.ts";
import { databaseTest } from "../support/database.ts";
import { settled } from "../support/until.ts";
import { CollectingLog, readGaps, readOnlyRun, readRuns, readSchedule } from "../support/engine.ts";
import { at, insertRun, insertSchedule, START } from "../support/factories.ts";
import type { Sql } from "../../lib/db/sql.ts";

/** Rows that a dispatch reads at first. */
const PAGE = 10_000;

/** Dispatches at an instant; returns how many runs were inserted. */
function planAll(due: DueRows[], now: Date): SharedPlan[] {
  return due.map(({ ids, row }) => ({ ids, plan: planRow(row, now) }));
}

async function dispatch(sql: Sql, now: Date = START, options = {}, log = new CollectingLog()) {
  const dispatcher = new Dispatcher({ sql, clock: new ManualClock(now), log });
  return (await dispatcher.dispatch(options)).runs;
}

databaseTest("a due row becomes one pending run of its slot and moves on", async ({ sql }) => {
  await insertSchedule(sql, { bot_id: "nova", config_json: { days: 3 } });

  const inserted = await dispatch(sql, at("10:00:20"));

  assertEquals(inserted, 1);
  const run = await readOnlyRun(sql);
  assertEquals(
    [run.job_id, run.job_type, run.bot_id, run.trigger, run.status],
    ["hourly", "hourly", "nova", "schedule", "pending"],
  );
  assertEquals([run.scheduled_for, run.as_of, run.params], [START, null, { days: 3 }]);
  assertEquals([run.created_at, run.available_at], [at("10:00:20"), at("10:00:20")]);
  const row = await readSchedule(sql);
  assertEquals([row.next_run_at, row.planned_at], [at("11:00"), at("11:00")]);
  assertEquals(row.last_run_at, at("10:00:20"));
});

databaseTest("a second dispatch at the same instant finds nothing due", async ({ sql }) => {
  await insertSchedule(sql);
  await dispatch(sql);

  assertEquals(await dispatch(sql), 0);

  assertEquals((await readRuns(sql)).length, 1);
});

databaseTest(
  "rows that are disabled, paused, retired, deleted or not due are left alone",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "disabled", enabled: false });
    await insertSchedule(sql, { id: "paused", paused_at: at("09:00") });
    await insertSchedule(sql, {
      id: "paused_until_later",
      paused_at: at("09:00"),
      paused_until: at("10:00:01"),
    });
    await insertSchedule(sql, { id: "retired", retired_at: at("09:00") });
    await insertSchedule(sql, { id: "deleted", deleted_at: at("09:00") });
    await insertSchedule(sql, { id: "later", next_run_at: at("10:00:00.001") });

    assertEquals(await dispatch(sql), 0);

    assertEquals(await readRuns(sql), []);
    const rows = await sql`select from scheduled_jobs where next_run_at <> planned_at`;
    assertEquals(rows.length, 0);
  },
);

databaseTest("a pause that stands still writes nothing", async ({ sql }) => {
  const before = await insertSchedule(sql, { next_run_at: at("05:00"), paused_at: at("04:00") });

  await dispatch(sql);

  assertEquals(await readSchedule(sql), before);
  assertEquals(await readGaps(sql), []);
});

databaseTest(
  "when a pause ends its slots are one gap and the row's pause is cleared",
  async ({ sql }) => {
    await insertSchedule(sql, {
      next_run_at: at("07:00"),
      paused_at: at("06:30"),
      paused_until: at("09:30"),
      paused_by: "operator",
      pause_reason: "vendor is down",
    });

    await dispatch(sql, at("10:00:01"));

    assertEquals(await readGaps(sql), [{
      reason: "paused",
      first: "2026-01-05T07:00:00.000Z",
      last: "2026-01-05T09:00:00.000Z",
      slots: 3,
    }]);
    assertEquals((await readOnlyRun(sql)).scheduled_for, START);
    const row = await readSchedule(sql);
    assertEquals(
      [row.paused_at, row.paused_until, row.paused_by, row.pause_reason],
      [null, null, null, null],
    );
  },
);

databaseTest(
  "a plan that stopped early keeps the pause that it has not told yet",
  async ({ sql }) => {
    await insertSchedule(sql, {
      cron: "* * * * *",
      coalesce: "all",
      overlap: "queue",
      grace_seconds: 7 * 86_400,
      next_run_at: at("00:00"),
      paused_at: at("18:00"),
      paused_until: at("19:00"),
    });
    const now = at("20:00");

    await dispatch(sql, now);
    await dispatch(sql, now);

    const [{ runs, inPause }] = await sql<{ runs: number; inPause: number }[]>`
    select count(*)::int as runs,
           (count(*) filter (where scheduled_for >= ${at("18:00")}
                               and scheduled_for < ${at("19:00")}))::int as "inPause"
    from job_runs`;
    assertEquals([runs, inPause], [20 * 60 + 1 - 60, 0]);
    assertEquals((await readGaps(sql)).map(({ reason, slots }) => [reason, slots]), [[
      "paused",
      60,
    ]]);
    assertEquals((await readSchedule(sql)).paused_at, null);
  },
);

databaseTest("next_run_at set a minute back by hand runs every enabled row", async ({ sql }) => {
  // By the real clock: no regular slot may come due just now.
  const cron = "0 0 29 2 *";
  for (const id of ["a", "b", "c"]) {
    await insertSchedule(sql, { id, cron, next_run_at: at("23:00") });
  }
  await insertSchedule(sql, { id: "off", enabled: false, next_run_at: at("23:00") });
  await sql`update scheduled_jobs set next_run_at = now() - interval '1 minute'`;

  const dispatcher = new Dispatcher({ sql, clock: databaseClock, log: new CollectingLog() });
  const { runs: inserted } = await dispatcher.dispatch();

  assertEquals(inserted, 3);
  assertEquals((await readRuns(sql)).map(({ job_id }) => job_id), ["a", "b", "c"]);
});

databaseTest("microseconds set by hand neither stick nor run twice", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("11:00") });
  await sql`update scheduled_jobs set next_run_at = '2026-01-05 09:59:30.123456+00'`;

  await dispatch(sql);
  await dispatch(sql);

  assertEquals((await readOnlyRun(sql)).scheduled_for, at("09:59:30.123"));
  assertEquals((await readSchedule(sql)).next_run_at, at("11:00"));
});

databaseTest("next_run_at set by hand to an instant that has its run is told", async ({ sql }) => {
  await insertSchedule(sql);
  await insertSchedule(sql, { id: "other", overlap: "queue" });
  await dispatch(sql);
  const run = (await readRuns(sql, "hourly"))[0];
  const log = new CollectingLog();
  await sql`
    update scheduled_jobs
    set next_run_at = case when id = 'hourly' then ${START} else ${at("10:02")}::timestamptz end`;

  assertEquals(await dispatch(sql, at("10:05"), {}, log), 1);

  assertEquals((await readRuns(sql, "hourly")).map(({ id }) => id), [run.id]);
  assertEquals((await readSchedule(sql)).next_run_at, at("11:00"));
  assertEquals(log.lines, [{
    level: "warn",
    message: 'Schedule "hourly" was set to run at 2026-01-05T10:00:00.000Z, which has its run',
    fields: { job: "hourly", run: run.id },
  }]);
});

databaseTest("next_run_at set to NULL by hand runs now", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("11:00") });
  await sql`update scheduled_jobs set next_run_at = null`;

  await dispatch(sql, at("10:17:03"));

  assertEquals((await readOnlyRun(sql)).scheduled_for, at("10:17:03"));
  assertEquals((await readSchedule(sql)).next_run_at, at("11:00"));
});

databaseTest("a one-off that fired becomes disabled", async ({ sql }) => {
  await insertSchedule(sql, { run_at: at("10:00") });

  await dispatch(sql);

  assertEquals((await readOnlyRun(sql)).scheduled_for, START);
  const row = await readSchedule(sql);
  assertEquals([row.enabled, row.next_run_at, row.planned_at], [false, null, null]);
});

databaseTest(
  "a slot whose row has an active run is a skipped run with reason overlap",
  async ({ sql }) => {
    await insertSchedule(sql, { last_run_at: at("09:00") });
    await insertRun(sql, { exclusive: true, created_at: at("09:00") });

    const inserted = await dispatch(sql);

    assertEquals(inserted, 0);
    const [, skipped] = await readRuns(sql);
    assertEquals(
      [skipped.status, skipped.reason, skipped.scheduled_for, skipped.finished_at],
      ["skipped", "overlap", START, START],
    );
    assertEquals([skipped.attempt, skipped.started_at], [0, null]);
    assertEquals((await readSchedule(sql)).last_run_at, at("09:00"));
  },
);

databaseTest("a skipped slot is counted where every settled run is", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRun(sql, { exclusive: true, created_at: at("09:00") });

  await dispatch(sql);

  const [counted] = await sql`
    select job_type, status, runs::int as runs, last_finished_at from job_stats`;
  assertEquals({ ...counted }, {
    job_type: "hourly",
    status: "skipped",
    runs: 1,
    last_finished_at: START,
  });
});

databaseTest("a run that waits for its retry counts as active", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRun(sql, {
    exclusive: true,
    attempt: 1,
    failures: 1,
    created_at: at("09:00"),
    available_at: at("12:00"),
  });

  await dispatch(sql);

  assertEquals((await readRuns(sql)).map(({ status }) => status), ["pending", "skipped"]);
});

databaseTest("a backfill does not keep a row's slot from running", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRun(sql, { trigger: "backfill", queue_key: "backfill:hourly" });

  assertEquals(await dispatch(sql), 1);
});

databaseTest("a row that queues gets its run although another is active", async ({ sql }) => {
  await insertSchedule(sql, { overlap: "queue" });
  await insertRun(sql, { queue_key: "hourly" });

  assertEquals(await dispatch(sql), 1);

  assertEquals((await readRuns(sql)).map(({ status }) => status), ["pending", "pending"]);
});

databaseTest("of two due slots of a row that skips the older runs", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("09:59:30"), planned_at: START });

  await dispatch(sql, at("10:00:05"));

  assertEquals(
    (await readRuns(sql)).map(({ scheduled_for, status }) => [scheduled_for, status]),
    [[at("09:59:30"), "pending"], [START, "skipped"]],
  );
});

databaseTest(
  "a slot that has its run already gives no second one and no last_run_at",
  async ({ sql }) => {
    await insertSchedule(sql, { next_run_at: at("10:00"), planned_at: at("11:00") });
    await insertRun(sql, { scheduled_for: START, status: "success", finished_at: START });

    assertEquals(await dispatch(sql, at("10:00:05")), 0);

    assertEquals((await readRuns(sql)).length, 1);
    const row = await readSchedule(sql);
    assertEquals([row.next_run_at, row.last_run_at], [at("11:00"), null]);
  },
);

databaseTest("last_run_at stays when a slot only became a gap", async ({ sql }) => {
  await insertSchedule(sql, { grace_seconds: 60, last_run_at: at("09:00") });

  await dispatch(sql, at("10:05"));

  assertEquals((await readSchedule(sql)).last_run_at, at("09:00"));
  assertEquals((await readGaps(sql)).map(({ reason }) => reason), ["missed"]);
});

databaseTest("cron text broken by hand is logged and stops no other row", async ({ sql }) => {
  await insertSchedule(sql, { id: "a_broken", next_run_at: at("09:00") });
  await sql`update scheduled_jobs set cron = 'at tea time' where id = 'a_broken'`;
  await insertSchedule(sql, { id: "b_sound" });
  const log = new CollectingLog();

  const inserted = await dispatch(sql, START, {}, log);

  assertEquals(inserted, 1);
  assertEquals((await readOnlyRun(sql)).job_id, "b_sound");
  const [line] = log.lines;
  assertEquals(line.level, "error");
  assertStringIncludes(line.message, "a_broken");
  assertStringIncludes(String(line.fields.reason), "at tea time");
});

databaseTest(
  "an instant of -infinity by hand is logged and stops no other row",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "a_broken" });
    await sql`update scheduled_jobs set next_run_at = '-infinity' where id = 'a_broken'`;
    await insertSchedule(sql, { id: "b_sound" });
    const log = new CollectingLog();

    assertEquals(await dispatch(sql, START, {}, log), 1);

    assertStringIncludes(log.text, "a_broken");
  },
);

for (const instant of ["0001-01-01", "0050-03-04", "0044-03-15 BC"]) {
  databaseTest(
    `an instant that no Date can say, ${instant}, is logged and stops no other row`,
    async ({ sql }) => {
      await insertSchedule(sql, { id: "a_broken" });
      await sql`update scheduled_jobs set next_run_at = ${instant}::text::timestamptz where id = 'a_broken'`;
      await insertSchedule(sql, { id: "b_sound" });
      const log = new CollectingLog();

      assertEquals(await dispatch(sql, START, {}, log), 1);

      assertStringIncludes(log.text, "a_broken");
    },
  );
}

databaseTest(
  "a page of instants that no Date can say ends where the next one begins",
  async ({ sql }) => {
    await sql`
    insert into scheduled_jobs (id, job_type, cron, next_run_at, planned_at, anchor_at)
    select 'broken_' || n, 'many', '0 * * * *', '0013-06-01', '0013-06-01', ${START}
    from generate_series(1, ${PAGE}::int) as n`;
    await insertSchedule(sql, { id: "sound" });

    assertEquals(await dispatch(sql, START), 1);
  },
);

databaseTest("an unknown time zone by hand is logged and stops no other row", async ({ sql }) => {
  await insertSchedule(sql, { id: "a_broken", time_zone: "Mars/Olympus" });
  await insertSchedule(sql, { id: "b_sound" });
  const log = new CollectingLog();

  assertEquals(await dispatch(sql, START, {}, log), 1);

  assertStringIncludes(log.text, "Mars/Olympus");
});

databaseTest(
  "more broken rows than a page holds keep no other row from running, and are told once",
  async ({ sql }) => {
    await sql`
      insert into scheduled_jobs (id, job_type, cron, next_run_at, planned_at, anchor_at)
      select 'broken_' || n, 'many', 'at tea time', due, due, ${START}
      from generate_series(1, ${PAGE + 1}::int) as n,
           (values (null::timestamptz), (${at("09:00")}::timestamptz)) as d(due)
      where (n <= ${PAGE}) = (due is not null)`;
    await insertSchedule(sql, { id: "sound" });
    const log = new CollectingLog();
    const dispatcher = new Dispatcher({ sql, clock: new ManualClock(START), log });

    assertEquals(await dispatcher.dispatch(), { runs: 1, passedBy: 0 });
    assertEquals(log.lines.length, PAGE + 1);
    assertEquals((await readOnlyRun(sql)).job_id, "sound");
    await dispatcher.dispatch();
    assertEquals(log.lines.length, PAGE + 1);

    await sql`update scheduled_jobs set cron = '0 * * * *' where id = 'broken_7'`;
    assertEquals((await dispatcher.dispatch()).runs, 1);
    await sql`
      update scheduled_jobs set cron = 'at tea time', next_run_at = null where id = 'broken_7'`;
    await dispatcher.dispatch();
    assertEquals(
      log.lines.length,
      PAGE + 2,
      "what was mended and breaks again is told again",
    );
  },
);

databaseTest(
  "a row whose run the database refuses is told and stops no other row",
  async ({ sql }) => {
    await sql`alter table job_runs add constraint no_run_of_b check (job_id <> 'b')`;
    for (const id of ["a", "b", "c"]) await insertSchedule(sql, { id });
    const log = new CollectingLog();

    assertEquals(await dispatch(sql, START, {}, log), 2);

    assertEquals((await readRuns(sql)).map(({ job_id }) => job_id), ["a", "c"]);
    assertEquals((await readSchedule(sql, "b")).next_run_at, START);
    assertEquals(log.lines.length, 1);
    assertStringIncludes(log.text, "no_run_of_b");
  },
);

for (
  const [what, change] of Object.entries({
    "next_run_at changed": (sql: Sql) =>
      sql`update scheduled_jobs set next_run_at = ${at("10:00:01")}`,
    "next_run_at became NULL": (sql: Sql) => sql`update scheduled_jobs set next_run_at = null`,
    "another process dispatched it and it was set to NULL again": (sql: Sql) =>
      sql`update scheduled_jobs set next_run_at = ${at("08:00")}, planned_at = ${at("15:00")}`,
    "the row was paused": (sql: Sql) => sql`update scheduled_jobs set paused_at = ${START}`,
    "the row was disabled": (sql: Sql) => sql`update scheduled_jobs set enabled = false`,
    "the row was deleted": (sql: Sql) => sql`update scheduled_jobs set deleted_at = ${START}`,
    "the row was retired": (sql: Sql) => sql`update scheduled_jobs set retired_at = ${START}`,
  })
) {
  databaseTest(`a plan moves nothing when ${what} since it was read`, async ({ sql }) => {
    await insertSchedule(sql, { next_run_at: at("08:00") });
    const clock = new ManualClock(START);
    const { now, due } = await readDueRows(sql, clock, null, 10);
    await change(sql);
    const before = await readSchedule(sql);

    const applied = await applyPlans(sql, clock, planAll(due, now));

    assertEquals(applied, { moved: 0, runs: 0, had: [] });
    assertEquals(await readSchedule(sql), before);
    assertEquals(await readRuns(sql), []);
    assertEquals(await readGaps(sql), []);
  });
}

databaseTest("the same plan applied twice moves the row once", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(START);
  const { now, due } = await readDueRows(sql, clock, null, 10);
  const plans = planAll(due, now);

  assertEquals((await applyPlans(sql, clock, plans)).moved, 1);
  assertEquals((await applyPlans(sql, clock, plans)).moved, 0);

  assertEquals((await readRuns(sql)).length, 1);
});

databaseTest("jitter delays the run and keeps its slot", async ({ sql }) => {
  const row = await insertSchedule(sql, { id: "spread", jitter_seconds: 600 });
  const [{ availableAt }] = planRow(row, START).slots;

  await dispatch(sql, at("10:00:01"));

  const run = await readOnlyRun(sql);
  assertEquals(run.scheduled_for, START);
  assertEquals(run.available_at, availableAt);
});

databaseTest("a run keeps the limit of its row, under the name of its job", async ({ sql }) => {
  await insertSchedule(sql, { id: "row", job_type: "import", max_running: 2 });

  await dispatch(sql);

  const [run] = await sql`select limit_key, limit_size, gated, exclusive from job_runs`;
  assertEquals({ ...run }, { limit_key: "import", limit_size: 2, gated: true, exclusive: true });
});

databaseTest("the note of a DST gap is on the run", async ({ sql }) => {
  const slot = new Date("2026-03-29T01:00:00Z");
  await insertSchedule(sql, {
    cron: "30 2 * * *",
    time_zone: "Europe/Budapest",
    next_run_at: slot,
  });

  await dispatch(sql, slot);

  assertStringIncludes((await readOnlyRun(sql)).note ?? "", "02:30 did not exist");
});

databaseTest("after the scheduler was off every row has one gap and no run", async ({ sql }) => {
  await insertSchedule(sql, { id: "a", next_run_at: at("07:00") });
  await insertSchedule(sql, { id: "b", next_run_at: at("10:00") });

  assertEquals(await dispatch(sql, START, { offUntil: START }), 0);

  assertEquals(await readRuns(sql), []);
  assertEquals((await readGaps(sql, "a")).map(({ reason, slots }) => [reason, slots]), [
    ["scheduler_off", 4],
  ]);
  assertEquals((await readGaps(sql, "b")).map(({ slots }) => slots), [1]);
  assertEquals((await readSchedule(sql, "a")).next_run_at, at("11:00"));
});

databaseTest("slots after the scheduler was on again run as ever", async ({ sql }) => {
  await insertSchedule(sql, { id: "a", next_run_at: at("07:00") });

  assertEquals(await dispatch(sql, at("12:10"), { offUntil: at("11:30") }), 1);

  assertEquals((await readOnlyRun(sql)).scheduled_for, at("12:00"));
  assertEquals((await readGaps(sql, "a")).map(({ reason, slots }) => [reason, slots]), [
    ["scheduler_off", 5],
  ]);
});

databaseTest(
  "rows are planned together where nothing of a plan would differ, each gets its run",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    const interval = { cron: null, interval_minutes: 60 };
    for (
      const [id, row] of Object.entries<Partial<ScheduleRow>>({
        alike_1: {},
        alike_2: { anchor_at: at("03:00"), config_json: { which: 2 } },
        alike_3: { overlap: "queue" },
        jitter_1: { jitter_seconds: 60 },
        jitter_2: { jitter_seconds: 60 },
        interval_1: { ...interval, anchor_at: at("09:00") },
        interval_2: { ...interval, anchor_at: at("08:00") },
        earlier: { next_run_at: at("09:00"), planned_at: at("09:00") },
        zoned: { time_zone: "Europe/Budapest" },
      })
    ) await insertSchedule(sql, { id, ...row });

    const { due } = await readDueRows(sql, clock, null, 10);
    assertEquals(due.map(({ ids }) => ids.list().toSorted()), [
      ["earlier"],
      ["alike_1", "alike_2", "alike_3"],
      ["interval_1"],
      ["interval_2"],
      ["jitter_1"],
      ["jitter_2"],
      ["zoned"],
    ]);

    assertEquals(await dispatch(sql), 9);
    const runs = await readRuns(sql);
    assertEquals(runs.find(({ job_id }) => job_id === "alike_2")!.params, { which: 2 });
  },
);

databaseTest("more rows than one statement handles are all dispatched", async ({ sql }) => {
  await sql`
    insert into scheduled_jobs (id, job_type, cron, next_run_at, planned_at, anchor_at)
    select 'row_' || n, 'many', '0 * * * *', ${START}, ${START}, ${START}
    from generate_series(1, 1001) as n`;

  assertEquals(await dispatch(sql), 1_001);

  const [{ count }] = await sql`select count(distinct job_id)::int as count from job_runs`;
  assertEquals(count, 1_001);
});

databaseTest(
  "after the scheduler was off more rows than one statement handles have their gap",
  async ({ sql }) => {
    await sql`
      insert into scheduled_jobs (id, job_type, cron, next_run_at, planned_at, anchor_at)
      select 'row_' || n, 'many', '0 * * * *', ${START}, ${START}, ${START}
      from generate_series(1, 1001) as n`;

    assertEquals(await dispatch(sql, START, { offUntil: START }), 0);

    const [{ count }] = await sql`select count(*)::int as count from schedule_gaps`;
    assertEquals(count, 1_001);
  },
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "eight dispatchers at once give each slot one run",
  async ({ sql, connect }) => {
    await sql`
      insert into scheduled_jobs (id, job_type, cron, next_run_at, planned_at, anchor_at)
      select 'row_' || n, 'many', '0 * * * *', ${START}, ${START}, ${START}
      from generate_series(1, 300) as n`;
    const pools = Array.from({ length: 8 }, () => connect());

    const inserted = await Promise.all(pools.map((pool) => dispatch(pool)));
    // What two of them found at the same time, the later one left to its next pass.
    inserted.push(await dispatch(sql));

    assertEquals(inserted.reduce((sum, runs) => sum + runs), 300);
    const [{ runs, slots }] = await sql<{ runs: number; slots: number }[]>`
      select count(*)::int as runs, count(distinct (job_id, scheduled_for))::int as slots
      from job_runs`;
    assertEquals([runs, slots], [300, 300]);
  },
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "a row that another transaction holds is passed by and blocks nobody",
  async ({ sql, connect }) => {
    await insertSchedule(sql, { id: "free" });
    await insertSchedule(sql, { id: "held" });
    const other = connect();

    await other.begin(async (tx) => {
      await tx`select from scheduled_jobs where id = 'held' for update`;
      assertEquals(await settled("the free row is dispatched", dispatch(sql)), 1);
    });

    assertEquals((await readOnlyRun(sql)).job_id, "free");
    assertEquals(await dispatch(sql), 1);
  },
);
