import { assertEquals } from "@std/assert";
import { cleanupOldErrorLogs } from "../../../jobs/learning/cleanup_old_error_logs.ts";
import { detectNoChangeWords } from "../../../jobs/learning/detect_no_change_words.ts";
import type { Json, Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import {
  addUsers,
  ago,
  anError,
  DAY_MS,
  leftAlone,
  log,
} from "../../support/learning_factories.ts";
import { resultOf, runJob } from "../../support/run_job.ts";

for (
  const { age, ms, kept } of [
    { age: "a millisecond under the retention period", ms: 90 * DAY_MS - 1, kept: true },
    { age: "exactly the retention period", ms: 90 * DAY_MS, kept: true },
    { age: "a millisecond over the retention period", ms: 90 * DAY_MS + 1, kept: false },
    { age: "a year", ms: 365 * DAY_MS, kept: false },
  ]
) {
  databaseTest(`a log of the age of ${age} is ${kept ? "kept" : "deleted"}`, async ({ sql }) => {
    await log(sql, anError({ occurredAt: ago(ms) }), anError({ word: "adn" }));

    const result = await resultOf(sql, cleanupOldErrorLogs);

    assertEquals(result, { deleted: kept ? 0 : 1, retention_days: 90 });
    assertEquals(await words(sql), kept ? ["adn", "teh"] : ["adn"]);
  });
}

databaseTest("the retention period is DATA_RETENTION_DAYS, or the parameter", async ({ sql }) => {
  await log(
    sql,
    ...[5, 35, 65].map((days) => anError({ word: `w${days}`, occurredAt: ago(days * DAY_MS) })),
  );
  const env = { DATA_RETENTION_DAYS: "60" };

  assertEquals(await resultOf(sql, cleanupOldErrorLogs, { env }), {
    deleted: 1,
    retention_days: 60,
  });
  assertEquals(await words(sql), ["w35", "w5"]);

  await resultOf(sql, cleanupOldErrorLogs, { env, params: { retention_days: 30 } });
  assertEquals(await words(sql), ["w5"]);
});

databaseTest(
  "a word that was once corrected in its case alone stays out of the dictionary when the log is gone",
  async ({ sql }) => {
    await log(
      sql,
      anError({ word: "iphone", correction: "iPhone", occurredAt: ago(100 * DAY_MS) }),
      ...leftAlone(["s1", "s2", "s3"], { word: "iphone" }),
      ...leftAlone(["s1", "s2", "s3"], { word: "edge" }),
    );
    await resultOf(sql, cleanupOldErrorLogs);
    await resultOf(sql, cleanupOldErrorLogs);

    await resultOf(sql, detectNoChangeWords);

    const added = await sql`select word from personal_dictionary`;
    assertEquals(added.map(({ word }) => word), ["edge"]);
  },
);

databaseTest("patterns outlive their logs", async ({ sql }) => {
  await log(sql, anError({ occurredAt: ago(100 * DAY_MS) }), ...leftAlone(["mon"]));

  await resultOf(sql, cleanupOldErrorLogs);

  assertEquals(await words(sql), ["kubectl"]);
  assertEquals((await sql`select from user_error_patterns`).length, 1);
});

databaseTest("more logs than one batch go, and progress says so", async ({ sql }) => {
  await addManyLogs(sql, 25_000);
  await log(sql, anError());

  const run = await runJob(sql, cleanupOldErrorLogs);

  assertEquals(run.result_json, { deleted: 25_000, retention_days: 90 });
  assertEquals(run.progress, { done: 25_000, total: 25_000 });
  assertEquals(await words(sql), ["teh"]);
});

databaseTest("a dry run of several batches ends, counts and deletes nothing", async ({ sql }) => {
  await addManyLogs(sql, 12_000);

  const run = await runJob(sql, cleanupOldErrorLogs, { dryRun: true });

  assertEquals(run.status, "success");
  assertEquals((run.result_json as { result: Json }).result, {
    deleted: 12_000,
    retention_days: 90,
  });
  assertEquals((await words(sql)).length, 12_000);
});

for (
  const { days, unmet } of [
    { days: 14, unmet: ["detect_improvement_patterns", "generate_progress_snapshots"] },
    { days: 15, unmet: ["detect_improvement_patterns"] },
    { days: 27, unmet: ["detect_improvement_patterns"] },
    { days: 28, unmet: [] },
  ]
) {
  databaseTest(
    `a retention of ${days} days is too short for ${unmet.join(" and ") || "no job"}`,
    async ({ sql }) => {
      const run = await runJob(sql, cleanupOldErrorLogs, { params: { retention_days: days } });

      const lines = await sql<{ message: string }[]>`
        select message from run_logs where run_id = ${run.id} and level = 'warn'`;
      const told = lines.map(({ message }) => message);
      const names = unmet.join(" and ");
      assertEquals([run.status, told], [
        "success",
        names ? [`Logs are deleted before they are counted by ${names}`] : [],
      ]);
    },
  );
}

/** Logs of which several share each instant, so that batches end between equals. */
async function addManyLogs(sql: Sql, count: number): Promise<void> {
  await addUsers(sql, ["many"]);
  await sql`
    insert into error_logs (user_id, session_id, word, occurred_at)
    select 'many', 's', 'old', ${ago(200 * DAY_MS)}::timestamptz + make_interval(mins => n / 7)
    from generate_series(1, ${count}::int) n`;
}

async function words(sql: Sql): Promise<string[]> {
  const rows = await sql<{ word: string }[]>`select word from error_logs order by word`;
  return rows.map(({ word }) => word);
}
