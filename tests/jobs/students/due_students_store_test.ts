import { assertEquals } from "@std/assert";
import {
  countDueStudents,
  readDueAmong,
  readDueStudents,
  type SnapshotRule,
} from "../../../jobs/students/due_students_store.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { addStudent, study } from "../../support/students_factories.ts";

const rule: SnapshotRule = {
  asOf: new Date("2026-07-20T00:00:00Z"),
  defaultTimeZone: "UTC",
  userId: null,
  retake: false,
  runId: crypto.randomUUID(),
};

/** 1,200 students, of whom those with a number that this divides have worked. */
async function addStudents(sql: Sql, workedEvery: number): Promise<void> {
  await addStudent(sql, "teacher");
  await study(sql, "teacher", "2026-07-20T10:00:00Z");
  await sql`
    insert into students (user_id)
    select 'student' || lpad(number::text, 4, '0')
    from generate_series(1, 1200) number`;
  await sql`
    insert into lesson_progress (user_id, lesson_id, studied_at, minutes)
    select 'student' || lpad(number::text, 4, '0'), 'essay-1', '2026-07-19T10:00:00Z', 30
    from generate_series(1, 1200) number
    where number % ${workedEvery}::int = 0`;
}

databaseTest("due students are found however few they are among the others", async ({ sql }) => {
  await addStudents(sql, 400);

  const due = await readDueStudents(sql, rule, "new", null, 100);

  assertEquals(due, ["student0400", "student0800", "student1200"]);
  assertEquals(await readDueStudents(sql, rule, "new", "student0800", 100), ["student1200"]);
  assertEquals(await readDueStudents(sql, rule, "new", "student1200", 100), []);
  assertEquals(await countDueStudents(sql, rule), 3);
});

databaseTest(
  "pages of due students follow each other without a gap and never exceed their limit",
  async ({ sql }) => {
    await addStudents(sql, 3);

    const pages: string[][] = [];
    for (let after: string | null = null;;) {
      const page: string[] = await readDueStudents(sql, rule, "new", after, 90);
      if (page.length === 0) break;
      pages.push(page);
      after = page.at(-1)!;
    }

    assertEquals(pages.map(({ length }) => length), [90, 90, 90, 90, 40]);
    assertEquals(new Set(pages.flat()).size, 400);
    assertEquals(pages.flat(), pages.flat().toSorted());
  },
);

databaseTest("of ids by name, those that are due are given in order", async ({ sql }) => {
  await addStudents(sql, 400);

  const ids = ["student1200", "student0001", "student0400", "nobody"];

  assertEquals(await readDueAmong(sql, rule, ids), ["student0400", "student1200"]);
});
