import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Clock, ManualClock } from "../../lib/clock.ts";
import { isSqlState } from "../../lib/db/errors.ts";
import type { Sql } from "../../lib/db/sql.ts";
import {
  cancelRun,
  type Claimant,
  claimFree,
  claimQueued,
  expireLeases,
  readRun,
  recoverLostRuns,
  renewLeases,
  type Settlement,
  settleRun,
  skipUnknownRuns,
} from "../../lib/run_store.ts";
import { databaseTest } from "../support/database.ts";
import { settled as settledInTime, until } from "../support/until.ts";
import { readAttempts, readRunOrFail } from "../support/engine.ts";
import {
  at,
  insertRun,
  insertRunningRun,
  insertSchedule,
  type RunOverrides,
  START,
} from "../support/factories.ts";

const claimant: Claimant = {
  worker: "me",
  leaseMs: 30_000,
  deployment: "local",
  timeline: null,
  known: ["hourly", "import"],
};

const SUCCESS: Settlement = {
  status: "success",
  reason: null,
  outcome: "success",
  error: null,
  result: { added: 3 },
  isFailure: false,
  delayMs: 0,
  slowAfterMs: null,
};

const RETRY: Settlement = {
  ...SUCCESS,
  status: "pending",
  reason: "error",
  outcome: "failed",
  error: "down",
  result: null,
  isFailure: true,
  delayMs: 45_000,
};

const clockAt = (time: string) => new ManualClock(at(time));
const claim = (sql: Sql, time = "10:00", limit = 10) =>
  claimFree(sql, clockAt(time), claimant, limit);
const claimGated = (sql: Sql, time = "10:00", limit = 10) =>
  claimQueued(sql, clockAt(time), claimant, limit);
const recover = (sql: Sql, time: string) => recoverLostRuns(sql, clockAt(time), false);

/** Inserts a run that stands in a queue, or under a limit. */
function insertGated(
  sql: Sql,
  { queue, limit }: { queue?: string; limit?: [key: string, size: number] },
  overrides: RunOverrides = {},
) {
  return insertRun(sql, {
    ...(queue !== undefined && { queue_key: queue }),
    ...(limit !== undefined && { limit_key: limit[0], limit_size: limit[1] }),
    ...overrides,
  });
}

