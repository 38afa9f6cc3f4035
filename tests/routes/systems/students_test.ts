import { assertEquals } from "@std/assert";
import { createDailySnapshots } from "../../../jobs/students/create_daily_snapshots.ts";
import { refreshRecommendations } from "../../../jobs/students/refresh_recommendations.ts";
import { openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { runJob } from "../../support/run_job.ts";
import {
  addCourse,
  addStudent,
  enroll,
  study,
  takeQuiz,
} from "../../support/students_factories.ts";

databaseTest("a student's snapshots come newest day first, in pages", async ({ sql }) => {
  await addStudent(sql, "ann", { timeZone: "Asia/Tokyo" });
  await addCourse(sql, "algebra", [1, 2, 3]);
  await enroll(sql, "ann", "algebra", "2026-07-17");
  await study(sql, "ann", "2026-07-18T03:00:00Z", { completes: "algebra-1", minutes: 45 });
  await takeQuiz(sql, "ann", "2026-07-18T04:00:00Z", 87.5);
  for (const day of ["17", "18", "19"]) {
    await runJob(sql, createDailySnapshots, { asOf: new Date(`2026-07-${day}T15:00:00Z`) });
  }
  await using test = await openTestApp(sql);

  const first = await test.getJson("/students/ann/snapshots?limit=1", { as: "viewer" });
  const rest = await test.getJson(`/students/ann/snapshots?cursor=${first.next_cursor}`);

  assertEquals([first.user_id, first.snapshots.length], ["ann", 1]);
  assertEquals(first.snapshots[0].day, "2026-07-19");
  assertEquals(rest, {
    user_id: "ann",
    snapshots: [{
      day: "2026-07-18",
      time_zone: "Asia/Tokyo",
      snapshot_date: "2026-07-18",
      pace_score: 0.5,
      quiz_average: 87.5,
      lessons_completed_count: 1,
      time_spent_minutes: 45,
      plan_completed_count: 1,
      plan_due_count: 2,
      updated_at: "2026-07-18T15:00:00.000Z",
    }],
    next_cursor: null,
  });
});

databaseTest("a student's recommendations come with reason and evidence", async ({ sql }) => {
  await addStudent(sql, "ann");
  await study(sql, "ann", "2026-07-11T06:00:00Z");
  await using test = await openTestApp(sql);
  assertEquals(await test.getJson("/students/ann/recommendations"), {
    user_id: "ann",
    recommended_at: null,
    recommendations: [],
  });

  await runJob(sql, refreshRecommendations, { asOf: new Date("2026-07-20T06:00:00Z") });

  assertEquals(await test.getJson("/students/ann/recommendations", { as: "viewer" }), {
    user_id: "ann",
    recommended_at: "2026-07-20T06:00:00.000Z",
    recommendations: [{
      recommendation_type: "re_engage",
      subject: "",
      title: "Pick up where you left off",
      reason: "The last lesson or quiz was 9 days ago.",
      evidence: {
        idle_days: 9,
        idle_from_days: 7,
        last_active_at: "2026-07-11T06:00:00.000Z",
        joined_at: "2026-01-01T00:00:00.000Z",
        next_lesson: null,
      },
      created_at: "2026-07-20T06:00:00.000Z",
    }],
  });
});

databaseTest(
  "an unknown student is a 404, a wrong cursor or limit a 422, no key a 401",
  async ({ sql }) => {
    await addStudent(sql, "ann");
    await using test = await openTestApp(sql);
    for (const path of ["snapshots", "recommendations"]) {
      const response = await test.request("GET", `/students/nobody/${path}`);
      assertEquals(response.status, 404);
      assertEquals((await response.json()).detail, 'No student has the id "nobody".');
      assertEquals((await test.request("GET", `/students/ann/${path}`, { as: null })).status, 401);
    }
    const dayless = btoa('["2026-02-30"]').replaceAll("=", "");
    for (const query of [`cursor=${dayless}`, "cursor=x", "limit=0", "limit=367", "since=now"]) {
      const response = await test.request("GET", `/students/ann/snapshots?${query}`);
      assertEquals([query, response.status], [query, 422]);
    }
  },
);
