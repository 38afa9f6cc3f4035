import { assertEquals } from "@std/assert";
import { generateProgressSnapshots } from "../../../jobs/learning/generate_progress_snapshots.ts";
import type { Json, Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import {
  addUsers,
  anError,
  DAY_MS,
  leftAlone,
  log,
  refuseWrites,
} from "../../support/learning_factories.ts";
import { itemsOf, resultOf, runJob } from "../../support/run_job.ts";

/** Monday, half past three, in UTC: the last whole week is 13 to 19 July 2026. */
const AS_OF = new Date("2026-07-20T03:30:00.000Z");
const IN_WEEK = new Date("2026-07-15T10:00:00.000Z");
const WEEK_BEFORE = new Date("2026-07-08T10:00:00.000Z");

databaseTest("a week is summed up for a user who wrote in it", async ({ sql }) => {
  const inWeek = { occurredAt: IN_WEEK };
  await log(
    sql,
    ...times(3, anError(inWeek)),
    ...times(2, anError({ word: "adn", correction: "and", ...inWeek })),
    ...times(2, anError({ word: "Wich", correction: "Which", ...inWeek })),
    anError({ word: "recieve", correction: "receive", ...inWeek }),
    anError({ word: "becuase", correction: "because", ...inWeek }),
    anError({ word: "zebar", correction: "zebra", ...inWeek }),
    anError({ word: "london", correction: "London", ...inWeek }),
    ...leftAlone(["mon", "tue"], inWeek),
  );

  const result = await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

  assertEquals(result, {
    users: 1,
    users_failed: 0,
    snapshots: 1,
    snapshots_kept: 0,
    week_start: "2026-07-13",
  });
  assertEquals(await snapshots(sql), [{
    user_id: "ann",
    week_start: "2026-07-13",
    errors: 13,
    corrected: 11,
    ignored: 2,
    distinct_patterns: 6,
    improving: 0,
    errors_change: null,
    top_patterns: [
      { misspelling: "teh", correction: "the", count: 3 },
      { misspelling: "adn", correction: "and", count: 2 },
      { misspelling: "wich", correction: "which", count: 2 },
      { misspelling: "becuase", correction: "because", count: 1 },
      { misspelling: "recieve", correction: "receive", count: 1 },
    ],
  }]);
});

databaseTest("a user who wrote nothing in the week has no snapshot", async ({ sql }) => {
  await addUsers(sql, ["quiet"]);
  await log(
    sql,
    anError({ userId: "early", occurredAt: WEEK_BEFORE }),
    anError({ userId: "late", occurredAt: AS_OF }),
    anError({ userId: "ann", correction: null, occurredAt: IN_WEEK }),
  );

  const result = await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

  assertEquals([result.users, result.snapshots], [4, 1]);
  assertEquals((await snapshots(sql)).map(({ user_id, top_patterns }) => [user_id, top_patterns]), [
    ["ann", []],
  ]);
});

for (
  const { of, timeZone, asOf, weekStart, from, to } of [
    {
      of: "an ordinary week",
      timeZone: "UTC",
      asOf: "2026-07-20T03:30:00Z",
      weekStart: "2026-07-13",
      from: "2026-07-13T00:00:00.000Z",
      to: "2026-07-20T00:00:00.000Z",
    },
    {
      of: "a week that ends at as_of",
      timeZone: "UTC",
      asOf: "2026-07-20T00:00:00Z",
      weekStart: "2026-07-13",
      from: "2026-07-13T00:00:00.000Z",
      to: "2026-07-20T00:00:00.000Z",
    },
    {
      of: "the week before one that ends a millisecond after as_of",
      timeZone: "UTC",
      asOf: "2026-07-19T23:59:59.999Z",
      weekStart: "2026-07-06",
      from: "2026-07-06T00:00:00.000Z",
      to: "2026-07-13T00:00:00.000Z",
    },
    {
      of: "a week over the new year",
      timeZone: "UTC",
      asOf: "2026-01-05T03:30:00Z",
      weekStart: "2025-12-29",
      from: "2025-12-29T00:00:00.000Z",
      to: "2026-01-05T00:00:00.000Z",
    },
    {
      of: "a week of 167 hours in Budapest",
      timeZone: "Europe/Budapest",
      asOf: "2026-03-30T01:30:00Z",
      weekStart: "2026-03-23",
      from: "2026-03-22T23:00:00.000Z",
      to: "2026-03-29T22:00:00.000Z",
    },
    {
      of: "a week of 169 hours in Budapest",
      timeZone: "Europe/Budapest",
      asOf: "2026-10-26T02:30:00Z",
      weekStart: "2026-10-19",
      from: "2026-10-18T22:00:00.000Z",
      to: "2026-10-25T23:00:00.000Z",
    },
    {
      of: "a week that is over in Auckland alone",
      timeZone: "Pacific/Auckland",
      asOf: "2026-07-19T13:00:00Z",
      weekStart: "2026-07-13",
      from: "2026-07-12T12:00:00.000Z",
      to: "2026-07-19T12:00:00.000Z",
    },
  ]
) {
  databaseTest(`${of}: its first and last millisecond count, no other`, async ({ sql }) => {
    const [first, end] = [Date.parse(from), Date.parse(to)];
    await log(
      sql,
      ...[first - 1, first, end - 1, end].map((ms, i) =>
        anError({ userId: `user${i}`, occurredAt: new Date(ms) })
      ),
    );

    const result = await resultOf(sql, generateProgressSnapshots, {
      asOf: new Date(asOf),
      env: { DEFAULT_TIME_ZONE: timeZone },
    });

    assertEquals(result.week_start, weekStart);
    assertEquals((await snapshots(sql)).map(({ user_id, week_start }) => [user_id, week_start]), [
      ["user1", weekStart],
      ["user2", weekStart],
    ]);
  });
}

for (
  const { change, before, expected } of [
    { change: "null in a user's first week", before: [], expected: null },
    {
      change: "against the week before",
      before: [WEEK_BEFORE, WEEK_BEFORE, WEEK_BEFORE],
      expected: -1,
    },
    {
      change: "against none after a week without errors",
      before: [new Date("2026-07-05T23:59:59Z")],
      expected: 2,
    },
  ]
) {
  databaseTest(`the change is ${change}`, async ({ sql }) => {
    await log(
      sql,
      ...before.map((occurredAt) => anError({ occurredAt })),
      ...times(2, anError({ occurredAt: IN_WEEK })),
    );

    await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

    assertEquals((await snapshots(sql)).map(({ errors_change }) => errors_change), [expected]);
  });
}

databaseTest(
  "the change counts what came to the week before after its snapshot",
  async ({ sql }) => {
    await log(sql, anError({ occurredAt: WEEK_BEFORE }), anError({ occurredAt: IN_WEEK }));
    await resultOf(sql, generateProgressSnapshots, { asOf: new Date("2026-07-13T03:30:00Z") });
    await log(sql, ...times(9, anError({ occurredAt: WEEK_BEFORE })));

    await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

    assertEquals((await snapshots(sql)).map(({ errors_change }) => errors_change), [null, -9]);
  },
);

databaseTest("the change is against a snapshot whose logs are gone", async ({ sql }) => {
  await log(
    sql,
    ...times(5, anError({ occurredAt: WEEK_BEFORE })),
    anError({ occurredAt: IN_WEEK }),
  );
  await resultOf(sql, generateProgressSnapshots, { asOf: new Date("2026-07-13T03:30:00Z") });
  await sql`delete from error_logs where occurred_at <= ${WEEK_BEFORE}`;

  await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

  const changes = (await snapshots(sql)).map(({ week_start, errors_change }) => [
    week_start,
    errors_change,
  ]);
  assertEquals(changes, [["2026-07-06", null], ["2026-07-13", -4]]);
});

databaseTest(
  "a user known by an older snapshot alone is not in the first week",
  async ({ sql }) => {
    const longAgo = new Date("2026-07-01T10:00:00Z");
    await log(sql, anError({ occurredAt: longAgo }));
    await resultOf(sql, generateProgressSnapshots, { asOf: new Date("2026-07-06T03:30:00Z") });
    await sql`delete from error_logs`;
    await log(sql, ...times(2, anError({ occurredAt: IN_WEEK })));

    await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

    const changes = (await snapshots(sql)).map(({ week_start, errors_change }) => [
      week_start,
      errors_change,
    ]);
    assertEquals(changes, [["2026-06-29", null], ["2026-07-13", 2]]);
  },
);

databaseTest("patterns that are improving and were not seen since are counted", async ({ sql }) => {
  await log(
    sql,
    anError({ occurredAt: IN_WEEK }),
    ...["adn", "wich", "zebar"].map((word) => anError({ word, occurredAt: WEEK_BEFORE })),
  );
  await sql`
    update user_error_patterns
    set status = 'improving', evidence = '{}'
    where misspelling in ('teh', 'adn', 'wich')`;

  await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

  assertEquals((await snapshots(sql)).map(({ improving }) => improving), [2]);
});

databaseTest("running again updates the one row with what came late", async ({ sql }) => {
  await log(sql, anError({ occurredAt: IN_WEEK }));
  await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });
  const first = await snapshots(sql);
  await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });
  const second = await snapshots(sql);
  await log(sql, anError({ correction: null, occurredAt: IN_WEEK }));
  const later = new Date(AS_OF.getTime() + DAY_MS);
  await resultOf(sql, generateProgressSnapshots, { asOf: later });
  const third = await snapshots(sql);

  assertEquals(first.length, 1);
  assertEquals(second, first);
  assertEquals(third, [{ ...first[0], errors: 2, ignored: 1 }]);
  const [stamps] = await sql`select created_at, updated_at from progress_snapshots`;
  assertEquals(stamps, { created_at: AS_OF, updated_at: later });
});