databaseTest(
  "the ids of runs are UUIDs of version 7, which begin with the time",
  async ({ sql }) => {
    await insertSchedule(sql);
    const now = async () => {
      const [{ ms }] = await sql`
      select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
      return ms;
    };

    const before = await now();
    const { id } = await insertRun(sql);
    const after = await now();

    const [, time, version, variant] = id.replaceAll("-", "").match(/^(.{12})(.).{3}(.)/)!;
    assert(before <= parseInt(time, 16) && parseInt(time, 16) <= after + 1);
    assertEquals(version, "7");
    assert("89ab".includes(variant));
  },
);

databaseTest("a claim makes a run running, with a lease and its first attempt", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRun(sql);

  const [run] = await claim(sql, "10:00:05");

  assertEquals(
    [run.id, run.status, run.attempt, run.claimed_by, run.deployment, run.started_at],
    [id, "running", 1, "me", "local", at("10:00:05")],
  );
  const [{ lease_expires_at }] = await sql`select lease_expires_at from job_runs`;
  assertEquals(lease_expires_at, at("10:00:35"));
  const [attempt] = await sql`
    select attempt, started_at, claimed_by, finished_at, outcome from run_attempts`;
  assertEquals({ ...attempt }, {
    attempt: 1,
    started_at: at("10:00:05"),
    claimed_by: "me",
    finished_at: null,
    outcome: null,
  });
});

databaseTest("a claim of a later attempt keeps when the first one started", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRun(sql, { attempt: 1, failures: 1, started_at: at("09:00"), reason: "error" });

  const [run] = await claim(sql);

  assertEquals([run.attempt, run.started_at, run.reason], [2, at("09:00"), null]);
});

databaseTest(
  "claims leave what is not yet available, not known, or not pending",
  async ({ sql }) => {
    await insertSchedule(sql);
    await insertRun(sql, { available_at: at("10:00:00.001") });
    await insertRun(sql, { job_type: "of_another_revision" });
    await insertRun(sql, { status: "success", finished_at: START });
    await insertRunningRun(sql);

    assertEquals(await claim(sql), []);
  },
);

databaseTest("claims take the oldest first, up to their limit", async ({ sql }) => {
  await insertSchedule(sql);
  for (const time of ["09:03", "09:01", "09:02"]) {
    await insertRun(sql, { available_at: at(time) });
  }

  const claimed = await claim(sql, "10:00", 2);

  assertEquals(claimed.map(({ available_at }) => available_at), [at("09:01"), at("09:02")]);
});

databaseTest("a claim of one run takes no other", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRun(sql, { available_at: at("09:00") });
  const { id } = await insertRun(sql);

  const claimed = await claimFree(sql, clockAt("10:00"), claimant, 1, id);

  assertEquals(claimed.map((run) => run.id), [id]);
});

databaseTest("a run that waits in a queue is not claimed past it", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertGated(sql, { queue: "hourly" });

  assertEquals(await claimFree(sql, clockAt("10:00"), claimant, 1, id), []);
});

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "claimers at once share the runs and none waits for another",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    await sql`
      insert into job_runs (job_id, job_type, trigger, as_of, created_at, available_at)
      select 'hourly', 'hourly', 'manual', ${START}, ${START}, ${START}
      from generate_series(1, 200)`;
    const other = connect();
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const holding = other.begin(async (tx) => {
      await tx`select from job_runs order by available_at, id limit 50 for update`;
      held.resolve();
      await release.promise;
    });
    await held.promise;

    const pools = Array.from({ length: 6 }, () => connect());
    const claiming = Promise.all(pools.map((pool) => claim(pool, "10:00", 40)));
    const claimed = await settledInTime("the free runs are claimed", claiming)
      .finally(() => release.resolve());
    await holding;

    const ids = claimed.flat().map(({ id }) => id);
    assertEquals(ids.length, 150);
    assertEquals(new Set(ids).size, 150);
    const [{ attempts }] = await sql`select count(*)::int as attempts from run_attempts`;
    assertEquals(attempts, 150);
  },
);

databaseTest(
  "a queue gives its runs in the order of their slots, one at a time",
  async ({ sql }) => {
    await insertSchedule(sql);
    for (const slot of ["09:00", "07:00", "08:00"]) {
      await insertGated(sql, { queue: "hourly" }, { scheduled_for: at(slot) });
    }
    const performed: string[] = [];
    for (let i = 0; i < 3; i++) {
      const claimed = await claimGated(sql);
      assertEquals(claimed.length, 1);
      assertEquals(await claimGated(sql), []);
      const [run] = claimed;
      performed.push(run.scheduled_for!.toISOString().slice(11, 16));
      await settleRun(sql, clockAt("10:00:01"), run, SUCCESS, false);
    }
    assertEquals(performed, ["07:00", "08:00", "09:00"]);
  },
);

databaseTest("a queue waits while its head waits for its retry", async ({ sql }) => {
  await insertSchedule(sql);
  await insertGated(sql, { queue: "hourly" }, {
    scheduled_for: at("08:00"),
    attempt: 1,
    available_at: at("10:05"),
  });
  await insertGated(sql, { queue: "hourly" }, { scheduled_for: at("09:00") });

  assertEquals(await claimGated(sql, "10:00"), []);
  const [run] = await claimGated(sql, "10:05");
  assertEquals(run.scheduled_for, at("08:00"));
});

databaseTest("queues do not wait for each other", async ({ sql }) => {
  await insertSchedule(sql);
  await insertGated(sql, { queue: "a" });
  await insertGated(sql, { queue: "b" });

  assertEquals((await claimGated(sql)).length, 2);
});

databaseTest("a limit holds over all rows of its job", async ({ sql }) => {
  for (const id of ["a", "b", "c", "d"]) {
    await insertSchedule(sql, { id, job_type: "import" });
    await insertGated(sql, { limit: ["import", 2] }, { job_id: id, job_type: "import" });
  }

  const first = await claimGated(sql);
  const none = await claimGated(sql);
  await settleRun(sql, clockAt("10:01"), first[0], SUCCESS, false);
  const next = await claimGated(sql);

  assertEquals([first.length, none.length, next.length], [2, 0, 1]);
  const lanes = await sql<{ lane: number }[]>`
    select lane from job_runs where status = 'running' order by lane`;
  assertEquals(lanes.map(({ lane }) => lane), [1, 2]);
});

databaseTest("two rows of one limited job stand in their own queues too", async ({ sql }) => {
  for (const id of ["a", "b"]) {
    await insertSchedule(sql, { id, job_type: "import", overlap: "queue", max_running: 5 });
    for (const slot of ["08:00", "09:00"]) {
      await insertGated(sql, { queue: id, limit: ["import", 5] }, {
        job_id: id,
        job_type: "import",
        scheduled_for: at(slot),
      });
    }
  }

  const claimed = await claimGated(sql);

  assertEquals(
    claimed.map(({ job_id, scheduled_for }) => [job_id, scheduled_for]).toSorted(),
    [["a", at("08:00")], ["b", at("08:00")]],
  );
});

databaseTest("what has waited longest goes first where there is room for few", async ({ sql }) => {
  await insertSchedule(sql);
  for (let minute = 59; minute >= 0; minute--) {
    const time = at(`09:${String(minute).padStart(2, "0")}`);
    await insertGated(sql, { queue: `row ${minute}` }, { available_at: time, as_of: time });
  }

  const claimed = await claimGated(sql, "10:00", 3);

  assertEquals(
    claimed.map(({ available_at }) => available_at),
    [at("09:00"), at("09:01"), at("09:02")],
  );
});

databaseTest(
  "a second running run of a queue or a lane is refused by the database",
  async ({ sql }) => {
    await insertSchedule(sql);
    const running = {
      status: "running",
      attempt: 1,
      claimed_by: "x",
      lease_expires_at: at("11:00"),
    } as const;
    await insertRun(sql, { ...running, queue_key: "q" });
    await insertRun(sql, { ...running, limit_key: "l", limit_size: 1, lane: 1 });

    for (const gate of [{ queue_key: "q" }, { limit_key: "l", limit_size: 1, lane: 1 }]) {
      const error = await assertRejects(() => insertRun(sql, { ...running, ...gate }));
      assert(isSqlState(error, "23505"));
    }
  },
);

databaseTest("a second run of the same slot is refused by the database", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRun(sql, { scheduled_for: START });
  const error = await assertRejects(() =>
    insertRun(sql, { scheduled_for: START, trigger: "catch_up" })
  );
  assert(isSqlState(error, "23505"));
});

for (
  const [gate, most] of [
    [{ limit: ["hourly", 3] as [string, number] }, 3],
    [{ queue: "hourly" }, 1],
    [{ queue: "hourly", limit: ["hourly", 3] as [string, number] }, 1],
  ] as const
) {
  databaseTest.onlyPostgres("the embedded database has one session at a time")(
    `claimers at once never run more than ${most} of ${Object.keys(gate).join(" and ")}`,
    async ({ sql, connect }) => {
      await insertSchedule(sql);
      for (let i = 0; i < 40; i++) await insertGated(sql, gate);
      const pools = Array.from({ length: 6 }, () => connect());
      let seen = 0;
      let done = 0;

      const all = Promise.all(pools.map(async (pool) => {
        while (done < 40) {
          const claimed = await claimGated(pool, "10:00", 2).catch((error) => {
            if (isSqlState(error, "23505")) return [];
            throw error;
          });
          const [{ running }] = await pool<{ running: number }[]>`
            select count(*)::int as running from job_runs where status = 'running'`;
          seen = Math.max(seen, running);
          for (const run of claimed) {
            await settleRun(pool, clockAt("10:00"), run, SUCCESS, false);
            done++;
          }
        }
      }));
      await settledInTime("all runs are performed", all);

      assertEquals(done, 40);
      assert(seen <= most, `${seen} ran at once`);
    },
  );
}

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "the head of a queue that another transaction holds is passed by, and other queues go on",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const held = await insertGated(sql, { queue: "held" });
    const behind = await insertGated(sql, { queue: "held" }, { created_at: at("10:00:01") });
    const free = await insertGated(sql, { queue: "free" });

    await connect().begin(async (tx) => {
      await tx`select from job_runs where id = ${held.id} for update`;
      const claimed = await settledInTime("the free head is claimed", claimGated(sql, "10:01"));
      assertEquals(claimed.map(({ id }) => id), [free.id]);
    });

    assertEquals((await claimGated(sql, "10:01")).map(({ id }) => id), [held.id]);
    assertEquals((await readRun(sql, behind.id))!.status, "pending");
  },
);

databaseTest("a settled success has its result, its duration and no lease", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);

  const settled = await settleRun(sql, clockAt("10:00:07.250"), run, SUCCESS, false);

  assert(settled);
  assertEquals(
    [settled.status, settled.duration_ms, settled.finished_at, settled.result_json],
    ["success", 7_250, at("10:00:07.250"), { added: 3 }],
  );
  assertEquals(await readAttempts(sql, run.id), [{ attempt: 1, outcome: "success", error: null }]);
});

databaseTest(
  "a failure that is tried again waits, and the next attempt adds its time",
  async ({ sql }) => {
    await insertSchedule(sql);
    const run = await insertRunningRun(sql);

    const waiting = await settleRun(sql, clockAt("10:00:02"), run, RETRY, false);
    assertEquals(
      [waiting?.status, waiting?.failures, waiting?.available_at, waiting?.finished_at],
      ["pending", 1, at("10:00:47"), null],
    );
    assertEquals(waiting?.error_message, "down");

    assertEquals(await claim(sql, "10:00:46.999"), []);
    const [again] = await claim(sql, "10:00:47");
    const settled = await settleRun(sql, clockAt("10:00:50"), again, SUCCESS, false);

    assertEquals([settled?.duration_ms, settled?.failures], [2_000 + 3_000, 1]);
    assertEquals([settled?.error_message, settled?.reason], [null, null]);
    assertEquals(await readAttempts(sql, run.id), [
      { attempt: 1, outcome: "failed", error: "down" },
      { attempt: 2, outcome: "success", error: null },
    ]);
  },
);

databaseTest("an attempt that is not the run's present one cannot settle it", async ({ sql }) => {
  await insertSchedule(sql);
  const past = await insertRunningRun(sql);
  await recover(sql, "10:01");
  const [present] = await claim(sql, "10:01");

  const settled = await settleRun(sql, clockAt("10:01:05"), past, SUCCESS, false);

  assertEquals(settled, undefined);
  assertEquals(await readRunOrFail(sql, past.id), present);
  assertEquals((await readAttempts(sql, past.id)).map(({ outcome }) => outcome), ["lost", null]);
});

databaseTest("a settled run cannot be settled, cancelled or recovered again", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);
  await settleRun(sql, clockAt("10:00:01"), run, SUCCESS, false);
  const before = await readRunOrFail(sql, run.id);

  assertEquals(await settleRun(sql, clockAt("10:00:02"), run, RETRY, false), undefined);
  assertEquals(await cancelRun(sql, clockAt("10:00:02"), run.id), undefined);
  assertEquals(await recover(sql, "12:00"), []);

  assertEquals(await readRunOrFail(sql, run.id), before);
});

databaseTest("a clock that was set back gives no negative duration", async ({ sql }) => {
  await insertSchedule(sql);
  const run = await insertRunningRun(sql);

  const settled = await settleRun(sql, clockAt("09:00"), run, SUCCESS, false);

  assertEquals(settled?.duration_ms, 0);
});

databaseTest("a lease that has not run out is left alone", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRunningRun(sql);

  assertEquals(await recover(sql, "10:00:30"), []);
});

databaseTest("a lease that ran out gives the run back at once", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRunningRun(sql, { failures: 1 });

  const [run] = await recover(sql, "10:00:30.001");

  assertEquals(
    [run.id, run.status, run.reason, run.losses, run.failures, run.available_at],
    [id, "pending", "lost", 1, 1, at("10:00:30.001")],
  );
  assertEquals(await readAttempts(sql, id), [{ attempt: 1, outcome: "lost", error: null }]);
  const [again] = await claim(sql, "10:00:31");
  assertEquals([again.id, again.attempt], [id, 2]);
});

databaseTest("the third loss fails the run", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRunningRun(sql);
  await recover(sql, "10:01");
  await claim(sql, "10:02");
  await recover(sql, "10:03");
  await claim(sql, "10:04");

  const [run] = await recover(sql, "10:05");

  assertEquals([run.status, run.reason, run.losses, run.failures], ["failed", "lost", 3, 0]);
  assertEquals(run.error_message, "lost 3 times: its process ended or froze each time");
  assertEquals(run.finished_at, at("10:05"));
  assertEquals(
    (await readAttempts(sql, id)).map(({ outcome }) => outcome),
    ["lost", "lost", "lost"],
  );
});

for (
  const { what, lease, started, ended, ms } of [
    { what: "with its lease", lease: "10:00:30", started: "10:00", ended: "10:00:30", ms: 30_000 },
    { what: "not before it began", lease: "10:00:30", started: "10:05", ended: "10:05", ms: 0 },
    { what: "not after now", lease: "10:00:30", started: "19:00", ended: "18:00", ms: 0 },
  ]
) {
  databaseTest(
    `a lost attempt ended ${what}, and its run took no longer, however late it is recovered`,
    async ({ sql }) => {
      await insertSchedule(sql);
      const { id } = await insertRunningRun(sql, {
        started_at: at(started),
        lease_expires_at: at(lease),
        losses: 2,
        duration_ms: 500,
      });

      const [run] = await recover(sql, "18:00");

      const [attempt] = await sql`select finished_at from run_attempts where run_id = ${id}`;
      assertEquals(attempt.finished_at, at(ended));
      assertEquals([run.status, run.finished_at, run.duration_ms], [
        "failed",
        at("18:00"),
        500 + ms,
      ]);
      const [{ sum }] = await sql`select duration_ms_sum::int as sum from job_stats`;
      assertEquals(sum, 500 + ms);
    },
  );
}

databaseTest("absence makes no run slow that is done after it", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRunningRun(sql);
  await recover(sql, "18:00");
  const [again] = await claim(sql, "18:00");

  const run = await settleRun(
    sql,
    clockAt("18:00:05"),
    again,
    { ...SUCCESS, slowAfterMs: 300_000 },
    true,
  );

  assertEquals([run?.status, run?.reason, run?.duration_ms], ["success", null, 35_000]);
  assertEquals((await sql`select from alert_outbox`).length, 0);
});

databaseTest("a start that ends all leases leaves an end that is over", async ({ sql }) => {
  await insertSchedule(sql);
  const over = await insertRunningRun(sql);
  const held = await insertRunningRun(sql, { lease_expires_at: at("18:00:20") });

  await expireLeases(sql, clockAt("18:00"));

  const leaseOf = async (id: string) =>
    (await sql`select lease_expires_at from job_runs where id = ${id}`)[0].lease_expires_at;
  assertEquals(await leaseOf(over.id), at("10:00:30"));
  assertEquals(await leaseOf(held.id), at("17:59:59.999"));
  assertEquals((await recover(sql, "18:00")).length, 2);
});

databaseTest(
  "a run that is cancelled long after its process ended took no longer",
  async ({ sql }) => {
    await insertSchedule(sql);
    const { id } = await insertRunningRun(sql);

    const run = await cancelRun(sql, clockAt("18:00"), id);

    assertEquals([run?.finished_at, run?.duration_ms], [at("18:00"), 30_000]);
    const [attempt] = await sql`select finished_at from run_attempts where run_id = ${id}`;
    assertEquals(attempt.finished_at, at("10:00:30"));
  },
);

databaseTest("a recovered run gives its lane back", async ({ sql }) => {
  await insertSchedule(sql);
  await insertRunningRun(sql, { limit_key: "hourly", limit_size: 1, lane: 1 });
  await insertGated(sql, { limit: ["hourly", 1] });

  await recover(sql, "10:01");

  assertEquals((await claimGated(sql, "10:01")).length, 1);
});

databaseTest("a renewal moves the lease, and names what was taken away", async ({ sql }) => {
  await insertSchedule(sql);
  const mine = await insertRunningRun(sql);
  const lost = await insertRunningRun(sql, { attempt: 2 });
  const settled = await insertRunningRun(sql);
  await settleRun(sql, clockAt("10:00:01"), settled, SUCCESS, false);

  const kept = await renewLeases(
    sql,
    clockAt("10:00:20"),
    [mine, { id: lost.id, attempt: 1 }, settled],
    30_000,
  );

  assertEquals([...kept], [{ id: mine.id, attempt: 1 }]);
  const [{ lease_expires_at }] = await sql`
    select lease_expires_at from job_runs where id = ${mine.id}`;
  assertEquals(lease_expires_at, at("10:00:50"));
});

databaseTest("a cancelled pending run never started", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRun(sql);

  const run = await cancelRun(sql, clockAt("10:00:01"), id);

  assertEquals(
    [run?.status, run?.reason, run?.duration_ms, run?.started_at],
    ["cancelled", "requested", null, null],
  );
  assertEquals(await claim(sql, "10:00:02"), []);
});

databaseTest("a cancelled running run ends its attempt and counts its time", async ({ sql }) => {
  await insertSchedule(sql);
  const { id } = await insertRunningRun(sql, { duration_ms: 1_000 });

  const run = await cancelRun(sql, clockAt("10:00:03"), id);

  assertEquals([run?.status, run?.duration_ms], ["cancelled", 4_000]);
  assertEquals(await readAttempts(sql, id), [{ attempt: 1, outcome: "cancelled", error: null }]);
});

databaseTest(
  "a cancelled run that waits for its retry keeps how its attempt ended",
  async ({ sql }) => {
    await insertSchedule(sql);
    const run = await insertRunningRun(sql);
    await settleRun(sql, clockAt("10:00:02"), run, RETRY, false);

    const cancelled = await cancelRun(sql, clockAt("10:00:10"), run.id);

    assertEquals([cancelled?.status, cancelled?.duration_ms], ["cancelled", 2_000]);
    assertEquals(await readAttempts(sql, run.id), [{
      attempt: 1,
      outcome: "failed",
      error: "down",
    }]);
  },
);

databaseTest(
  "a run of an unknown job is skipped after ten minutes and not before",
  async ({ sql }) => {
    await insertSchedule(sql);
    const { id } = await insertRun(sql, { job_type: "of_another_revision" });
    await insertRun(sql);

    assertEquals(await skipUnknownRuns(sql, clockAt("10:10"), claimant.known), []);
    const [run] = await skipUnknownRuns(sql, clockAt("10:10:00.001"), claimant.known);

    assertEquals([run.id, run.status, run.reason], [id, "skipped", "unknown_job_type"]);
  },
);

databaseTest(
  "a run of an unknown job that waits for its time is not skipped before it",
  async ({ sql }) => {
    await insertSchedule(sql);
    await insertRun(sql, { job_type: "of_another_revision", available_at: at("11:00") });

    assertEquals(await skipUnknownRuns(sql, clockAt("11:05"), claimant.known), []);
  },
);

databaseTest(
  "a run of an unknown job that waits behind one that another revision performs is not skipped",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "of_another_revision" });
    const ofAnother = { job_id: "of_another_revision" };
    await insertRunningRun(sql, { ...ofAnother, lease_expires_at: at("11:06") });
    await insertGated(sql, { queue: "of_another_revision" }, ofAnother);

    assertEquals(await skipUnknownRuns(sql, clockAt("11:05"), claimant.known), []);
  },
);

databaseTest(
  "a run of an unknown job is skipped ten minutes after another revision finished one, over midnight too",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "of_another_revision" });
    const ofAnother = { job_id: "of_another_revision" };
    const done = await insertRunningRun(sql, ofAnother);
    const { id } = await insertRun(sql, ofAnother);
    await settleRun(sql, clockAt("23:55"), done, SUCCESS, false);
    const skipAt = (time: string) =>
      skipUnknownRuns(sql, clockAt(`2026-01-06T${time}Z`), claimant.known);

    assertEquals(await skipAt("00:05:00"), []);
    assertEquals((await skipAt("00:05:00.001")).map((run) => run.id), [id]);
  },
);

databaseTest(
  "a run of an unknown job that waits beside another's retry is not skipped",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "of_another_revision" });
    const ofAnother = { job_id: "of_another_revision" };
    const failed = await insertRunningRun(sql, ofAnother);
    await insertRun(sql, ofAnother);
    await settleRun(sql, clockAt("11:00"), failed, RETRY, false);

    assertEquals(await skipUnknownRuns(sql, clockAt("11:05"), claimant.known), []);
  },
);

databaseTest(
  "a handler that worked and then skipped holds back the runs beside it, a skip without work does not",
  async ({ sql }) => {
    await insertSchedule(sql, { id: "of_another_revision" });
    const ofAnother = { job_id: "of_another_revision" };
    const worked = await insertRunningRun(sql, ofAnother);
    const first = await insertRun(sql, ofAnother);
    const second = await insertRun(sql, { ...ofAnother, available_at: at("11:05") });
    const skipped = {
      ...SUCCESS,
      status: "skipped",
      reason: "nothing",
      outcome: "skipped",
    } as const;
    await settleRun(sql, clockAt("11:00"), worked, skipped, false);
    const skip = async (time: string) =>
      (await skipUnknownRuns(sql, clockAt(time), claimant.known)).map((run) => run.id);

    assertEquals(await skip("11:10"), []);
    assertEquals(await skip("11:11"), [first.id]);
    assertEquals(await skip("11:16"), [second.id]);
  },
);

for (
  const [what, take] of [
    ["a claim from a queue", (sql, clock) => claimQueued(sql, clock, claimant, 10)],
    ["a skip of unknown runs", (sql, clock) => skipUnknownRuns(sql, clock, [])],
  ] as [string, (sql: Sql, clock: Clock) => Promise<unknown[]>][]
) {
  databaseTest.onlyPostgres("the embedded database has one session at a time")(
    `${what} leaves a run alone that was cancelled since it looked`,
    async ({ sql, connect }) => {
      await insertSchedule(sql);
      const { id } = await insertGated(sql, { queue: "hourly" });
      await sql`
        create function late_now() returns timestamptz language plpgsql as $$
        begin
          perform pg_advisory_xact_lock_shared(1);
          return '2026-01-05T10:11:00Z';
        end $$`;
      const late: Clock = { now: (sql) => sql`late_now()`, reached: (sql) => sql`late_now()` };

      const { taking } = await connect().begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(1)`;
        const taking = take(sql, late);
        await until("it looks", async () => {
          const waits = await tx`select from pg_locks where locktype = 'advisory' and not granted`;
          return waits.length > 0;
        });
        await cancelRun(connect(), clockAt("10:11"), id);
        return { taking };
      });

      assertEquals(await settledInTime("it is over", taking), []);
      assertEquals((await readRun(sql, id))!.status, "cancelled");
    },
  );
}

