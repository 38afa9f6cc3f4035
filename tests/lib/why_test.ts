import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { NotFoundError } from "../../lib/errors.ts";
import type { ScheduleSpec } from "../../lib/schedule.ts";
import {
  createSchedule,
  deleteSchedule,
  editSchedule,
  pauseSchedules,
  resumeSchedules,
  type ScheduleInput,
} from "../../lib/schedules.ts";
import { explainWhy } from "../../lib/why.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  openTestEngine,
  readRuns,
  TestEngine,
  type TestEngineOptions,
} from "../support/engine.ts";
import { at, insertRunningRun, insertSchedule, START } from "../support/factories.ts";

/** A row of an hourly job, made at 10:00, and a clock that a test moves. */
class Story implements AsyncDisposable {
  readonly clock = new ManualClock(START);
  readonly test: TestEngine;

  constructor(sql: Sql, options: TestEngineOptions = {}) {
    this.test = openTestEngine(sql, { clock: this.clock, ...options });
  }

  get deps() {
    return this.test.engine;
  }

  async begin(
    input: ScheduleInput = {},
    spec: ScheduleSpec = { cron: "0 * * * *" },
  ): Promise<this> {
    await createSchedule(this.deps, "hourly", { id: "row", spec, ...input });
    return this;
  }

  go(time: string): void {
    this.clock.instant = at(time);
  }

  async tickAt(...times: string[]): Promise<void> {
    for (const time of times) {
      this.go(time);
      await this.test.tickAndWait();
    }
  }

  pause(until: Date | null = null): Promise<unknown> {
    return pauseSchedules(this.deps, { id: "row" }, { until, reason: "move", by: "ada" });
  }

  explain(time: string) {
    return explainWhy(this.deps, "hourly", at(time), "row");
  }

  async answer(time: string): Promise<string> {
    return (await this.explain(time)).answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
  }
}

databaseTest(
  "a slot that ran well: every condition holds, and the answer says how it went",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    await story.tickAt("11:00:02");
    const [run] = await readRuns(sql, "row");
    const told = await story.explain("11:00");
    assertEquals(
      [told.schedule_id, told.at, told.slot, told.previous_slot, told.next_slot, told.ran],
      ["row", at("11:00"), at("11:00"), at("10:00"), at("12:00"), true],
    );
    assertEquals(told.run?.id, run.id);
    assertEquals(told.conditions.map(({ condition, holds }) => `${holds} ${condition}`), [
      "true The schedule exists",
      "true The schedule has a slot in that minute",
      "true It is enabled",
      "true It is not paused",
      "true The slot has come",
      "true A pass made a run of it",
      "true The run was performed",
    ]);
    assertEquals(told.answer, "It succeeded in 0 ms after 1 attempt");
    assertEquals(
      told.conditions[5].says,
      `Run ${run.id} was made at 2026-01-05T11:00:02.000Z`,
    );
  },
);

databaseTest("any instant of the slot's minute asks for the slot", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await story.tickAt("11:00");
  assertEquals((await story.explain("11:00:59.999")).slot, at("11:00"));
  assertEquals((await story.explain("11:01")).slot, null);
});

databaseTest(
  "a run of an instant before the schedule was made is what the answer is about",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    await sql`update scheduled_jobs set next_run_at = ${at("09:55")} where id = 'row'`;
    await story.tickAt("10:01");
    const told = await story.explain("09:55");
    assertEquals([told.slot, told.ran], [at("09:55"), true]);
    assertEquals(told.answer, "It succeeded in 0 ms after 1 attempt");
    assertEquals(told.conditions[0], {
      condition: "The schedule exists",
      holds: true,
      says: "It was made at 2026-01-05T10:00:00.000Z, after that slot, which was set by hand",
    });
    assertEquals(told.conditions.every(({ holds }) => holds), true);
  },
);

