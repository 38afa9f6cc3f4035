import { z } from "zod";
import {
  listRecommendations,
  listSnapshots,
  readStudent,
  type Student,
} from "../../jobs/students/student_results_store.ts";
import type { AnySql } from "../../lib/db/sql.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { defineRoute, type Route } from "../contract.ts";
import type { AppDeps } from "../deps.ts";
import { instantJson } from "../../lib/instant.ts";
import { readDay } from "../cursor_parts.ts";
import { cursorField, cutPage, limitField, nextCursorField } from "../page.ts";

/** Where the results of seed 002's jobs are read; the seed itself shows them in SQL only. */
export function studentRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/students/:user_id/snapshots",
      summary: "A student's daily snapshots, newest day first",
      tag: "students",
      role: "viewer",
      query: snapshotsQuery,
      answers: {
        200: { description: "A page of snapshots", schema: snapshotPageSchema },
        404: { description: "There is no such student" },
      },
    }, async ({ params, query }, c) => {
      const { limit, cursor } = query;
      const { user_id } = await findStudent(engine.sql, params.user_id);
      const found = await listSnapshots(engine.sql, user_id, cursor ?? null, limit + 1);
      const { rows, next_cursor } = cutPage(found, limit, ({ day }) => [day]);
      return c.json({ user_id, snapshots: rows, next_cursor });
    }),

    defineRoute({
      method: "get",
      path: "/students/:user_id/recommendations",
      summary: "What is advised to a student now, and why",
      tag: "students",
      role: "viewer",
      answers: {
        200: { description: "The active set", schema: recommendationsSchema },
        404: { description: "There is no such student" },
      },
    }, async ({ params }, c) => {
      const { user_id, recommended_at } = await findStudent(engine.sql, params.user_id);
      const recommendations = await listRecommendations(engine.sql, user_id);
      return c.json({ user_id, recommended_at, recommendations });
    }),
  ];
}

async function findStudent(sql: AnySql, userId: string): Promise<Student> {
  const student = await readStudent(sql, userId);
  if (!student) throw new NotFoundError(`No student has the id "${userId}".`);
  return student;
}

const snapshotsQuery = () =>
  z.strictObject({ limit: limitField(30, 366), cursor: cursorField(readDay) });

const snapshotPageSchema = () =>
  z.strictObject({
    user_id: z.string(),
    snapshots: z.array(z.strictObject({
      day: z.iso.date().describe("The student's local day that is covered"),
      time_zone: z.string().describe("Whose clock the day is of"),
      snapshot_date: z.iso.date().describe("The UTC date on which it was taken"),
      pace_score: z.number().nullable()
        .describe("Lessons completed by lessons due so far; 1: on plan; null: nothing was due"),
      quiz_average: z.number().nullable()
        .describe("Percent, over all quizzes so far; null: there was none"),
      lessons_completed_count: z.int().describe("On the day"),
      time_spent_minutes: z.int().describe("On the day"),
      plan_completed_count: z.int().describe("Of the plans, by the end of the day"),
      plan_due_count: z.int().describe("Of the plans, by the end of the day"),
      updated_at: instantJson().describe("When it was last taken"),
    })),
    next_cursor: nextCursorField(),
  });

const recommendationsSchema = () =>
  z.strictObject({
    user_id: z.string(),
    recommended_at: instantJson().nullable()
      .describe("The instant that the set is about; null: none was made yet"),
    recommendations: z.array(z.strictObject({
      recommendation_type: z.string()
        .describe("review_topic, catch_up, re_engage or move_ahead"),
      subject: z.string().describe("What it is about, such as a topic; else empty"),
      title: z.string(),
      reason: z.string(),
      evidence: z.looseObject({}).describe("The figures behind the reason, by type"),
      created_at: instantJson(),
    })),
  });