for (
  const { fewer, gone, late } of [
    { fewer: "errors", gone: "london", late: 0 },
    { fewer: "patterns", gone: "adn", late: 1 },
    { fewer: "ignored words", gone: "kubectl", late: 1 },
  ]
) {
  databaseTest(
    `a snapshot stays as it is when deleted logs leave it fewer ${fewer}`,
    async ({ sql }) => {
      const inWeek = { occurredAt: IN_WEEK };
      await log(
        sql,
        anError(inWeek),
        anError({ word: "adn", correction: "and", ...inWeek }),
        anError({ word: "london", correction: "London", ...inWeek }),
        ...leftAlone(["mon"], inWeek),
        anError({ userId: "bob", ...inWeek }),
      );
      await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });
      const whole = await snapshots(sql);
      await sql`delete from error_logs where word = ${gone}`;
      await log(sql, ...times(late, anError(inWeek)));

      const again = await runJob(sql, generateProgressSnapshots, { asOf: AS_OF });

      assertEquals(await snapshots(sql), whole);
      assertEquals(again.result_json, {
        users: 2,
        users_failed: 0,
        snapshots: 1,
        snapshots_kept: 1,
        week_start: "2026-07-13",
      });
      assertEquals(await warnings(sql, again.id), [
        "Snapshots stay as they are: their logs are no longer whole",
      ]);
    },
  );
}

