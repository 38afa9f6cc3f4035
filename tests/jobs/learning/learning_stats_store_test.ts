import { assertEquals, assertExists } from "@std/assert";
import { generateProgressSnapshots } from "../../../jobs/learning/generate_progress_snapshots.ts";
import { readLearningStats } from "../../../jobs/learning/learning_stats_store.ts";
import { databaseTest } from "../../support/database.ts";
import {
  addUsers,
  ago,
  anError,
  DAY_MS,
  leftAlone,
  log,
} from "../../support/learning_factories.ts";
import { MONDAY_NOON, resultOf } from "../../support/run_job.ts";

databaseTest("nobody has no figures", async ({ sql }) => {
  assertEquals(await readLearningStats(sql, "nobody"), null);
});

databaseTest("a user who has done nothing yet has figures of nothing", async ({ sql }) => {
  await addUsers(sql, ["ann"]);

  assertEquals(await readLearningStats(sql, "ann"), {
    user_id: "ann",
    errors: 0,
    corrected: 0,
    ignored: 0,
    last_error_at: null,
    patterns_active: 0,
    patterns_improving: 0,
    dictionary_words: 0,
    adapter: null,
    last_retraining: null,
    last_snapshot: null,
  });
});

databaseTest("a user's figures are the user's own, and the newest", async ({ sql }) => {
  await log(
    sql,
    anError({ occurredAt: ago(DAY_MS) }),
    anError({ word: "adn", correction: "and", occurredAt: ago(10 * DAY_MS) }),
    anError({ word: "adn", correction: "and", occurredAt: ago(3 * DAY_MS) }),
    ...leftAlone(["mon", "tue"], { occurredAt: ago(3 * DAY_MS) }),
    anError({ userId: "bob" }),
  );
  await sql`
    update user_error_patterns set status = 'improving', evidence = '{}'
    where user_id = 'ann' and misspelling = 'teh'`;
  await sql`
    insert into personal_dictionary (user_id, word, source)
    values ('ann', 'kubectl', 'no_change'), ('ann', 'nginx', 'user'), ('bob', 'nginx', 'user')`;
  await sql`
    insert into correction_adapters (
      user_id, version, status, reason, trained_pairs, artifact_bytes, metrics, artifact, trained_at
    )
    select
      'ann', version, status, status || ' ' || version, 10, 99, '{"held_out": 4}', '{}',
      ${MONDAY_NOON}
    from (values (1, 'promoted'), (2, 'promoted'), (3, 'rejected')) as v (version, status)`;
  for (const asOf of [ago(7 * DAY_MS), MONDAY_NOON]) {
    await resultOf(sql, generateProgressSnapshots, { asOf });
  }

  const stats = await readLearningStats(sql, "ann");

  assertExists(stats);
  const { adapter, last_retraining, last_snapshot, ...figures } = stats;
  assertEquals(figures, {
    user_id: "ann",
    errors: 5,
    corrected: 3,
    ignored: 2,
    last_error_at: ago(DAY_MS),
    patterns_active: 1,
    patterns_improving: 1,
    dictionary_words: 2,
  });
  assertEquals(adapter, {
    version: 2,
    status: "promoted",
    reason: "promoted 2",
    trained_pairs: 10,
    artifact_bytes: 99,
    metrics: { held_out: 4 } as never,
    trained_at: MONDAY_NOON,
  });
  assertEquals([last_retraining?.version, last_retraining?.status], [3, "rejected"]);
  assertEquals(last_snapshot, {
    week_start: "2026-07-13",
    errors: 4,
    distinct_patterns: 2,
    corrected: 2,
    ignored: 2,
    improving: 0,
    errors_change: 3,
    top_patterns: [
      { misspelling: "adn", correction: "and", count: 1 },
      { misspelling: "teh", correction: "the", count: 1 },
    ],
  });
});
