import { assertEquals } from "@std/assert";
import { catchUp } from "../../../../jobs/students/rules/catch_up.ts";
import { planFigures, studentFigures } from "../../../support/students_figures.ts";

function advised(due: number, completed: number): boolean {
  return catchUp(studentFigures({ plan: planFigures({ due, completed }) })).length > 0;
}

Deno.test("under 80 % of the lessons due, with two or more missing, a student is to catch up", () => {
  const table: [due: number, completed: number, advised: boolean][] = [
    [10, 8, false],
    [10, 7, true],
    [100, 80, false],
    [100, 79, true],
    [1, 0, false],
    [2, 1, false],
    [2, 0, true],
    [4, 3, false],
    [10, 12, false],
    [0, 0, false],
    [0, 3, false],
  ];
  for (const [due, completed, expected] of table) {
    assertEquals([due, completed, advised(due, completed)], [due, completed, expected]);
  }
});

Deno.test("without a plan there is nothing to catch up with", () => {
  assertEquals(catchUp(studentFigures({ plan: null })), []);
});

Deno.test("catching up says how many lessons are missing, and which come next", () => {
  const plan = planFigures({ due: 14, completed: 9 });
  assertEquals(catchUp(studentFigures({ plan })), [{
    recommendation_type: "catch_up",
    subject: "",
    title: "Catch up with your plan",
    reason: "9 of the 14 lessons planned so far are done: 5 are missing.",
    evidence: {
      lessons_due: 14,
      lessons_completed: 9,
      lessons_behind: 5,
      behind_below: 0.8,
      next_lessons: [{ lesson_id: "algebra-11", title: "Roots", due_on: "2026-07-21" }],
    },
  }]);
});
