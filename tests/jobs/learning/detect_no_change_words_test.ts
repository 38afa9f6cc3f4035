import { assertEquals, assertRejects } from "@std/assert";
import { detectNoChangeWords } from "../../../jobs/learning/detect_no_change_words.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { InvalidInputError } from "../../../lib/errors.ts";
import { databaseTest } from "../../support/database.ts";
import {
  addUsers,
  ago,
  anError,
  DAY_MS,
  HOUR_MS,
  leftAlone,
  log,
  refuseWrites,
} from "../../support/learning_factories.ts";
import { itemsOf, MONDAY_NOON, resultOf, runJob } from "../../support/run_job.ts";

const THREE = ["mon", "tue", "wed"];

databaseTest("a word left alone in three sessions goes to the dictionary", async ({ sql }) => {
  await log(sql, ...leftAlone(THREE));

  const result = await resultOf(sql, detectNoChangeWords);

  assertEquals(result, { users: 1, users_failed: 0, words_added: 1 });
  assertEquals(await dictionary(sql), [
    { user_id: "ann", word: "kubectl", source: "no_change", added_at: MONDAY_NOON },
  ]);
});

databaseTest("two sessions are too few, however often the word was flagged", async ({ sql }) => {
  await log(
    sql,
    ...leftAlone(["mon", "mon", "mon", "tue", "tue"]),
    ...leftAlone(THREE, { word: "nginx" }),
  );

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["ann nginx"]);
});

databaseTest("sessions of different users do not add up", async ({ sql }) => {
  await log(
    sql,
    ...leftAlone(["mon", "tue"]),
    ...leftAlone(["wed"], { userId: "bob" }),
    ...leftAlone(THREE, { userId: "cat" }),
  );

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["cat kubectl"]);
});

databaseTest("a word that was corrected once is never added", async ({ sql }) => {
  await log(
    sql,
    ...leftAlone([...THREE, "thu", "fri"], { word: "Teh" }),
    anError({ word: "tEH", sessionId: "sun", occurredAt: ago(30 * DAY_MS) }),
    ...leftAlone(THREE, { word: "nginx" }),
  );

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["ann nginx"]);
});

databaseTest("a correction counts for its own user only", async ({ sql }) => {
  await log(
    sql,
    ...leftAlone(THREE, { word: "teh" }),
    anError({ userId: "bob", word: "teh" }),
  );

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["ann teh"]);
});

databaseTest("a correction is remembered when its log is deleted", async ({ sql }) => {
  await log(
    sql,
    anError({ word: "teh", occurredAt: ago(100 * DAY_MS) }),
    ...leftAlone(THREE, { word: "teh" }),
    ...leftAlone(THREE, { word: "nginx" }),
  );
  await sql`delete from error_logs where occurred_at < ${ago(90 * DAY_MS)}`;

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["ann nginx"]);
});

databaseTest("case and Unicode form do not make another word", async ({ sql }) => {
  await log(
    sql,
    ...leftAlone(["mon"], { word: "Caf\u00e9" }),
    ...leftAlone(["tue"], { word: "cafe\u0301" }),
    ...leftAlone(["wed"], { word: "CAFe\u0301" }),
  );

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["ann caf\u00e9"]);
});

databaseTest("a capital without a composed form folds to a letter with one", async ({ sql }) => {
  await log(
    sql,
    ...leftAlone(["mon"], { word: "T\u0308EH" }),
    ...leftAlone(["tue"], { word: "t\u0308eh" }),
    ...leftAlone(["wed"], { word: "\u1e97eh" }),
    anError({ word: "H\u0331AT", correction: "hat" }),
  );

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["ann \u1e97eh"]);
});

databaseTest("only what was flagged up to as_of counts", async ({ sql }) => {
  const flagged = leftAlone(["mon", "tue"], { occurredAt: ago(DAY_MS) });
  await log(
    sql,
    ...flagged,
    ...leftAlone(["wed"], { occurredAt: MONDAY_NOON }),
    ...leftAlone(["mon", "tue"], { word: "nginx" }),
    ...leftAlone(["wed"], { word: "nginx", occurredAt: ago(-1) }),
  );

  await resultOf(sql, detectNoChangeWords);

  assertEquals(await words(sql), ["ann kubectl"]);
});

databaseTest("running twice adds nothing", async ({ sql }) => {
  await log(sql, ...leftAlone(THREE), ...leftAlone(THREE, { word: "nginx" }));
  await resultOf(sql, detectNoChangeWords);
  const before = await dictionary(sql);

  const again = await resultOf(sql, detectNoChangeWords, { asOf: ago(-HOUR_MS) });

  assertEquals(before.length, 2);
  assertEquals(again, { users: 1, users_failed: 0, words_added: 0 });
  assertEquals(await dictionary(sql), before);
});