databaseTest(
  "slots of a schedule that SQL changed say for when the next run stays planned, and what plans it anew",
  async ({ sql }) => {
    await using story = await new Story(sql).begin({}, { cron: "0 20 * * *" });
    await sql`update scheduled_jobs set cron = '*/30 * * * *' where id = 'row'`;
    await story.tickAt("11:05");
    const stays =
      "Its next run stays planned for 2026-01-05T20:00:00.000Z, past slots of its schedule, which was changed by SQL";
    for (const slot of ["11:00", "11:30"]) {
      const answer = await story.answer(slot);
      assertStringIncludes(answer, stays);
      assertStringIncludes(answer, "set its next_run_at to NULL");
    }
    assertEquals((await story.answer("20:30")).startsWith("It comes at"), true);

    await sql`update scheduled_jobs set next_run_at = null where id = 'row'`;
    await story.tickAt("11:06");
    assertMatch(await story.answer("11:30"), /^It comes at 2026-01-05T11:30/);
  },
);

databaseTest("a run that came late says so", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await story.tickAt("11:20");
  const { conditions } = await story.explain("11:00");
  assertMatch(conditions[5].says, /^Run \S+ was made late, at 2026-01-05T11:20:00.000Z$/);
});

databaseTest("a run that failed was performed, and says why it failed", async ({ sql }) => {
  const job = fakeJob({
    policies: { retries: 0 },
    run: () => Promise.reject(new Error("disk full")),
  });
  await using story = await new Story(sql, { jobs: [job] }).begin();
  await story.tickAt("11:00");
  const { ran, answer } = await story.explain("11:00");
  assertEquals([ran, answer], [true, "It failed after 1 attempt: disk full"]);
});

databaseTest("a run that waits for its next try says until when and why", async ({ sql }) => {
  const job = fakeJob({
    policies: { retries: 1, backoff: { firstMs: 30_000, maxMs: 30_000, spread: 0 } },
    run: () => Promise.reject(new Error("disk full")),
  });
  await using story = await new Story(sql, { jobs: [job] }).begin();
  await story.tickAt("11:00");
  assertMatch(
    await story.answer("11:00"),
    /^It waits until 2026-01-05T11:00:30.000Z \(.*disk full\)$/,
  );
});

databaseTest("a slot that was skipped for overlap was not performed", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await insertRunningRun(sql, {
    job_id: "row",
    job_type: "hourly",
    exclusive: true,
    lease_expires_at: at("23:00"),
  });
  await story.tickAt("11:00");
  const { ran, answer, run } = await story.explain("11:00");
  assertEquals([ran, run?.status], [false, "skipped"]);
  assertEquals(
    answer,
    "It was skipped: the run before it was still active, and the schedule does not overlap",
  );
});

databaseTest(
  "a job that lacks a setting was skipped, and the variable is named",
  async ({ sql }) => {
    const job = fakeJob({ missingSetting: () => "LLM_BASE_URL" });
    await using story = await new Story(sql, { jobs: [job] }).begin();
    await story.tickAt("11:00");
    const { ran, answer } = await story.explain("11:00");
    assertEquals(ran, false);
    assertMatch(
      answer,
      /^It was skipped: a setting that the job needs was not there.*LLM_BASE_URL/,
    );
  },
);

databaseTest("a run that was cancelled says when", async ({ sql }) => {
  await using story = await new Story(sql, { capacity: 0 }).begin();
  await story.tickAt("11:00");
  const [run] = await readRuns(sql, "row");
  await story.deps.cancelRun(run.id, "ada");
  const { ran, answer } = await story.explain("11:00");
  assertEquals([ran, answer], [false, "It was cancelled at 2026-01-05T11:00:00.000Z"]);
});

databaseTest(
  "a slot beyond its grace was missed, before and after the pass that says so",
  async ({ sql }) => {
    await using story = await new Story(sql).begin({ graceSeconds: 60 });
    const missed =
      "Nobody looked at it before its grace had run out: the program was not running, or was held up";
    story.go("11:05");
    assertEquals(await story.answer("11:00"), missed);
    await story.tickAt("11:05");
    const { ran, answer, run } = await story.explain("11:00");
    const back = `${missed}; it looked again at 2026-01-05T11:05:00.000Z`;
    assertEquals([ran, answer, run], [false, back, null]);
  },
);

