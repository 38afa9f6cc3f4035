import { assertEquals } from "@std/assert";
import { readStudentFigures } from "../../../jobs/students/student_figures_store.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import {
  addCourse,
  addStudent,
  completeLessons,
  enroll,
  study,
  takeQuiz,
} from "../../support/students_factories.ts";

async function figuresOf(sql: Sql, userId: string, asOf = "2026-07-20T06:00:00Z") {
  const clock = { asOf: new Date(asOf), defaultTimeZone: "UTC" };
  return (await readStudentFigures(sql, [userId], clock))[0];
}

databaseTest(
  "a student who did nothing has no plan, no topics, and is idle since joining",
  async ({ sql }) => {
    await addStudent(sql, "ann", { createdAt: "2026-07-12T07:00:00Z" });

    assertEquals(await figuresOf(sql, "ann"), {
      userId: "ann",
      isActive: true,
      joinedAt: new Date("2026-07-12T07:00:00Z"),
      lastActiveAt: null,
      idleDays: 7,
      plan: null,
      topics: [],
    });
  },
);

databaseTest(
  "the last activity is the last sitting or quiz, and idle days are whole ones",
  async ({ sql }) => {
    await addStudent(sql, "ann");
    await study(sql, "ann", "2026-07-13T05:59:59Z");
    assertEquals((await figuresOf(sql, "ann")).idleDays, 7);
    await study(sql, "ann", "2026-07-13T06:00:01Z");
    assertEquals((await figuresOf(sql, "ann")).idleDays, 6);
    await takeQuiz(sql, "ann", "2026-07-18T06:00:00Z", 80);
    // After the instant that is asked about.
    await study(sql, "ann", "2026-07-20T06:00:01Z");

    const { lastActiveAt, idleDays } = await figuresOf(sql, "ann");
    assertEquals([lastActiveAt, idleDays], [new Date("2026-07-18T06:00:00Z"), 2]);
  },
);

databaseTest(
  "what is due is counted to the student's yesterday, what is done to the instant",
  async ({ sql }) => {
    await addStudent(sql, "ann", { timeZone: "Asia/Tokyo" });
    await addCourse(sql, "algebra", [1, 2, 3, 5, 8]);
    await enroll(sql, "ann", "algebra", "2026-07-18");
    await completeLessons(sql, "ann", "algebra", 1, "2026-07-18T06:00:00Z");
    await study(sql, "ann", "2026-07-20T05:00:00Z", { completes: "algebra-4" });

    // At 06:00Z it is the 20th in Tokyo: the lessons of the 18th and 19th are due.
    assertEquals((await figuresOf(sql, "ann")).plan, {
      lessons: 5,
      due: 2,
      completed: 2,
      next: [
        { lesson_id: "algebra-2", title: "Lesson 2", due_on: "2026-07-19" },
        { lesson_id: "algebra-3", title: "Lesson 3", due_on: "2026-07-20" },
        { lesson_id: "algebra-5", title: "Lesson 5", due_on: "2026-07-25" },
      ],
    });
    // At 16:00Z it is the 21st there.
    assertEquals((await figuresOf(sql, "ann", "2026-07-20T16:00:00Z")).plan?.due, 3);
  },
);

databaseTest(
  "a topic's average is of its three newest scores, with the lessons done in it",
  async ({ sql }) => {
    await addStudent(sql, "ann");
    await addCourse(sql, "maths", [1, 2, 3, 4, 5], "algebra");
    await completeLessons(sql, "ann", "maths", 4, "2026-07-10T10:00:00Z");
    for (const [day, score] of [["01", 10], ["02", 60], ["03", 70], ["04", 75.5], ["21", 0]]) {
      await takeQuiz(sql, "ann", `2026-07-${day}T10:00:00Z`, score as number);
    }
    await takeQuiz(sql, "ann", "2026-07-05T10:00:00Z", 90, "verbs");

    assertEquals((await figuresOf(sql, "ann")).topics, [
      { topic: "algebra", quizzes: 3, average: 68.5, lessons: ["maths-1", "maths-2", "maths-3"] },
      { topic: "verbs", quizzes: 1, average: 90, lessons: [] },
    ]);
  },
);

databaseTest("another student's work counts for nobody else", async ({ sql }) => {
  await addStudent(sql, "ann");
  await addStudent(sql, "bob");
  await addCourse(sql, "algebra", [1, 2]);
  await enroll(sql, "ann", "algebra", "2026-07-01");
  await completeLessons(sql, "bob", "algebra", 2, "2026-07-10T10:00:00Z");
  await takeQuiz(sql, "bob", "2026-07-10T10:00:00Z", 10);

  const { plan, topics, lastActiveAt } = await figuresOf(sql, "ann");
  assertEquals([plan?.completed, topics, lastActiveAt], [0, [], null]);
});
