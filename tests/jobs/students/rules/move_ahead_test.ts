import { assertEquals } from "@std/assert";
import { moveAhead } from "../../../../jobs/students/rules/move_ahead.ts";
import type { StudentFigures } from "../../../../jobs/students/rules/rule.ts";
import { planFigures, studentFigures } from "../../../support/students_figures.ts";

const topic = (topic: string, average: number) => ({ topic, quizzes: 3, average, lessons: [] });

/** A student who is to move ahead, but for what the test says. */
function advise(figures: Partial<StudentFigures> = {}) {
  return moveAhead(studentFigures({ plan: planFigures({ due: 10, completed: 12 }), ...figures }));
}

Deno.test("10 % ahead and 90 % in quizzes, a student is to move ahead", () => {
  const table: [due: number, completed: number, average: number, advised: number][] = [
    [10, 11, 90, 1],
    [10, 10, 90, 0],
    [100, 109, 100, 0],
    [100, 110, 100, 1],
    [10, 11, 89.9, 0],
  ];
  for (const [due, completed, average, expected] of table) {
    const plan = planFigures({ lessons: 200, due, completed });
    const topics = [topic("algebra", average)];
    const advice = advise({ plan, topics });
    assertEquals([due, completed, average, advice.length], [due, completed, average, expected]);
  }
});

Deno.test("moving ahead needs a plan with lessons left that has begun, quizzes, and no silence", () => {
  assertEquals(advise({ plan: null }), []);
  assertEquals(advise({ plan: planFigures({ due: 0, completed: 3 }) }), []);
  assertEquals(advise({ plan: planFigures({ lessons: 12, due: 10, completed: 12 }) }), []);
  assertEquals(advise({ topics: [] }), []);
  assertEquals(advise({ idleDays: 7 }), []);
  assertEquals(advise({ idleDays: 6 }).length, 1);
});

Deno.test("one weak topic holds a student back, however good the others are", () => {
  const strong = ["a", "b", "c"].map((name) => topic(name, 100));
  assertEquals(advise({ topics: [...strong, topic("verbs", 79)] }), []);
  assertEquals(advise({ topics: [...strong, topic("verbs", 81)] }).length, 1);
});

Deno.test("moving ahead says how far ahead the student is, and what comes next", () => {
  const topics = [topic("algebra", 94), topic("verbs", 92.8)];
  assertEquals(advise({ topics }), [{
    recommendation_type: "move_ahead",
    subject: "",
    title: "Go on to Roots",
    reason: "12 lessons are done where 10 were planned so far, and quizzes average 93.4 %.",
    evidence: {
      lessons_due: 10,
      lessons_completed: 12,
      ahead_from: 1.1,
      quiz_average: 93.4,
      quiz_average_from: 90,
      next_lessons: [{ lesson_id: "algebra-11", title: "Roots", due_on: "2026-07-21" }],
    },
  }]);
});