databaseTest(
  "of slots that were late together one ran, the others were coalesced",
  async ({ sql }) => {
    await using story = await new Story(sql).begin({ graceSeconds: 86_400 });
    await story.tickAt("13:00");
    const coalesced = "Several slots were late at once, and one run stands for them all";
    assertEquals(
      [await story.answer("11:00"), await story.answer("12:00")],
      [coalesced, coalesced],
    );
    assertEquals((await story.explain("13:00")).ran, true);
  },
);

databaseTest("a pause that is open says who, until when and why", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  story.go("10:30");
  await story.pause();
  await story.tickAt("12:10");
  assertEquals(
    await story.answer("11:00"),
    "The schedule was paused over that slot by ada, without end: move",
  );
  assertEquals(await story.answer("15:00"), await story.answer("11:00"));
  const { conditions } = await story.explain("11:00");
  assertEquals(conditions.filter(({ holds }) => !holds).map(({ condition }) => condition), [
    "It is not paused",
    "A pass made a run of it",
  ]);
});

databaseTest(
  "a pause that is over still says who and why, before and after the next pass",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    await story.pause();
    story.go("12:10");
    await resumeSchedules(story.deps, { id: "row" });
    const told = "The schedule was paused over that slot by ada: move";
    assertEquals(await story.answer("11:00"), told);
    await story.tickAt("12:11");
    assertEquals(await story.answer("11:00"), told);
    story.go("12:20");
    await pauseSchedules(story.deps, { id: "row" }, { until: null, reason: null, by: "bob" });
    assertEquals(await story.answer("11:00"), told);
  },
);

databaseTest(
  "a slot that is to come in a bounded pause says when that ends; one after it will come",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    await story.pause(at("12:30"));
    assertEquals(
      await story.answer("12:00"),
      "The schedule was paused over that slot by ada until 2026-01-05T12:30:00.000Z: move",
    );
    assertEquals(
      await story.answer("13:00"),
      "It comes at 2026-01-05T13:00:00.000Z; it is 2026-01-05T10:00:00.000Z now",
    );
  },
);

databaseTest("a pause that was set to infinity by hand is one without end", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await sql`update scheduled_jobs set paused_at = ${START}, paused_until = 'infinity'`;
  story.go("11:10");
  const told = "The schedule was paused over that slot, without end";
  assertEquals([await story.answer("11:00"), await story.answer("12:00")], [told, told]);
});

databaseTest(
  "a row that is disabled, by the API or by an UPDATE, says so for past and future",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    const disabled = "The schedule was disabled over that slot";
    await editSchedule(story.deps, "row", { enabled: false });
    story.go("11:10");
    assertEquals([await story.answer("11:00"), await story.answer("12:00")], [disabled, disabled]);
    await editSchedule(story.deps, "row", { enabled: true });
    assertEquals(await story.answer("11:00"), disabled);
    await story.tickAt("11:11");
    assertEquals(await story.answer("11:00"), disabled);
    await sql`update scheduled_jobs set enabled = false`;
    story.go("12:10");
    assertEquals(await story.answer("12:00"), disabled);
  },
);

databaseTest(
  "slots of an earlier schedule are told by their gap; of the rest nothing is known",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    story.go("12:10");
    await editSchedule(story.deps, "row", { spec: { cron: "30 * * * *" } });
    const changed =
      "The schedule was changed or deleted, or its next run was set by hand, past that slot";
    assertEquals([await story.answer("11:00"), await story.answer("12:00")], [changed, changed]);
    assertEquals((await story.explain("12:00")).slot, at("12:00"));
    story.go("12:40");
    assertMatch(
      await story.answer("10:30"),
      /^The present schedule is in force since 2026-01-05T12:10:00.000Z/,
    );
  },
);