databaseTest(
  "the change stays against the week before when that week's logs are deleted",
  async ({ sql }) => {
    await log(
      sql,
      ...times(3, anError({ occurredAt: WEEK_BEFORE })),
      anError({ occurredAt: IN_WEEK }),
    );
    await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });
    await sql`delete from error_logs where occurred_at = ${WEEK_BEFORE}`;
    await log(sql, anError({ occurredAt: IN_WEEK }));

    await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF });

    const [{ errors, errors_change }] = await snapshots(sql);
    assertEquals([errors, errors_change], [2, -1]);
  },
);

for (const { days, warned } of [{ days: 7, warned: true }, { days: 8, warned: false }]) {
  databaseTest(
    `a retention of ${days} days ${warned ? "is told to cut into" : "leaves whole"} the last week`,
    async ({ sql }) => {
      const run = await runJob(sql, generateProgressSnapshots, {
        asOf: AS_OF,
        env: { DATA_RETENTION_DAYS: String(days) },
      });

      assertEquals((await warnings(sql, run.id)).length, warned ? 1 : 0);
    },
  );
}

databaseTest("one user's failure stops nobody else", async ({ sql }) => {
  const users = Array.from({ length: 12 }, (_, i) => `user${String(i).padStart(2, "0")}`);
  await log(sql, ...users.map((userId) => anError({ userId, occurredAt: IN_WEEK })));
  await refuseWrites(sql, "progress_snapshots", "user11");

  const run = await runJob(sql, generateProgressSnapshots, { asOf: AS_OF });

  assertEquals(run.status, "success");
  assertEquals((await snapshots(sql)).length, 11);
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "user11", status: "failed" }]);
});

databaseTest("user_id narrows the job down", async ({ sql }) => {
  await log(sql, ...["ann", "bob"].map((userId) => anError({ userId, occurredAt: IN_WEEK })));

  await resultOf(sql, generateProgressSnapshots, { asOf: AS_OF, params: { user_id: "bob" } });

  assertEquals((await snapshots(sql)).map(({ user_id }) => user_id), ["bob"]);
});

interface Snapshot {
  user_id: string;
  week_start: string;
  errors: number;
  corrected: number;
  ignored: number;
  distinct_patterns: number;
  improving: number;
  errors_change: number | null;
  top_patterns: Json;
}

async function snapshots(sql: Sql): Promise<Snapshot[]> {
  return [
    ...await sql<Snapshot[]>`
      select
        user_id, to_char(week_start, 'YYYY-MM-DD') as week_start, errors, corrected, ignored,
        distinct_patterns, improving, errors_change, top_patterns
      from progress_snapshots
      order by user_id, progress_snapshots.week_start`,
  ];
}

async function warnings(sql: Sql, runId: string): Promise<string[]> {
  const lines = await sql<{ message: string }[]>`
    select message from run_logs where run_id = ${runId} and level = 'warn'`;
  return lines.map(({ message }) => message);
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}
