import { assert, assertEquals } from "@std/assert";
import { createDailySnapshots } from "../../../../jobs/students/create_daily_snapshots.ts";
import { refreshRecommendations } from "../../../../jobs/students/refresh_recommendations.ts";
import { loadStudentsSample } from "../../../../jobs/students/sample/load_students_sample.ts";
import type { Sql } from "../../../../lib/db/sql.ts";
import { databaseTest } from "../../../support/database.ts";
import { resultOf } from "../../../support/run_job.ts";

const until = new Date("2026-03-02T15:30:00Z");

/** What the sample wrote, but for the numbers of rows. */
async function readAll(sql: Sql) {
  const students = await sql`select * from students order by user_id`;
  const sittings = await sql`
    select user_id, lesson_id, studied_at, minutes, completed_at
    from lesson_progress
    order by user_id, studied_at, lesson_id`;
  const quizzes = await sql`
    select user_id, topic, score, taken_at
    from quiz_results
    order by user_id, taken_at, topic`;
  const enrollments = await sql`select * from enrollments order by user_id, course_id`;
  return [students, sittings, quizzes, enrollments].map((rows) => [...rows]);
}

databaseTest(
  "loadStudentsSample() fills in students with their work, and says how far it is",
  async ({ sql }) => {
    const seen: [number, number][] = [];
    const { studentsAdded, sittingsAdded } = await loadStudentsSample(sql, {
      students: 160,
      weeks: 2,
      until,
      onProgress: (done, total) => seen.push([done, total]),
    });

    const [students, sittings, quizzes, enrollments] = await readAll(sql);
    assertEquals([studentsAdded, sittingsAdded], [students.length, sittings.length]);
    assertEquals(students.length, 160);
    assert(quizzes.length > 0 && enrollments.length >= 160);
    assertEquals(seen, [[75, 160], [150, 160], [160, 160]]);
  },
);

databaseTest("loadStudentsSample() adds nothing the second time", async ({ sql }) => {
  await loadStudentsSample(sql, { students: 10, weeks: 3, until });
  const before = await readAll(sql);

  const again = await loadStudentsSample(sql, { students: 10, weeks: 3, until });

  assertEquals(again, { studentsAdded: 0, sittingsAdded: 0 });
  assertEquals(await readAll(sql), before);
});

databaseTest("loadStudentsSample() grows a smaller sample into the larger one", async ({ sql }) => {
  await loadStudentsSample(sql, { students: 4, weeks: 3, until });
  await loadStudentsSample(sql, { students: 9, weeks: 3, until });
  const grown = await readAll(sql);
  await sql`delete from students`;
  await loadStudentsSample(sql, { students: 9, weeks: 3, until });

  assertEquals(grown, await readAll(sql));
});

databaseTest("nothing of the sample is of today or later, in whatever zone", async ({ sql }) => {
  await loadStudentsSample(sql, { students: 60, weeks: 2, until });

  const [{ latest }] = await sql<{ latest: Date }[]>`
    select max(at) as latest
    from (select studied_at from lesson_progress union all select taken_at from quiz_results) t(at)`;
  assert(latest < new Date("2026-03-02T00:00:00Z"), latest.toISOString());
  assert(latest > new Date("2026-03-01T12:00:00Z"), latest.toISOString());
});

databaseTest("both jobs of the students have something to do on the sample", async ({ sql }) => {
  await loadStudentsSample(sql, { students: 150, weeks: 8, until });

  const snapshots = await resultOf(sql, createDailySnapshots, { asOf: until });
  await resultOf(sql, refreshRecommendations, { asOf: until });

  assert(snapshots.snapshots as number > 100);
  const types = await sql<{ type: string }[]>`
    select distinct recommendation_type as type
    from adaptive_recommendations
    order by 1`;
  assertEquals(types.map(({ type }) => type), [
    "catch_up",
    "move_ahead",
    "re_engage",
    "review_topic",
  ]);
});