databaseTest("a word that the user added before stays the user's own", async ({ sql }) => {
  await log(sql, ...leftAlone(THREE), ...leftAlone(THREE, { word: "nginx" }));
  await sql`
    insert into personal_dictionary (user_id, word, source)
    values ('ann', 'kubectl', 'user')`;

  const result = await resultOf(sql, detectNoChangeWords);

  assertEquals(result.words_added, 1);
  const sources = (await dictionary(sql)).map(({ word, source }) => `${word} ${source}`);
  assertEquals(sources, ["kubectl user", "nginx no_change"]);
});

databaseTest("a word that was added stays when it is corrected later", async ({ sql }) => {
  await log(sql, ...leftAlone(THREE));
  await resultOf(sql, detectNoChangeWords);
  await log(sql, anError({ word: "kubectl", correction: "cubicle" }));

  await resultOf(sql, detectNoChangeWords, { asOf: ago(-DAY_MS) });

  assertEquals(await words(sql), ["ann kubectl"]);
});

databaseTest("user_id and min_sessions narrow the job down", async ({ sql }) => {
  await log(
    sql,
    ...leftAlone(["mon", "tue"]),
    ...leftAlone(["mon"], { word: "nginx" }),
    ...leftAlone(THREE, { userId: "bob" }),
  );

  const result = await resultOf(sql, detectNoChangeWords, {
    params: { user_id: "ann", min_sessions: 2 },
  });

  assertEquals(result, { users: 1, users_failed: 0, words_added: 1 });
  assertEquals(await words(sql), ["ann kubectl"]);
});

databaseTest("a user that nobody has is no user, and no error", async ({ sql }) => {
  await log(sql, ...leftAlone(THREE));

  const result = await resultOf(sql, detectNoChangeWords, { params: { user_id: "nobody" } });

  assertEquals(result, { users: 0, users_failed: 0, words_added: 0 });
});

databaseTest("parameters that the job does not have are refused", async ({ sql }) => {
  const error = await assertRejects(
    () => runJob(sql, detectNoChangeWords, { params: { min_sessions: 1, sessions: 3 } }),
    InvalidInputError,
  );

  assertEquals(Object.keys(error.fields).sort(), ["params.min_sessions", "params.sessions"]);
  assertEquals((await sql`select from job_runs`).length, 0);
});

databaseTest("one user's failure stops nobody else, and can be retried alone", async ({ sql }) => {
  const users = Array.from({ length: 20 }, (_, i) => `user${String(i).padStart(2, "0")}`);
  await log(sql, ...users.flatMap((userId) => leftAlone(THREE, { userId })));
  await refuseWrites(sql, "personal_dictionary", "user07");

  const run = await runJob(sql, detectNoChangeWords);

  assertEquals(run.status, "success");
  assertEquals(run.result_json, { users: 20, users_failed: 1, words_added: 19 });
  assertEquals(await words(sql), users.filter((u) => u !== "user07").map((u) => `${u} kubectl`));
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "user07", status: "failed" }]);

  await sql`drop trigger refuse_write on personal_dictionary`;
  const retried = await resultOf(sql, detectNoChangeWords, { retryFailedOf: run.id });

  assertEquals(retried, { users: 1, users_failed: 0, words_added: 1 });
  assertEquals((await words(sql)).length, 20);
});

databaseTest("a dry run adds nothing and says what it would add", async ({ sql }) => {
  await log(sql, ...leftAlone(THREE));

  const run = await runJob(sql, detectNoChangeWords, { dryRun: true });

  assertEquals(await words(sql), []);
  const { would_change, result } = run.result_json as Record<string, Record<string, unknown>>;
  assertEquals(result.words_added, 1);
  assertEquals(would_change.personal_dictionary, { inserted: 1, updated: 0, deleted: 0 });
});

databaseTest("users beyond one batch are reached too", async ({ sql }) => {
  const users = Array.from({ length: 1200 }, (_, i) => `user${String(i).padStart(4, "0")}`);
  await addUsers(sql, users);
  await log(
    sql,
    ...["user0000", "user0499", "user0500", "user1199"]
      .flatMap((userId) => leftAlone(THREE, { userId })),
  );

  const result = await resultOf(sql, detectNoChangeWords);

  assertEquals(result, { users: 1200, users_failed: 0, words_added: 4 });
});

databaseTest("the run's log has the words of seed 001", async ({ sql }) => {
  await log(sql, ...leftAlone(THREE));

  const run = await runJob(sql, detectNoChangeWords);

  const messages = await sql<{ message: string }[]>`
    select message from run_logs where run_id = ${run.id} order by seq`;
  assertEquals(messages.map(({ message }) => message), [
    "Running daily no-change word detection job",
    "No-change word detection completed",
  ]);
});

async function dictionary(sql: Sql) {
  return [
    ...await sql<{ user_id: string; word: string; source: string; added_at: Date }[]>`
      select user_id, word, source, added_at
      from personal_dictionary
      order by user_id, word`,
  ];
}

async function words(sql: Sql): Promise<string[]> {
  return (await dictionary(sql)).map(({ user_id, word }) => `${user_id} ${word}`);
}
