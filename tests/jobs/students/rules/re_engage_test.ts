import { assertEquals } from "@std/assert";
import { reEngage } from "../../../../jobs/students/rules/re_engage.ts";
import { planFigures, studentFigures } from "../../../support/students_figures.ts";

Deno.test("after 7 days of silence a student is to be re-engaged, not after 6", () => {
  for (const [idleDays, expected] of [[0, 0], [6, 0], [7, 1], [200, 1]]) {
    assertEquals([idleDays, reEngage(studentFigures({ idleDays })).length], [idleDays, expected]);
  }
});

Deno.test("who has finished the plan may be silent", () => {
  const plan = planFigures({ lessons: 20, due: 20, completed: 20 });
  assertEquals(reEngage(studentFigures({ idleDays: 30, plan })), []);
});

Deno.test("who has no plan is re-engaged all the same", () => {
  const [advice] = reEngage(studentFigures({ idleDays: 9, plan: null }));
  assertEquals(advice.evidence.next_lesson, null);
});

Deno.test("re-engaging says for how long nothing happened, and where to go on", () => {
  assertEquals(
    reEngage(studentFigures({ idleDays: 9, lastActiveAt: new Date("2026-07-11T05:00:00Z") })),
    [{
      recommendation_type: "re_engage",
      subject: "",
      title: "Pick up where you left off",
      reason: "The last lesson or quiz was 9 days ago.",
      evidence: {
        idle_days: 9,
        idle_from_days: 7,
        last_active_at: "2026-07-11T05:00:00.000Z",
        joined_at: "2026-06-01T00:00:00.000Z",
        next_lesson: { lesson_id: "algebra-11", title: "Roots", due_on: "2026-07-21" },
      },
    }],
  );
});

Deno.test("who never began is told to begin", () => {
  const [advice] = reEngage(studentFigures({ idleDays: 8, lastActiveAt: null }));
  assertEquals([advice.title, advice.reason, advice.evidence.last_active_at], [
    "Begin with your first lesson",
    "There has been no lesson or quiz in the 8 days since joining.",
    null,
  ]);
});
