// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { listAdvice, listStudentDays, listStudents } from "../../../lib/dashboard_results_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { Clock } from "../parts/when.tsx";
import type { View } from "../view.ts";
import { type Domain, THINGS_SHOWN } from "./block.tsx";

/** How a student does: the days and what is advised. */
export function studentResults({ sql }: Engine, view: View): Domain {
  const number = (value: number | null) =>
    value === null ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  return {
    id: "students",
    name: "Students",
    about: "A student's daily snapshots and recommendations.",
    thing: "student",
    find: async (text) =>
      (await listStudents(sql, text, THINGS_SHOWN + 1)).map(({ user_id }) => ({ id: user_id })),
    async read(userId) {
      const [[student], days, advice] = await Promise.all([
        listStudents(sql, userId, 1),
        listStudentDays(sql, userId, 30),
        listAdvice(sql, userId),
      ]);
      if (!student && days.length === 0) return undefined;
      return [
        {
          title: "Recommendations",
          about: "What is advised now; of refresh_recommendations.",
          columns: [{ name: "What" }, { name: "Why", is: "text" }, { name: "Since" }],
          rows: advice.map(({ title, reason, created_at }) => [
            <b>{title}</b>,
            reason,
            <Clock at={created_at} view={view} />,
          ]),
          empty: "Nothing is advised yet.",
          job: "refresh_recommendations",
        },
        {
          title: "Days",
          about: "Of create_daily_snapshots; a pace of 1 is on plan.",
          columns: [
            { name: "Day" },
            { name: "Pace", is: "figure" },
            { name: "Quizzes", is: "figure" },
            { name: "Lessons", is: "figure" },
            { name: "Minutes", is: "figure" },
          ],
          rows: days.map(({ day, pace, quizzes, lessons, minutes }) => [
            day,
            number(pace),
            number(quizzes),
            number(lessons),
            number(minutes),
          ]),
          empty: "None yet.",
          job: "create_daily_snapshots",
        },
      ];
    },
  };
}
