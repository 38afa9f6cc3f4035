import { assert, assertEquals } from "@std/assert";
import { isHeldOut } from "../../../jobs/learning/error_pair.ts";
import { loadLearningSample } from "../../../jobs/learning/sample/load_learning_sample.ts";
import { triggerModelRetraining } from "../../../jobs/learning/trigger_model_retraining.ts";
import type { Json, Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import {
  ago,
  anError,
  DAY_MS,
  distinctPairs,
  HOUR_MS,
  log,
  refuseWrites,
} from "../../support/learning_factories.ts";
import { itemsOf, MONDAY_NOON, resultOf, runJob } from "../../support/run_job.ts";

for (const { pairs, retrained } of [{ pairs: 49, retrained: 0 }, { pairs: 50, retrained: 1 }]) {
  databaseTest(`${pairs} new pairs retrain ${retrained} users`, async ({ sql }) => {
    await log(sql, ...distinctPairs(pairs), ...distinctPairs(pairs));

    const result = await resultOf(sql, triggerModelRetraining);

    assertEquals([result.users, (await adapters(sql)).length], [retrained, retrained]);
  });
}

for (
  const { last, ms, retrained } of [
    { last: "6 days and 23 hours", ms: 7 * DAY_MS - HOUR_MS, retrained: 0 },
    { last: "exactly 7 days", ms: 7 * DAY_MS, retrained: 0 },
    { last: "a millisecond over 7 days", ms: 7 * DAY_MS + 1, retrained: 1 },
    { last: "a year", ms: 365 * DAY_MS, retrained: 1 },
  ]
) {
  databaseTest(`a last retraining ${last} ago retrains ${retrained} users`, async ({ sql }) => {
    await log(sql, ...distinctPairs(50, { occurredAt: ago(HOUR_MS) }));
    await addAdapter(sql, "ann", { trainedAt: ago(ms) });

    const result = await resultOf(sql, triggerModelRetraining);

    assertEquals(result.users, retrained);
    assertEquals((await adapters(sql)).map(({ version }) => version), retrained ? [1, 2] : [1]);
  });
}

for (const { pairs, retrained } of [{ pairs: 49, retrained: 0 }, { pairs: 50, retrained: 1 }]) {
  databaseTest(
    `of the pairs only ${pairs} are new since the last retraining: ${retrained} users`,
    async ({ sql }) => {
      const last = ago(10 * DAY_MS);
      await log(
        sql,
        ...distinctPairs(60, { occurredAt: last }),
        ...distinctPairs(60, { occurredAt: ago(DAY_MS) }),
        ...distinctPairs(pairs, { from: 100, occurredAt: ago(DAY_MS) }),
      );
      await addAdapter(sql, "ann", { trainedAt: last });

      const result = await resultOf(sql, triggerModelRetraining);

      assertEquals(result.users, retrained);
    },
  );
}

databaseTest("a retraining that was rejected is the last retraining too", async ({ sql }) => {
  await log(sql, ...distinctPairs(60, { occurredAt: ago(DAY_MS) }));
  await addAdapter(sql, "ann", { trainedAt: ago(30 * DAY_MS) });
  await addAdapter(sql, "ann", { trainedAt: ago(3 * DAY_MS), version: 2, status: "rejected" });

  assertEquals((await resultOf(sql, triggerModelRetraining)).users, 0);
});

databaseTest("pairs that were made after as_of do not count", async ({ sql }) => {
  await log(
    sql,
    ...distinctPairs(49),
    ...distinctPairs(1, { from: 49, occurredAt: ago(-1) }),
    ...distinctPairs(50, { userId: "bob" }),
    ...distinctPairs(30, { userId: "bob", from: 50, occurredAt: ago(-1) }),
  );

  await resultOf(sql, triggerModelRetraining);

  const [bob, ...others] = await adapters(sql);
  assertEquals([bob.user_id, others.length], ["bob", 0]);
  assertEquals(bob.trained_pairs + bob.metrics.held_out, 50);
});

databaseTest("the outcome is stored, held-out pairs stay untrained", async ({ sql }) => {
  const made = distinctPairs(60);
  await log(sql, ...made);

  const result = await resultOf(sql, triggerModelRetraining);

  const [adapter] = await adapters(sql);
  assertEquals(result, {
    users: 1,
    users_failed: 0,
    promoted: adapter.status === "promoted" ? 1 : 0,
    rejected: adapter.status === "rejected" ? 1 : 0,
  });
  assertEquals([adapter.version, adapter.trained_at], [1, MONDAY_NOON]);
  assertEquals(
    adapter.artifact_bytes,
    new TextEncoder().encode(JSON.stringify(adapter.artifact)).length,
  );
  const pairs = made.map(({ word, correction }) => ({
    misspelling: word,
    correction: correction!,
  }));
  const expected = pairs.filter((pair) => !isHeldOut("ann", pair));
  assertEquals(adapter.metrics.held_out, pairs.length - expected.length);
  assertEquals(
    adapter.artifact.pairs.toSorted(),
    expected.map(({ misspelling, correction }) => [misspelling, correction]),
  );
});

databaseTest("on the sample an adapter beats word frequency, and stays", async ({ sql }) => {
  await loadLearningSample(sql, { users: 3, weeks: 8, until: MONDAY_NOON });

  const first = await resultOf(sql, triggerModelRetraining, { params: { force: true } });
  const second = await resultOf(sql, triggerModelRetraining, {
    params: { force: true },
    asOf: ago(-HOUR_MS),
  });

  assertEquals([first.users, second.users], [3, 3]);
  const ofTestUser = (await adapters(sql)).filter(({ user_id }) => user_id === "test_user");
  assertEquals(ofTestUser.map(({ version, status }) => [version, status]), [
    [1, "promoted"],
    [2, "promoted"],
  ]);
  const [one, two] = ofTestUser.map(({ metrics }) => metrics);
  assert(one.held_out > 0 && one.top1! > one.prior_top1!);
  assertEquals([one.current_top1, two.current_top1], [null, one.top1]);
});

databaseTest("force takes everybody with a pair, and nobody without", async ({ sql }) => {
  await log(
    sql,
    anError(),
    ...distinctPairs(50, { userId: "bob" }),
    anError({ userId: "cat", correction: null }),
  );
  await addAdapter(sql, "bob", { trainedAt: ago(HOUR_MS) });

  const result = await resultOf(sql, triggerModelRetraining, { params: { force: true } });

  assertEquals(result.users, 2);
  assertEquals((await adapters(sql)).map(({ user_id, version }) => `${user_id} ${version}`), [
    "ann 1",
    "bob 1",
    "bob 2",
  ]);
});

databaseTest("user_id narrows the job down, and does not force", async ({ sql }) => {
  await log(
    sql,
    ...distinctPairs(50),
    ...distinctPairs(50, { userId: "bob" }),
    ...distinctPairs(49, { userId: "cat" }),
  );

  await resultOf(sql, triggerModelRetraining, { params: { user_id: "bob" } });
  await resultOf(sql, triggerModelRetraining, { params: { user_id: "cat" } });

  assertEquals((await adapters(sql)).map(({ user_id }) => user_id), ["bob"]);
});

databaseTest("users beyond one batch are reached, and none twice", async ({ sql }) => {
  const users = Array.from({ length: 120 }, (_, i) => `user${String(i).padStart(3, "0")}`);
  await log(sql, ...users.flatMap((userId) => distinctPairs(50, { userId })));

  const result = await resultOf(sql, triggerModelRetraining);
  const again = await resultOf(sql, triggerModelRetraining, { asOf: ago(-DAY_MS) });

  assertEquals([result.users, again.users], [120, 0]);
  assertEquals((await adapters(sql)).map(({ user_id }) => user_id), users);
});

databaseTest("an adapter that cannot be read stops its own user only", async ({ sql }) => {
  const users = Array.from({ length: 12 }, (_, i) => `user${String(i).padStart(2, "0")}`);
  await log(sql, ...users.flatMap((userId) => distinctPairs(50, { userId })));
  await addAdapter(sql, "user05", { trainedAt: ago(30 * DAY_MS), artifact: { format: "onnx" } });

  const run = await runJob(sql, triggerModelRetraining);

  assertEquals(run.status, "success");
  const { users: all, users_failed } = run.result_json as Record<string, Json>;
  assertEquals([all, users_failed], [12, 1]);
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "user05", status: "failed" }]);
  assertEquals((await adapters(sql)).length, 12);
});

