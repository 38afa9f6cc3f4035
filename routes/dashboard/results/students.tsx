// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import {
  countStudentDays,
  countStudents,
  hasStudent,
  listAdvice,
  listStudentDays,
  listStudents,
} from "../../../lib/dashboard_students_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { Clock } from "../parts/when.tsx";
import type { View } from "../view.ts";
import { readDay, readText } from "../../cursor_parts.ts";
import { type Domain, MOST_COUNTED, THINGS_SHOWN } from "./block.tsx";
import { settleAll } from "../settle_all.ts";
import { readTable } from "../table_page.ts";

const DAYS_SHOWN = 30;

/** How a student does: the days and what is advised. */
export function studentResults({ sql }: Engine, view: View, url: URL): Domain {
  const number = (value: number | null) =>
    value === null ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  return {
    id: "students",
    name: "Students",
    about: "A student's daily snapshots and recommendations.",
    thing: "student",
    async find(text) {
      const { rows, page } = await readTable(url, {
        name: "cursor",
        limit: THINGS_SHOWN,
        read: readText,
        list: (after, limit) => listStudents(sql, text, after, limit),
        position: ({ user_id }) => [user_id],
        count: () => countStudents(sql, text, MOST_COUNTED + 1),
      });
      return { things: rows.map(({ user_id }) => ({ id: user_id })), page };
    },
    async read(userId) {
      const [isKnown, days, advice] = await settleAll([
        hasStudent(sql, userId),
        readTable(url, {
          name: "days",
          limit: DAYS_SHOWN,
          read: readDay,
          list: (before, limit) => listStudentDays(sql, userId, before, limit),
          position: ({ day }) => [day],
          count: () => countStudentDays(sql, userId),
        }),
        listAdvice(sql, userId),
      ]);
      if (!isKnown && days.page.count === 0) return undefined;
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
          list: { name: "days", ...days.page },
          rows: days.rows.map(({ day, pace, quizzes, lessons, minutes }) => [
            <time datetime={day}>{day}</time>,
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
