import { assertEquals, fail } from "@std/assert";
import fc from "fast-check";
import { ManualClock } from "../../lib/clock.ts";
import type { Engine } from "../../lib/engine_api.ts";
import { ConflictError } from "../../lib/errors.ts";
import { MAX_COUNTED } from "../../lib/slot_account.ts";
import { parseSchedule } from "../../lib/schedule.ts";
import {
  createSchedule,
  deleteSchedule,
  editSchedule,
  pauseSchedules,
  resumeSchedules,
} from "../../lib/schedules.ts";
import { explainWhy } from "../../lib/why.ts";
import { databaseTest } from "../support/database.ts";
import { fakeJob, openTestEngine } from "../support/engine.ts";
import { START } from "../support/factories.ts";
import type { Sql } from "../../lib/db/sql.ts";

const MINUTE_MS = 60_000;
const CRON = "*/10 * * * *";

/** What may happen to a row, each at so many minutes after the one before. */
const HAPPENINGS = [
  "tick",
  "tick",
  "tick",
  "pause",
  "pause for an hour",
  "resume",
  "disable",
  "enable",
  "disable by UPDATE",
  "enable by UPDATE",
  "same schedule again",
  "next run in an hour",
  "next run now",
] as const;

type Happening = typeof HAPPENINGS[number];

async function happen(engine: Engine, id: string, what: Happening, now: Date): Promise<void> {
  const { sql } = engine;
  const inAnHour = new Date(now.getTime() + 60 * MINUTE_MS);
  const pause = (until: Date | null) =>
    pauseSchedules(engine, { id }, { until, reason: null, by: "ada" });
  switch (what) {
    case "tick":
      return;
    case "pause":
      return void await pause(null);
    case "pause for an hour":
      return void await pause(inAnHour);
    case "resume":
      return void await resumeSchedules(engine, { id });
    case "disable":
      return void await editSchedule(engine, id, { enabled: false });
    case "enable":
      return void await editSchedule(engine, id, { enabled: true });
    case "disable by UPDATE":
      return void await sql`update scheduled_jobs set enabled = false where id = ${id}`;
    case "enable by UPDATE":
      return void await sql`update scheduled_jobs set enabled = true where id = ${id}`;
    case "same schedule again":
      return void await editSchedule(engine, id, { spec: { cron: CRON } });
    case "next run in an hour":
      return void await editSchedule(engine, id, { nextRunAt: inAnHour });
    case "next run now":
      return void await editSchedule(engine, id, { nextRunAt: null });
  }
}

/** How often each regular slot in (from, to] is covered, by a run or by a gap. */
async function coverOf(sql: Sql, id: string, from: Date, to: Date): Promise<Map<string, string[]>> {
  const schedule = parseSchedule({ cron: CRON }, "UTC");
  const { slots } = schedule.slotsBetween(new Date(from.getTime() + 1), to, MAX_COUNTED);
  const cover = new Map(slots.map((slot) => [slot.toISOString(), [] as string[]]));
  const runs = await sql<{ slot: Date }[]>`
    select scheduled_for as slot from job_runs where job_id = ${id}`;
  for (const { slot } of runs) cover.get(slot.toISOString())?.push("run");
  const gaps = await sql<{ reason: string; first: Date; last: Date; slots: number }[]>`
    select reason, first_slot as first, last_slot as last, slots
    from schedule_gaps where job_id = ${id}`;
  for (const { reason, first, last, slots: counted } of gaps) {
    const { slots } = schedule.slotsBetween(first, last, MAX_COUNTED);
    assertEquals(slots.length, counted, `slots of a gap ${reason}`);
    for (const slot of slots) cover.get(slot.toISOString())?.push(reason);
  }
  return cover;
}

databaseTest(
  "whatever is done to a row, each slot is covered exactly once, by a run or a gap",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    await using test = openTestEngine(sql, {
      clock,
      jobs: [fakeJob({ policies: { graceSeconds: 1_800 } })],
    });
    const story = fc.array(
      fc.record({ what: fc.constantFrom(...HAPPENINGS), minutes: fc.integer({ min: 0, max: 35 }) }),
      { minLength: 5, maxLength: 25 },
    );
    let told = 0;
    await fc.assert(
      fc.asyncProperty(story, fc.boolean(), async (steps, isDeleted) => {
        const id = `row-${told++}`;
        const begin = clock.instant;
        await createSchedule(test.engine, "hourly", { id, spec: { cron: CRON } });
        for (const { what, minutes } of steps) {
          clock.advance(minutes * MINUTE_MS + 1_234);
          await happen(test.engine, id, what, clock.instant);
          if (what === "tick") await test.tickAndWait();
        }
        clock.advance(MINUTE_MS);
        if (isDeleted) await deleteSchedule(test.engine, id);
        else {
          await resumeSchedules(test.engine, { id });
          await editSchedule(test.engine, id, { enabled: true, nextRunAt: null });
          clock.advance(MINUTE_MS);
          await test.tickAndWait();
        }
        const cover = await coverOf(sql, id, begin, clock.instant);
        for (const [slot, by] of cover) {
          if (by.length !== 1) fail(`${slot} is covered by ${by.length} of [${by}]`);
          const { run, conditions } = await explainWhy(test.engine, "hourly", new Date(slot), id);
          assertEquals(run !== null, by[0] === "run", slot);
          if (by[0] !== "run" && conditions.every(({ holds }) => holds)) fail(`${slot}: ${by}`);
        }
        if (!isDeleted) await deleteSchedule(test.engine, id);
      }),
      { numRuns: 25 },
    );
  },
);

databaseTest(
  "a slot that comes due while its row is changed is told by the one or the other, never both",
  async ({ sql, connect }) => {
    const clock = new ManualClock(START);
    await using test = openTestEngine(sql, { clock });
    await using other = openTestEngine(connect(), { clock });
    for (let round = 0; round < 10; round++) {
      const id = `row-${round}`;
      await createSchedule(test.engine, "hourly", { id, spec: { cron: CRON } });
      clock.advance(10 * MINUTE_MS);
      await Promise.all([
        test.tickAndWait(),
        editSchedule(other.engine, id, { spec: { cron: "5 * * * *" } }).catch((error) => {
          if (!(error instanceof ConflictError)) throw error;
        }),
      ]);
      const cover = await coverOf(sql, id, new Date(clock.instant.getTime() - 1), clock.instant);
      assertEquals([...cover.values()].map((by) => by.length), [1], id);
    }
  },
);
