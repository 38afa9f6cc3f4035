import { assert, assertEquals, assertMatch } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import type { Database } from "../../lib/database.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { recordFirstFill } from "../../lib/first_fill_store.ts";
import { Resident } from "../../lib/resident.ts";
import { syncJobs } from "../../lib/sync.ts";
import { databaseTest } from "../support/database.ts";
import {
  fakeJob,
  HeldHandler,
  openTestEngine,
  readAttempts,
  readOnlyRun,
} from "../support/engine.ts";
import { at, insertSchedule } from "../support/factories.ts";

/** One pool for all, which the test closes. */
function databaseOf(sql: Sql, kind: Database["kind"] = "postgres"): Database {
  return {
    sql,
    requests: sql,
    core: sql,
    kind,
    announce() {},
    close: () => Promise.resolve(),
  };
}

databaseTest(
  "a start goes on when its database went away while it told its schedules",
  async ({ sql }) => {
    await using test = openTestEngine(sql);
    let failures = 1;
    const oftenAway = new Proxy(sql, {
      apply(target, self, args) {
        const isTelling = test.log.text.includes("Background scheduler started");
        if (isTelling && failures-- > 0) {
          return Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" }));
        }
        return Reflect.apply(target, self, args);
      },
    });
    const engine = Object.create(test.engine, { sql: { value: oftenAway } });
    const database = databaseOf(sql);
    const resident = new Resident(
      engine,
      database,
      () => Promise.resolve(),
      new AbortController().signal,
    );
    await resident.begin();
    resident.end();
    // The tick that the start began is this engine's own: the one below it knows nothing of it.
    await engine.stop();
    assertEquals(failures < 0, true);
    assertMatch(test.log.text, /The database does not answer; going on trying/);
    assertMatch(test.log.text, /Scheduled: Hourly/);
  },
);

databaseTest("a start that is cut off by an orderly end tells nothing false", async ({ sql }) => {
  await using test = openTestEngine(sql);
  const stopping = new AbortController();
  const closed = Object.assign(new Error("closed"), { code: "CONNECTION_ENDED" });
  // Fragments are made as statements are and never awaited, so only what is awaited may reject.
  const closing = new Proxy(sql, {
    apply: () => ({
      then(_: unknown, reject: (error: Error) => void) {
        stopping.abort();
        reject(closed);
      },
    }),
  });
  const engine = Object.create(test.engine, { sql: { value: closing } });
  const resident = new Resident(
    engine,
    databaseOf(sql),
    () => Promise.resolve(),
    stopping.signal,
  );
  await resident.begin();
  resident.end();
  assertEquals(stopping.signal.aborted, true);
  assertEquals(test.log.lines.filter(({ level }) => level !== "info"), []);
  assert(!test.log.text.includes("The database does not answer"), test.log.text);
});

databaseTest("a tick that an orderly end cuts off is no warning", async ({ sql }) => {
  await using test = openTestEngine(sql);
  const stopping = new AbortController();
  let ticks = 0;
  const engine = Object.create(test.engine, {
    tick: {
      value: () => {
        ticks++;
        stopping.abort();
        return Promise.reject(Object.assign(new Error("closed"), { code: "CONNECTION_ENDED" }));
      },
    },
  });
  const resident = new Resident(
    engine,
    databaseOf(sql),
    () => Promise.resolve(),
    stopping.signal,
  );
  await resident.begin();
  resident.end();
  await Promise.resolve();
  assert(ticks > 0);
  assertEquals(test.log.lines.filter(({ level }) => level === "warn"), []);
});

databaseTest(
  "a job whose id another job's schedule has is told no slot of that one",
  async ({ sql }) => {
    const env = { SCHEDULER_ENABLED: "false" };
    const jobs = [fakeJob(), fakeJob({ id: "nightly" })];
    await using test = openTestEngine(sql, { jobs, env });
    await insertSchedule(sql, { id: "nightly", job_type: "hourly", next_run_at: at("12:00") });
    const resident = new Resident(
      test.engine,
      databaseOf(sql),
      () => Promise.resolve(),
      new AbortController().signal,
    );
    await resident.begin();
    resident.end();
    await test.engine.idle();

    const told = test.log.lines.filter(({ message }) => message.startsWith("Scheduled: "));
    assertEquals(told.map(({ fields }) => [fields.id, fields.next_run]), [
      ["hourly", "2026-01-05T11:00:00.000Z"],
      ["nightly", "none"],
    ]);
  },
);

for (
  const { watched, outcome, losses } of [
    { watched: true, outcome: "interrupted", losses: 0 },
    { watched: false, outcome: "lost", losses: 1 },
  ]
) {
  databaseTest(
    `what ran when an embedded program that was${
      watched ? "" : " not"
    } watched ended is ${outcome}`,
    async ({ sql }) => {
      const handler = new HeldHandler();
      await using gone = openTestEngine(sql, { jobs: [fakeJob({ run: handler.run })] });
      await syncJobs(gone.engine);
      await recordFirstFill(sql, gone.engine.clock);
      const run = await gone.engine.requestRun("hourly", { triggeredBy: "a test" });
      await handler.next();

      await using test = openTestEngine(sql, {
        clock: new ManualClock(at("18:00")),
        env: { SCHEDULER_ENABLED: "false" },
      });
      const resident = new Resident(
        test.engine,
        databaseOf(sql, "embedded"),
        () => Promise.resolve(),
        new AbortController().signal,
      );
      await resident.begin({ watched });
      resident.end();
      await test.engine.idle();

      const { status, losses: counted, duration_ms } = await readOnlyRun(sql);
      assertEquals([status, counted], ["success", losses]);
      assertEquals(duration_ms, 30_000, "the lease, and not the hours of absence");
      assertEquals((await readAttempts(sql, run.id)).map(({ outcome }) => outcome), [
        outcome,
        "success",
      ]);
    },
  );
}

databaseTest(
  "nothing that is due runs before an empty database has its first data",
  async ({ sql }) => {
    const order: string[] = [];
    const job = fakeJob({
      schedule: { intervalMinutes: 60 },
      startsAtOnce: true,
      run: () => {
        order.push("ran");
        return Promise.resolve();
      },
    });
    await using test = openTestEngine(sql, { jobs: [job] });
    const resident = new Resident(
      test.engine,
      databaseOf(sql, "embedded"),
      async () => {
        await test.engine.idle();
        order.push("filled");
      },
      new AbortController().signal,
    );
    await resident.begin();
    await test.engine.tick("timer");
    await test.engine.idle();
    resident.end();
    assertEquals(order, ["filled", "ran"]);
  },
);