databaseTest("a user whose adapter cannot be stored stops nobody else", async ({ sql }) => {
  const users = Array.from({ length: 12 }, (_, i) => `user${String(i).padStart(2, "0")}`);
  await log(sql, ...users.flatMap((userId) => distinctPairs(50, { userId })));
  await refuseWrites(sql, "correction_adapters", "user05");

  const run = await runJob(sql, triggerModelRetraining);

  assertEquals(run.status, "success");
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "user05", status: "failed" }]);
  assertEquals((await adapters(sql)).length, 11);
});

databaseTest("a dry run trains and measures, and stores nothing", async ({ sql }) => {
  await log(sql, ...distinctPairs(50));

  const run = await runJob(sql, triggerModelRetraining, { dryRun: true });

  assertEquals((run.result_json as { result: Record<string, Json> }).result.users, 1);
  assertEquals(await adapters(sql), []);
});

interface AdapterRow {
  user_id: string;
  version: number;
  status: string;
  trained_pairs: number;
  artifact_bytes: number;
  metrics: {
    held_out: number;
    top1: number | null;
    prior_top1: number | null;
    current_top1: number | null;
  };
  artifact: { pairs: [string, string][] };
  trained_at: Date;
}

async function adapters(sql: Sql): Promise<AdapterRow[]> {
  return [
    ...await sql<AdapterRow[]>`
      select user_id, version, status, trained_pairs, artifact_bytes, metrics, artifact, trained_at
      from correction_adapters
      order by user_id, version`,
  ];
}

/** An earlier retraining: an adapter that was fitted to nothing, unless the test says otherwise. */
async function addAdapter(
  sql: Sql,
  userId: string,
  { trainedAt, version = 1, status = "promoted", artifact = EMPTY_ARTIFACT }: {
    trainedAt: Date;
    version?: number;
    status?: string;
    artifact?: Json;
  },
): Promise<void> {
  await sql`
    insert into correction_adapters (
      user_id, version, status, reason, trained_pairs, artifact_bytes, metrics, artifact, trained_at
    )
    values (
      ${userId}, ${version}, ${status}, 'Made for a test.', 0, 1, '{}',
      ${sql.json(artifact)}, ${trainedAt}
    )`;
}

const EMPTY_ARTIFACT = {
  format: "edge-cron/correction-adapter",
  format_version: 1,
  pairs: [],
  edits: {},
};