databaseTest(
  "a minute in an earlier schedule's time is neither a slot nor none, and its gap is told",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    story.go("10:30");
    await story.pause();
    story.go("13:30");
    await resumeSchedules(story.deps, { id: "row" });
    await story.test.tickAndWait();
    for (const cron of ["15 2 * * *", "*/5 * * * *"]) {
      await editSchedule(story.deps, "row", { spec: { cron } });
      for (const time of ["12:00", "12:05"]) {
        const told = await story.explain(time);
        assertEquals([told.slot, told.previous_slot, told.next_slot], [null, null, null]);
        assertEquals(told.conditions.map(({ holds }) => holds), [true, null]);
        assertEquals(
          told.answer,
          "The present schedule is in force since 2026-01-05T13:30:00.000Z; another one was before, " +
            "and whether it had a slot in that minute is not known. 3 slots from " +
            "2026-01-05T11:00:00.000Z to 2026-01-05T13:00:00.000Z have no run (paused): " +
            "The schedule was paused over that slot by ada: move",
        );
      }
      assertEquals((await story.explain("11:00")).slot, at("11:00"));
    }
  },
);

databaseTest(
  "an instant set by hand is a slot, and the slots before it are jumped over",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    await editSchedule(story.deps, "row", { nextRunAt: at("13:20") });
    assertEquals(
      await story.answer("12:00"),
      "Its next run was set by hand, to 2026-01-05T13:20:00.000Z",
    );
    assertStringIncludes(await story.answer("13:20"), "It comes at 2026-01-05T13:20:00.000Z");
    assertStringIncludes(await story.answer("14:00"), "It comes at 2026-01-05T14:00:00.000Z");
    story.go("12:10");
    assertStringIncludes(await story.answer("12:00"), "its next run was set by hand");
    story.go("13:21");
    assertStringIncludes(await story.answer("13:20"), "It is due and waits for the next pass");
    await story.tickAt("13:21");
    const { ran, conditions } = await story.explain("13:20");
    assertEquals(ran, true);
    assertStringIncludes(conditions[1].says, "set by hand");
  },
);

databaseTest(
  "a slot and an instant set by hand in one minute are told apart by their seconds",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    await story.pause();
    story.go("11:00:20");
    await resumeSchedules(story.deps, { id: "row" });
    await editSchedule(story.deps, "row", { nextRunAt: null });
    await story.tickAt("11:00:30");
    const early = await story.explain("11:00:29");
    assertEquals([early.slot, early.ran], [at("11:00"), false]);
    assertEquals((await story.explain("11:00:30")).ran, true);
  },
);

databaseTest("an instant set by hand that has its run is told by that run", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await story.tickAt("11:00");
  const before = await story.answer("11:00");
  await sql`update scheduled_jobs set next_run_at = ${at("11:00")}`;
  story.go("11:05");
  assertEquals(await story.answer("11:00"), before);
  await story.tickAt("11:05");
  assertEquals(await story.answer("11:00"), before);
  assertStringIncludes(await story.answer("12:00"), "It comes at 2026-01-05T12:00");
});

databaseTest("a row that was set to never by hand says so", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await sql`update scheduled_jobs set next_run_at = 'infinity'`;
  assertEquals(await story.answer("11:00"), "Its next run was set by hand, to never");
  story.go("11:10");
  assertStringIncludes(await story.answer("11:00"), "its next run was set by hand");
});

databaseTest("while the scheduler is off, and after, it says so", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await using off = openTestEngine(sql, {
    clock: story.clock,
    env: { SCHEDULER_ENABLED: "false" },
  });
  story.go("10:59");
  await off.tickAndWait();
  story.go("11:01");
  const told = /^The scheduler was switched off/;
  assertMatch(await story.answer("11:00"), told);
  const there = await explainWhy(off.engine, "hourly", at("11:00"), "row");
  assertMatch(there.answer, told);
  await story.tickAt("11:02");
  assertMatch(await story.answer("11:00"), told);
});

databaseTest(
  "a slot that is due waits for the next pass, and says when the last one was",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    story.go("11:00:05");
    assertEquals(
      await story.answer("11:00"),
      "It is due and waits for the next pass; there was none yet",
    );
    await story.tickAt("11:30");
    story.go("12:00:05");
    assertEquals(
      await story.answer("12:00"),
      "It is due and waits for the next pass; the last one was at 2026-01-05T11:30:00.000Z",
    );
  },
);

databaseTest("an instant that is no slot names the slots around it", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  const told = await story.explain("11:30");
  assertEquals([told.slot, told.ran, told.run], [null, false, null]);
  assertEquals([told.previous_slot, told.next_slot], [at("11:00"), at("12:00")]);
  assertEquals(
    told.answer,
    "No slot of the schedule lies in that minute; the slot before it is " +
      "2026-01-05T11:00:00.000Z, the next one is 2026-01-05T12:00:00.000Z",
  );
});

