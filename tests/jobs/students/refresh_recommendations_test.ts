import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { refreshRecommendations } from "../../../jobs/students/refresh_recommendations.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { refuseWrites } from "../../support/learning_factories.ts";
import { itemsOf, type JobRequest, resultOf, runJob } from "../../support/run_job.ts";
import {
  addCourse,
  addStudent,
  completeLessons,
  enroll,
  study,
  takeQuiz,
} from "../../support/students_factories.ts";

const job = refreshRecommendations;

/** A Monday, 06:00. */
const MONDAY = "2026-07-20T06:00:00Z";

function refresh(sql: Sql, asOf = MONDAY, request: JobRequest = {}) {
  return resultOf(sql, job, { asOf: new Date(asOf), ...request });
}

/** The active recommendations, as `student type subject`. */
async function active(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select trim(user_id || ' ' || recommendation_type || ' ' || subject) as line
    from adaptive_recommendations
    where is_active
    order by user_id, recommendation_type, subject`;
  return rows.map(({ line }) => line);
}

/** Active sets in full, but for what names a row. */
async function activeSets(sql: Sql) {
  return [
    ...await sql`
      select user_id, recommendation_type, subject, title, reason, evidence, created_at
      from adaptive_recommendations
      where is_active
      order by user_id, recommendation_type, subject`,
  ];
}

async function activeIds(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from adaptive_recommendations where is_active order by id`;
  return rows.map(({ id }) => id);
}

/** One student for each rule, and one for whom there is nothing to say. */
async function addClass(sql: Sql): Promise<void> {
  await addCourse(sql, "algebra", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  for (const student of ["ahead", "behind", "fine", "silent", "weak"]) {
    await addStudent(sql, student);
    await enroll(sql, student, "algebra", "2026-07-10");
  }
  await completeLessons(sql, "ahead", "algebra", 11, "2026-07-19T10:00:00Z");
  await completeLessons(sql, "behind", "algebra", 4, "2026-07-19T10:00:00Z");
  await completeLessons(sql, "fine", "algebra", 10, "2026-07-19T10:00:00Z");
  await completeLessons(sql, "silent", "algebra", 9, "2026-07-12T10:00:00Z");
  await completeLessons(sql, "weak", "algebra", 10, "2026-07-19T10:00:00Z");
  for (const day of ["17", "18"]) {
    await takeQuiz(sql, "ahead", `2026-07-${day}T10:00:00Z`, 96);
    await takeQuiz(sql, "fine", `2026-07-${day}T10:00:00Z`, 88);
    await takeQuiz(sql, "weak", `2026-07-${day}T10:00:00Z`, 55);
  }
}

databaseTest(
  "each student gets what the rules advise, with the figures behind it",
  async ({ sql }) => {
    await addClass(sql);

    const result = await refresh(sql);

    assertEquals(result, { students: 5, students_failed: 0, recommendations: 4, deactivated: 0 });
    assertEquals(await active(sql), [
      "ahead move_ahead",
      "behind catch_up",
      "silent re_engage",
      "weak review_topic algebra",
    ]);
    const [, behind] = await activeSets(sql);
    assertEquals(behind, {
      user_id: "behind",
      recommendation_type: "catch_up",
      subject: "",
      title: "Catch up with your plan",
      reason: "4 of the 10 lessons planned so far are done: 6 are missing.",
      evidence: {
        lessons_due: 10,
        lessons_completed: 4,
        lessons_behind: 6,
        behind_below: 0.8,
        next_lessons: [
          { lesson_id: "algebra-5", title: "Lesson 5", due_on: "2026-07-14" },
          { lesson_id: "algebra-6", title: "Lesson 6", due_on: "2026-07-15" },
          { lesson_id: "algebra-7", title: "Lesson 7", due_on: "2026-07-16" },
        ],
      },
      created_at: new Date(MONDAY),
    });
  },
);

databaseTest("running twice leaves the same active set, in new rows", async ({ sql }) => {
  await addClass(sql);
  await refresh(sql);
  const [sets, ids] = [await activeSets(sql), await activeIds(sql)];

  const result = await refresh(sql);

  assertEquals(result, { students: 5, students_failed: 0, recommendations: 4, deactivated: 4 });
  assertEquals(await activeSets(sql), sets);
  assertNotEquals(await activeIds(sql), ids);
});

databaseTest("a week later the old set is history and the new one is active", async ({ sql }) => {
  await addClass(sql);
  await refresh(sql);
  await sql`delete from enrollments`;
  await study(sql, "silent", "2026-07-26T10:00:00Z");

  await refresh(sql, "2026-07-27T06:00:00Z");

  assertEquals(await active(sql), [
    "ahead re_engage",
    "behind re_engage",
    "fine re_engage",
    "weak re_engage",
    "weak review_topic algebra",
  ]);
  const old = await sql`
    select user_id, recommendation_type, deactivated_at
    from adaptive_recommendations
    where not is_active
    order by user_id`;
  assertEquals(
    [...old],
    [
      ["ahead", "move_ahead"],
      ["behind", "catch_up"],
      ["silent", "re_engage"],
      ["weak", "review_topic"],
    ].map(([user_id, recommendation_type]) => ({
      user_id,
      recommendation_type,
      deactivated_at: new Date("2026-07-27T06:00:00Z"),
    })),
  );
});

databaseTest("a run about an earlier Monday leaves newer sets alone", async ({ sql }) => {
  await addClass(sql);
  await refresh(sql);
  const ids = await activeIds(sql);

  const result = await refresh(sql, "2026-07-13T06:00:00Z");

  assertEquals(result.students, 0);
  assertEquals(await activeIds(sql), ids);
});

databaseTest("who is not active any more loses the set, and gets no new one", async ({ sql }) => {
  await addClass(sql);
  await addStudent(sql, "gone", { isActive: false });
  await refresh(sql);
  await sql`update students set is_active = false where user_id = 'silent'`;

  const result = await refresh(sql, "2026-07-20T07:00:00Z");

  assertEquals(result, { students: 5, students_failed: 0, recommendations: 3, deactivated: 4 });
  assertEquals((await active(sql)).filter((line) => line.startsWith("silent")), []);
  assertEquals((await refresh(sql, "2026-07-20T08:00:00Z")).students, 4);
});

databaseTest("history is kept for DATA_RETENTION_DAYS", async ({ sql }) => {
  await addClass(sql);
  const env = { DATA_RETENTION_DAYS: "10" };
  await refresh(sql, "2026-07-06T06:00:00Z", { env });
  await refresh(sql, "2026-07-13T06:00:00Z", { env });
  await refresh(sql, "2026-07-20T06:00:00Z", { env });
  const [before] = await sql`select count(*)::int as rows from adaptive_recommendations`;

  await refresh(sql, "2026-07-27T06:00:00Z", { env });

  const [{ oldest }] = await sql<{ oldest: Date }[]>`
    select min(deactivated_at) as oldest from adaptive_recommendations`;
  assert(before.rows > 0);
  assertEquals(oldest, new Date("2026-07-20T06:00:00Z"));
});

databaseTest("user_id refreshes one student alone", async ({ sql }) => {
  await addClass(sql);

  await refresh(sql, MONDAY, { params: { user_id: "weak" } });

  assertEquals(await active(sql), ["weak review_topic algebra"]);
});

databaseTest("a failing student keeps the old set, and stops nobody else", async ({ sql }) => {
  await addClass(sql);
  await addStudents(sql, 20);
  await refresh(sql);
  const before = await activeIds(sql);
  await refuseWrites(sql, "adaptive_recommendations", "silent");

  const run = await runJob(sql, job, { asOf: new Date("2026-07-20T07:00:00Z") });

  assertEquals([run.status, run.items_done, run.items_failed], ["success", 24, 1]);
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "silent", status: "failed" }]);
  const after = await sql<{ id: string; user_id: string }[]>`
    select id, user_id from adaptive_recommendations where is_active order by id`;
  assertEquals(after.length, before.length);
  assertEquals(
    after.filter(({ id }) => before.includes(id)).map(({ user_id }) => user_id),
    ["silent"],
  );
});

