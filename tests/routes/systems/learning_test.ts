import { assert, assertEquals } from "@std/assert";
import { recordErrors } from "../../../jobs/learning/error_logs_store.ts";
import { openTestApp, testJob } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

const jobs = [
  testJob({
    id: "trigger_model_retraining",
    name: "Retrain correction models",
    tags: ["learning"],
    run: () => Promise.resolve({ promoted: 1 }),
  }),
  testJob({ id: "detect_no_change_words", name: "Detect", tags: ["learning"] }),
  testJob({ id: "cleanup_old_runs", name: "Clean up", tags: ["system"] }),
];

databaseTest("trigger-retrain is a 202 with a run of the retraining job", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs });
  const response = await test.request("POST", "/api/v1/learn/trigger-retrain");
  assertEquals(response.status, 202);
  const { run } = await response.json();
  assertEquals([run.job_type, run.trigger], ["trigger_model_retraining", "manual"]);
  assertEquals(response.headers.get("Location"), `/runs/${run.id}`);
  assertEquals((await test.engine.waitForRun(run.id, 10_000)).status, "success");
});

databaseTest("a user's stats come with the last run of each learning job", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs });
  await recordErrors(sql, [
    {
      userId: "test_user",
      sessionId: "1",
      word: "recieve",
      correction: "receive",
      occurredAt: new Date("2026-01-05T10:00:00Z"),
    },
    {
      userId: "test_user",
      sessionId: "1",
      word: "Deno",
      correction: null,
      occurredAt: new Date("2026-01-05T10:01:00Z"),
    },
  ]);
  const headers = { Prefer: "wait=30" };
  const asked = await test.request("POST", "/api/v1/learn/trigger-retrain", { headers });
  const { run } = await asked.json();
  const stats = await test.getJson("/api/v1/learn/stats/test_user", { as: "viewer" });
  assertEquals([stats.user_id, stats.errors, stats.corrected, stats.ignored], [
    "test_user",
    2,
    1,
    1,
  ]);
  assertEquals(stats.last_error_at, "2026-01-05T10:01:00.000Z");
  assertEquals([stats.patterns_active, stats.adapter], [1, null]);
  assertEquals(stats.jobs.map(({ id }: { id: string }) => id), [
    "trigger_model_retraining",
    "detect_no_change_words",
  ]);
  assertEquals(stats.jobs[0].last_run.id, run.id);
  assertEquals(stats.jobs[0].last_run.status, "success");
  assertEquals(stats.jobs[1].last_run, null);
});

databaseTest("a word is corrected by the prior for a user without an adapter", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs });
  await sql`insert into users (user_id) values ('test_user')`;
  const query = "user_id=test_user&word=recieve";
  const correction = await test.getJson(`/api/v1/learn/correct?${query}`);
  assertEquals([correction.word, correction.ranked_by], ["recieve", "prior"]);
  assert(correction.candidates.some(({ word }: { word: string }) => word === "receive"));
});

databaseTest("an unknown user is a 404, and a question without a word a 422", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs });
  for (const path of ["stats/nobody", "correct?user_id=nobody&word=teh"]) {
    const response = await test.request("GET", `/api/v1/learn/${path}`);
    assertEquals(response.status, 404);
    assertEquals((await response.json()).detail, 'No user has the id "nobody".');
  }
  const response = await test.request("GET", "/api/v1/learn/correct?user_id=nobody");
  assertEquals(response.status, 422);
  assertEquals(Object.keys((await response.json()).errors), ["word"]);
  assertEquals((await test.request("GET", "/api/v1/learn/stats/a%00b")).status, 422);
});
