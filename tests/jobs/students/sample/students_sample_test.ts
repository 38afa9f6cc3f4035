import { assert, assertEquals, assertThrows } from "@std/assert";
import { COURSES, lessonsOf } from "../../../../jobs/students/sample/curriculum.ts";
import {
  generateStudents,
  type SampleStudent,
  type StudentsSampleOptions,
} from "../../../../jobs/students/sample/students_sample.ts";

function generate(options: Partial<StudentsSampleOptions> = {}): SampleStudent[] {
  const until = new Date("2026-03-02T15:30:00Z");
  return [...generateStudents({ students: 20, weeks: 8, seed: 1, until, ...options })];
}

Deno.test("the same seed and day give the same students, whatever the time of day", () => {
  assertEquals(generate(), generate({ until: new Date("2026-03-02T00:00:00Z") }));
});

Deno.test("another seed gives other students", () => {
  assert(JSON.stringify(generate()) !== JSON.stringify(generate({ seed: 2 })));
});

Deno.test("a smaller sample is the beginning of a larger one", () => {
  assertEquals(generate({ students: 8 }), generate().slice(0, 8));
});

Deno.test("another day moves everything by as much, and changes nothing else", () => {
  const moved = generate({ until: new Date("2026-03-03T00:00:00Z") });
  const dayLater = (text: string) =>
    new Date(Date.parse(`${text}Z`) + 86_400_000).toISOString().slice(0, 19);
  assertEquals(
    moved.map(({ sittings }) => sittings),
    generate().map(({ sittings }) =>
      sittings.map((sitting) => ({ ...sitting, endedAt: dayLater(sitting.endedAt) }))
    ),
  );
});

Deno.test("the first student is active to the last day, and the sample has every kind of student", () => {
  const students = generate({ students: 150 });
  assertEquals(students[0].userId, "student_00001");
  assert(students[0].sittings.at(-1)!.endedAt >= "2026-02-27");
  const lastSitting = ({ sittings }: SampleStudent) => sittings.at(-1)?.endedAt ?? "";
  assert(students.some((student) => lastSitting(student) === ""), "nobody who never began");
  assert(students.some((student) => lastSitting(student) < "2026-02-20"), "nobody silent");
  assert(students.some(({ isActive }) => !isActive), "nobody inactive");
  assert(students.some(({ timeZone }) => timeZone !== null), "nobody remote");
});

Deno.test("nobody completes a lesson twice, or studies before the plan begins", () => {
  for (const { enrollments, sittings } of generate({ students: 150 })) {
    const completed = sittings.filter((s) => s.completed).map(({ lessonId }) => lessonId);
    assertEquals(new Set(completed).size, completed.length);
    const first = enrollments.map(({ startsOn }) => startsOn).sort()[0];
    assert(sittings.every(({ endedAt }) => endedAt > first));
  }
});

Deno.test("a course has sixty lessons, five a week", () => {
  for (const course of COURSES) {
    const days = lessonsOf(course).map(({ plannedDay }) => plannedDay);
    assertEquals(days.slice(0, 7), [1, 2, 3, 4, 5, 8, 9]);
    assertEquals([days.length, days.at(-1)], [60, 11 * 7 + 5]);
  }
});

Deno.test("a sample of no students, or of half a week, is refused", () => {
  assertThrows(() => generate({ students: 0 }), RangeError, "students");
  assertThrows(() => generate({ weeks: 0.5 }), RangeError, "weeks");
});
