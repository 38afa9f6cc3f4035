import { assert, assertEquals } from "@std/assert";
import { correctWord } from "../../../jobs/learning/adapters.ts";
import { loadLearningSample } from "../../../jobs/learning/sample/load_learning_sample.ts";
import { triggerModelRetraining } from "../../../jobs/learning/trigger_model_retraining.ts";
import { databaseTest } from "../../support/database.ts";
import { addUsers } from "../../support/learning_factories.ts";
import { MONDAY_NOON, resultOf } from "../../support/run_job.ts";

databaseTest("nobody has no corrections", async ({ sql }) => {
  assertEquals(await correctWord(sql, "nobody", "teh"), null);
});

databaseTest("a user without an adapter gets the usual words, and is told so", async ({ sql }) => {
  await addUsers(sql, ["ann"]);

  const correction = await correctWord(sql, "ann", "Teh", 3);

  assertEquals([correction?.ranked_by, correction?.adapter], ["prior", null]);
  const [first, second, third, ...more] = correction!.candidates;
  assertEquals([first.word, more.length], ["the", 0]);
  assert(first.score > second.score && second.score > third.score && third.score > 0);
});

databaseTest("a word that is like no other has no candidates", async ({ sql }) => {
  await addUsers(sql, ["ann"]);

  assertEquals((await correctWord(sql, "ann", "xqzjvwkkkqqq"))?.candidates, []);
});

databaseTest("a retrained user's words are corrected by the adapter in use", async ({ sql }) => {
  await loadLearningSample(sql, { users: 1, weeks: 8, until: MONDAY_NOON });
  await resultOf(sql, triggerModelRetraining);
  const [{ misspelling, correction }] = await sql<{ misspelling: string; correction: string }[]>`
    select pair ->> 0 as misspelling, pair ->> 1 as correction
    from correction_adapters, jsonb_array_elements(artifact -> 'pairs') as pair
    order by 1
    limit 1`;
  await sql`
    insert into correction_adapters
    select
      user_id, 2, 'rejected', reason, trained_pairs, artifact_bytes, metrics, '{}', trained_at
    from correction_adapters`;

  const corrected = await correctWord(sql, "test_user", misspelling);

  assertEquals(corrected?.ranked_by, "adapter");
  assertEquals(corrected?.adapter, { version: 1, trained_at: MONDAY_NOON });
  assertEquals(corrected?.candidates[0].word, correction);
});
