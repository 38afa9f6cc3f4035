import type { PlanFigures, StudentFigures } from "../../jobs/students/rules/rule.ts";

/** A student on plan, active yesterday, with one topic well mastered: no rule has anything to say. */
export function studentFigures(figures: Partial<StudentFigures> = {}): StudentFigures {
  return {
    userId: "ann",
    isActive: true,
    joinedAt: new Date("2026-06-01T00:00:00Z"),
    lastActiveAt: new Date("2026-07-19T10:00:00Z"),
    idleDays: 1,
    plan: planFigures(),
    topics: [{ topic: "algebra", quizzes: 3, average: 95, lessons: ["algebra-1"] }],
    ...figures,
  };
}

/** A plan of 20 lessons, ten of them due and done, but for what the test says. */
export function planFigures(figures: Partial<PlanFigures> = {}): PlanFigures {
  return {
    lessons: 20,
    due: 10,
    completed: 10,
    next: [{ lesson_id: "algebra-11", title: "Roots", due_on: "2026-07-21" }],
    ...figures,
  };
}
