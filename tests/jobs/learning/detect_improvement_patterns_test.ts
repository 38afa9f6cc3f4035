import { assertEquals } from "@std/assert";
import { detectImprovementPatterns } from "../../../jobs/learning/detect_improvement_patterns.ts";
import type { Json, Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import {
  ago,
  anError,
  DAY_MS,
  HOUR_MS,
  log,
  refuseWrites,
} from "../../support/learning_factories.ts";
import { itemsOf, MONDAY_NOON, resultOf, runJob } from "../../support/run_job.ts";

for (
  const { seen, ms, status } of [
    { seen: "a millisecond under 14 days ago", ms: 14 * DAY_MS - 1, status: "active" },
    { seen: "13 days ago", ms: 13 * DAY_MS, status: "active" },
    { seen: "exactly 14 days ago", ms: 14 * DAY_MS, status: "improving" },
    { seen: "15 days ago", ms: 15 * DAY_MS, status: "improving" },
    { seen: "a year ago", ms: 365 * DAY_MS, status: "improving" },
  ]
) {
  databaseTest(`a pattern last seen ${seen} is ${status}`, async ({ sql }) => {
    await log(sql, anError({ occurredAt: ago(ms) }));

    const result = await resultOf(sql, detectImprovementPatterns);

    assertEquals(result.improving, status === "improving" ? 1 : 0);
    assertEquals((await patterns(sql)).map((pattern) => pattern.status), [status]);
  });
}

databaseTest("14 days are 24 hours each, also when clocks change between", async ({ sql }) => {
  const asOf = new Date("2026-04-06T02:00:00.000Z");
  await log(
    sql,
    anError({ word: "teh", occurredAt: ago(14 * DAY_MS, asOf) }),
    anError({ word: "adn", correction: "and", occurredAt: ago(14 * DAY_MS - HOUR_MS, asOf) }),
  );

  await resultOf(sql, detectImprovementPatterns, {
    asOf,
    env: { DEFAULT_TIME_ZONE: "Europe/Budapest" },
  });

  assertEquals(await statuses(sql), ["adn active", "teh improving"]);
});

databaseTest("the counts of both windows are kept as evidence", async ({ sql }) => {
  await log(
    sql,
    ...[14 * DAY_MS, 20 * DAY_MS, 28 * DAY_MS - 1, 28 * DAY_MS, 40 * DAY_MS]
      .map((ms) => anError({ occurredAt: ago(ms) })),
    anError({ correction: "ten", occurredAt: ago(20 * DAY_MS) }),
    anError({ correction: null, occurredAt: ago(16 * DAY_MS) }),
    anError({ userId: "bob", occurredAt: ago(20 * DAY_MS) }),
  );

  await resultOf(sql, detectImprovementPatterns, { params: { user_id: "ann" } });

  const evidence = {
    as_of: MONDAY_NOON.toISOString(),
    previous: 3,
    current: 0,
  };
  assertEquals(await patterns(sql), [
    {
      user_id: "ann",
      misspelling: "teh",
      correction: "ten",
      status: "improving",
      evidence: { ...evidence, previous: 1 },
    },
    { user_id: "ann", misspelling: "teh", correction: "the", status: "improving", evidence },
    { user_id: "bob", misspelling: "teh", correction: "the", status: "active", evidence: null },
  ]);
});

databaseTest("a pattern whose logs are deleted improves on a count of none", async ({ sql }) => {
  await log(sql, anError({ occurredAt: ago(100 * DAY_MS) }));
  await sql`delete from error_logs`;

  await resultOf(sql, detectImprovementPatterns);

  const [{ status, evidence }] = await patterns(sql);
  assertEquals([status, (evidence as Record<string, Json>).previous], ["improving", 0]);
});

databaseTest("a pattern that is seen again is active again", async ({ sql }) => {
  await log(
    sql,
    anError({ occurredAt: ago(20 * DAY_MS) }),
    anError({ word: "adn", correction: "and", occurredAt: ago(20 * DAY_MS) }),
  );
  await resultOf(sql, detectImprovementPatterns);
  const nextWeek = ago(-7 * DAY_MS);
  await log(sql, anError({ occurredAt: ago(-2 * DAY_MS) }));

  const result = await resultOf(sql, detectImprovementPatterns, { asOf: nextWeek });

  assertEquals(result, { users: 1, users_failed: 0, improving: 0, active_again: 1 });
  assertEquals(await statuses(sql), ["adn improving", "teh active"]);
  assertEquals((await patterns(sql))[1].evidence, null);
});

databaseTest("a run as of an older instant undoes no newer judgement", async ({ sql }) => {
  await log(sql, anError({ occurredAt: ago(20 * DAY_MS) }));
  await resultOf(sql, detectImprovementPatterns);
  const before = await patterns(sql);

  const older = await resultOf(sql, detectImprovementPatterns, { asOf: ago(14 * DAY_MS) });

  assertEquals(before[0].status, "improving");
  assertEquals(older, { users: 1, users_failed: 0, improving: 0, active_again: 0 });
  assertEquals(await patterns(sql), before);
});

databaseTest(
  "a pattern that was seen again becomes active in a run as of then, not of before",
  async ({ sql }) => {
    await log(sql, anError({ occurredAt: ago(20 * DAY_MS) }));
    await resultOf(sql, detectImprovementPatterns);
    await log(sql, anError({ occurredAt: ago(-2 * DAY_MS) }));

    await resultOf(sql, detectImprovementPatterns, { asOf: ago(7 * DAY_MS) });
    assertEquals(await statuses(sql), ["teh improving"]);

    await resultOf(sql, detectImprovementPatterns, { asOf: ago(-7 * DAY_MS) });
    assertEquals(await statuses(sql), ["teh active"]);
  },
);

databaseTest("a log that comes late takes back the judgement that it belies", async ({ sql }) => {
  await log(sql, anError({ occurredAt: ago(20 * DAY_MS) }));
  await resultOf(sql, detectImprovementPatterns);
  await log(sql, anError({ occurredAt: ago(2 * DAY_MS) }));

  await resultOf(sql, detectImprovementPatterns, { asOf: ago(-7 * DAY_MS) });

  assertEquals(await statuses(sql), ["teh active"]);
});

databaseTest("an improving pattern keeps the evidence of when it began", async ({ sql }) => {
  await log(sql, anError({ occurredAt: ago(20 * DAY_MS) }));
  await resultOf(sql, detectImprovementPatterns);
  const before = await patterns(sql);

  const again = await resultOf(sql, detectImprovementPatterns, { asOf: ago(-7 * DAY_MS) });

  assertEquals(before[0].status, "improving");
  assertEquals(again, { users: 1, users_failed: 0, improving: 0, active_again: 0 });
  assertEquals(await patterns(sql), before);
});

databaseTest(
  "a pattern that came and went between two runs has the evidence of its last going",
  async ({ sql }) => {
    await log(sql, anError({ occurredAt: ago(20 * DAY_MS) }));
    await resultOf(sql, detectImprovementPatterns);
    await log(sql, anError({ occurredAt: ago(-10 * DAY_MS) }));

    const asOf = ago(-30 * DAY_MS);
    const again = await resultOf(sql, detectImprovementPatterns, { asOf });

    assertEquals(again, { users: 1, users_failed: 0, improving: 1, active_again: 0 });
    const [{ status, evidence }] = await patterns(sql);
    assertEquals([status, evidence], [
      "improving",
      { as_of: asOf.toISOString(), previous: 1, current: 0 },
    ]);
  },
);

databaseTest("what was seen after as_of has not stopped", async ({ sql }) => {
  await log(
    sql,
    anError({ occurredAt: ago(20 * DAY_MS) }),
    anError({ occurredAt: ago(-DAY_MS) }),
    anError({ word: "adn", correction: "and", occurredAt: ago(20 * DAY_MS) }),
  );

  await resultOf(sql, detectImprovementPatterns);

  assertEquals(await statuses(sql), ["adn improving", "teh active"]);
});

databaseTest("one user's failure stops nobody else", async ({ sql }) => {
  const users = Array.from({ length: 12 }, (_, i) => `user${String(i).padStart(2, "0")}`);
  await log(sql, ...users.map((userId) => anError({ userId, occurredAt: ago(20 * DAY_MS) })));
  await refuseWrites(sql, "user_error_patterns", "user00");

  const run = await runJob(sql, detectImprovementPatterns);

  assertEquals(run.status, "success");
  assertEquals(run.result_json, { users: 12, users_failed: 1, improving: 11, active_again: 0 });
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "user00", status: "failed" }]);
});

databaseTest("a dry run marks nothing", async ({ sql }) => {
  await log(sql, anError({ occurredAt: ago(20 * DAY_MS) }));

  const run = await runJob(sql, detectImprovementPatterns, { dryRun: true });

  assertEquals(await statuses(sql), ["teh active"]);
  assertEquals((run.result_json as { result: Json }).result, {
    users: 1,
    users_failed: 0,
    improving: 1,
    active_again: 0,
  });
});

interface Pattern {
  user_id: string;
  misspelling: string;
  correction: string;
  status: string;
  evidence: Json;
}

async function patterns(sql: Sql): Promise<Pattern[]> {
  return [
    ...await sql<Pattern[]>`
      select user_id, misspelling, correction, status, evidence
      from user_error_patterns
      order by user_id, misspelling, correction`,
  ];
}

async function statuses(sql: Sql): Promise<string[]> {
  return (await patterns(sql)).map(({ misspelling, status }) => `${misspelling} ${status}`);
}