databaseTest("before the row was made there was nothing", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  const told = "The schedule did not exist yet: it was made at 2026-01-05T10:00:00.000Z";
  assertEquals([await story.answer("09:00"), await story.answer("09:30")], [told, told]);
  assertEquals((await story.explain("09:00")).conditions.length, 2);
});

databaseTest(
  "after it was deleted there is nothing; what was before is still told",
  async ({ sql }) => {
    await using story = await new Story(sql).begin();
    await story.tickAt("11:00");
    await story.pause();
    story.go("12:10");
    await deleteSchedule(story.deps, "row");
    assertEquals((await story.explain("11:00")).ran, true);
    assertEquals(
      await story.answer("12:00"),
      "The schedule was paused over that slot by ada: move",
    );
    const told = "The schedule was deleted at 2026-01-05T12:10:00.000Z";
    assertEquals([await story.answer("13:00"), await story.answer("23:00")], [told, told]);
    story.go("14:00");
    assertEquals(await story.answer("13:00"), told);
  },
);

databaseTest("a job that left the code says when", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await sql`update scheduled_jobs set retired_at = ${at("12:10")}`;
  story.go("14:00");
  assertEquals(await story.answer("13:00"), "Its job left the code at 2026-01-05T12:10:00.000Z");
});

databaseTest(
  "a slot in the hour that the clocks leave out says at what time it ran",
  async ({ sql }) => {
    await insertSchedule(sql, {
      id: "row",
      job_type: "hourly",
      cron: "30 2 * * *",
      time_zone: "Europe/Budapest",
      next_run_at: at("2026-03-29T01:00Z"),
    });
    await using story = new Story(sql);
    await story.tickAt("2026-03-29T01:00Z");
    const { slot, ran, conditions } = await story.explain("2026-03-29T01:00Z");
    assertEquals([slot, ran], [at("2026-03-29T01:00Z"), true]);
    assertEquals(
      conditions[1].says,
      "2026-03-29T01:00:00.000Z is a slot: 02:30 did not exist on 2026-03-29 in Europe/Budapest; ran at 03:00",
    );
  },
);

databaseTest("what retention took is told as that", async ({ sql }) => {
  await insertSchedule(sql, { id: "row", job_type: "hourly" });
  await using story = new Story(sql, { env: { RUN_RETENTION_DAYS: "30" } });
  await story.tickAt("2026-03-05T10:00Z");
  await sql`delete from schedule_gaps`;
  assertEquals(
    await story.answer("2026-02-01T10:00Z"),
    "Nothing is recorded of it any more: what is older than 30 days is deleted",
  );
  assertEquals(await story.answer("2026-03-01T10:00Z"), "Nothing is recorded of it");
});

databaseTest("a row that was broken by hand says what is wrong with it", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await story.tickAt("11:00");
  await sql`update scheduled_jobs set cron = '61 * * * *'`;
  const told = await story.explain("12:00");
  assertStringIncludes(told.answer, 'Cannot use "61 * * * *" as a schedule');
  assertEquals([told.next_slot, told.previous_slot], [null, null]);
  assertEquals((await story.explain("11:00")).ran, true);
});

databaseTest("a one-off that had its slot has no other", async ({ sql }) => {
  await using story = await new Story(sql).begin({}, { runAt: at("10:20") });
  await story.tickAt("10:20");
  assertEquals((await story.explain("10:20")).ran, true);
  const told = await story.explain("11:00");
  assertEquals(
    told.answer,
    "No slot of the schedule lies in that minute; the slot before it is 2026-01-05T10:20:00.000Z",
  );
  assertEquals(told.next_slot, null);
});

databaseTest("a row that is not there, or is another job's, is not explained", async ({ sql }) => {
  await using story = await new Story(sql).begin();
  await assertRejects(() => explainWhy(story.deps, "hourly", START), NotFoundError);
  await assertRejects(() => explainWhy(story.deps, "weekly", START, "row"), NotFoundError);
});