for (
  const [kind, gates, claim] of [["free", {}, claimFree], [
    "queued",
    { queue: "hourly" },
    claimQueued,
  ]] as const
) {
  databaseTest(
    `an attempt begins, and its lease with it, when the claim of a ${kind} run has come so far`,
    async ({ sql }) => {
      await insertSchedule(sql);
      const { id } = await insertGated(sql, gates);
      const slow: Clock = {
        now: (sql) => sql`${at("10:05")}::timestamptz`,
        reached: (sql) => sql`${at("10:06")}::timestamptz`,
      };

      await claim(sql, slow, claimant, 1);

      const [run] = await sql`select started_at, lease_expires_at from job_runs where id = ${id}`;
      assertEquals([run.started_at, run.lease_expires_at], [at("10:06"), at("10:06:30")]);
      const [attempt] = await sql`select started_at from run_attempts where run_id = ${id}`;
      assertEquals(attempt.started_at, at("10:06"));
    },
  );
}

databaseTest("readRun() gives undefined for a run that is not there", async ({ sql }) => {
  assertEquals(await readRun(sql, crypto.randomUUID()), undefined);
});

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "recovery passes by a run whose handler's transaction is open, and takes it afterwards",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const { id } = await insertRunningRun(sql);
    const handler = connect();

    await handler.begin(async (tx) => {
      await tx`select from job_runs where id = ${id} for key share`;
      assertEquals(await settledInTime("recovery passes by", recover(sql, "10:05")), []);
    });

    assertEquals((await recover(sql, "10:05")).length, 1);
  },
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "a renewal does not wait for a handler's open transaction",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const run = await insertRunningRun(sql);
    const handler = connect();

    await handler.begin(async (tx) => {
      await tx`select from job_runs where id = ${run.id} for key share`;
      const renewing = renewLeases(sql, clockAt("10:00:25"), [run], 30_000);
      assertEquals((await settledInTime("the lease is renewed", renewing)).length, 1);
    });
  },
);

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "renewals, recoveries and settlements at once end without a deadlock",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const runs = [];
    for (let i = 0; i < 60; i++) runs.push(await insertRunningRun(sql));
    const backwards = runs.toReversed();

    await Promise.all([
      ...[runs, backwards].flatMap((order) =>
        Array.from({ length: 3 }, async () => {
          const pool = connect();
          for (let i = 0; i < 20; i++) await renewLeases(pool, clockAt("10:00"), order, 30_000);
        })
      ),
      ...Array.from({ length: 2 }, async () => {
        const pool = connect();
        for (let i = 0; i < 20; i++) await recover(pool, "10:00:29");
      }),
      (async () => {
        const pool = connect();
        for (const run of backwards.slice(0, 30)) {
          await settleRun(pool, clockAt("10:00:05"), run, SUCCESS, true);
        }
      })(),
    ]);

    const [{ settled }] = await sql`
      select count(*)::int as settled from job_runs where status = 'success'`;
    assertEquals(settled, 30);
  },
);
