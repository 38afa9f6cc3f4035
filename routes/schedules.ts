import { z } from "zod";
import type { Engine } from "../lib/engine_api.ts";
import { NotFoundError } from "../lib/errors.ts";
import { listSchedules } from "../lib/schedule_list_store.ts";
import type { ScheduleRow } from "../lib/schedule_row.ts";
import { readNow, readRow } from "../lib/schedule_store.ts";
import { createSchedule, deleteSchedule, editSchedule } from "../lib/schedules.ts";
import { type Answer, defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { findJob } from "../lib/find_job.ts";
import { checkJobsKnown } from "./known_job.ts";
import { listOf } from "./list_field.ts";
import { readText } from "./cursor_parts.ts";
import { cursorField, cutPage, limitField, nextCursorField } from "./page.ts";
import { createBody, editBody, toEdit } from "./schedule_input.ts";
import { scheduleSchema, toSchedule } from "./schedule_json.ts";

export function scheduleRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/schedules",
      summary: "Rows of the schedule, by id",
      tag: "schedules",
      role: "viewer",
      query: schedulesQuery,
      answers: { 200: { description: "A page of schedules", schema: schedulePage } },
    }, async ({ query: { job, enabled, source, limit, cursor } }, c) => {
      await checkJobsKnown(engine, job ?? []);
      const filter = { jobTypes: job, enabled, source };
      const [found, now] = await Promise.all([
        listSchedules(engine.sql, filter, limit + 1, cursor ?? null),
        readNow(engine.sql, engine.clock),
      ]);
      const { rows, next_cursor } = cutPage(found, limit, ({ id }) => [id]);
      const schedules = await Promise.all(rows.map((row) => toSchedule(row, now)));
      return c.json({ schedules, next_cursor });
    }),

    defineRoute({
      method: "post",
      path: "/schedules",
      summary: "Schedule a job once more, with its own times, parameters and policies",
      tag: "schedules",
      role: "admin",
      body: createBody,
      answers: {
        201: { description: "The schedule; Location says where it is", schema: scheduleAnswer },
        409: { description: "The id is taken" },
      },
    }, async ({ body: { job, id, ...body } }, c) => {
      const { id: jobType } = findJob(engine, job);
      const input = { ...toEdit(body), spec: body.schedule, id };
      const row = await createSchedule(engine, jobType, input);
      c.header("Location", `/schedules/${row.id}`);
      return c.json(await answerWith(engine, row), 201);
    }),

    defineRoute({
      method: "get",
      path: "/schedules/:id",
      summary: "One schedule with its next slots",
      tag: "schedules",
      role: "viewer",
      answers: SCHEDULE_ANSWERS,
    }, async ({ params }, c) => {
      const row = await readRow(engine.sql, params.id);
      if (!row || row.deleted_at) {
        throw new NotFoundError(`There is no schedule "${params.id}".`);
      }
      return c.json(await answerWith(engine, row));
    }),

    defineRoute({
      method: "patch",
      path: "/schedules/:id",
      summary: "Change a schedule, or when it runs next",
      description:
        "What is left out stays as it is. A new schedule takes effect at once; slots that were due " +
        "under the old one become a gap. A one-off that had its slot is enabled by a new one.",
      tag: "schedules",
      role: "admin",
      body: editBody,
      answers: {
        ...SCHEDULE_ANSWERS,
        409: { description: "The slot set by hand has its run; run_id names it" },
      },
    }, async ({ params, body }, c) => {
      const row = await editSchedule(engine, params.id, toEdit(body));
      return c.json(await answerWith(engine, row));
    }),

    defineRoute({
      method: "delete",
      path: "/schedules/:id",
      summary: "Delete a schedule; its runs stay",
      tag: "schedules",
      role: "admin",
      answers: {
        204: { description: "It is deleted" },
        409: { description: "It comes from the code" },
      },
    }, async ({ params }, c) => {
      await deleteSchedule(engine, params.id);
      return c.body(null, 204);
    }),
  ];
}

async function answerWith(engine: Engine, row: ScheduleRow) {
  return { schedule: await toSchedule(row, await readNow(engine.sql, engine.clock)) };
}

const scheduleAnswer = () => z.strictObject({ schedule: scheduleSchema() });

const SCHEDULE_ANSWERS: Record<number, Answer> = {
  200: { description: "The schedule", schema: scheduleAnswer },
};

const schedulesQuery = () =>
  z.strictObject({
    job: listOf(z.string()).describe("Ids of jobs, parted by commas"),
    enabled: z.enum(["true", "false"]).transform((text) => text === "true").optional(),
    source: z.enum(["code", "api"]).optional(),
    limit: limitField(50, 200),
    cursor: cursorField(readText),
  });

const schedulePage = () =>
  z.strictObject({ schedules: z.array(scheduleSchema()), next_cursor: nextCursorField() });