databaseTest("under 90 % of the students the run fails", async ({ sql }) => {
  await addClass(sql);
  await refuseWrites(sql, "adaptive_recommendations", "weak");

  const run = await runJob(sql, job, { asOf: new Date(MONDAY) });

  assertEquals([run.status, run.reason], ["failed", "items"]);
  assertEquals((await active(sql)).length, 3);
});

databaseTest("students beyond one batch of 100 are reached too", async ({ sql }) => {
  await addStudents(sql, 230);

  const result = await refresh(sql);

  assertEquals([result.students, result.recommendations], [230, 230]);
});

databaseTest("a dry run changes nothing and says what it would change", async ({ sql }) => {
  await addClass(sql);

  const run = await runJob(sql, job, { asOf: new Date(MONDAY), dryRun: true });

  assertEquals(await active(sql), []);
  const { would_change } = run.result_json as Record<string, Record<string, unknown>>;
  assertEquals(would_change.adaptive_recommendations, { inserted: 4, updated: 0, deleted: 0 });
});

databaseTest(
  "seed 002's check of the latest recommendations returns them, newest first",
  async ({ sql }) => {
    await addStudents(sql, 25);
    const [{ now }] = await sql<{ now: Date }[]>`select now()`;
    await runJob(sql, job, { asOf: now });

    // As the seed has it, word by word; its server's clock is UTC's.
    const rows = await sql.begin(async (tx) => {
      await tx`set local time zone 'UTC'`;
      return await tx.unsafe(`
-- Check latest recommendations
SELECT user_id, recommendation_type, title, created_at
FROM adaptive_recommendations
WHERE created_at >= CURRENT_DATE - INTERVAL '1 day'
    AND is_active = true
ORDER BY created_at DESC
LIMIT 20;
`);
    });

    assertEquals(rows.length, 20);
    assertEquals(rows[0].recommendation_type, "re_engage");
  },
);

/** So many students who joined in January and never began. */
async function addStudents(sql: Sql, students: number): Promise<void> {
  await sql`
    insert into students (user_id, created_at)
    select 'student' || lpad(number::text, 3, '0'), '2026-01-01T00:00:00Z'
    from generate_series(0, ${students - 1}::int) number`;
}
