import { z } from "zod";
import type { Engine } from "../lib/engine_api.ts";
import type { ScheduleRow } from "../lib/schedule_row.ts";
import { readNow } from "../lib/schedule_store.ts";
import { pauseSchedules, resumeSchedules } from "../lib/schedules.ts";
import { type Answer, defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { findJob } from "../lib/find_job.ts";
import { instantField } from "../lib/instant.ts";
import { scheduleSchema, toSchedule } from "./schedule_json.ts";

/** Holding back one schedule, or all of a job, and letting them go on. */
export function pauseRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/jobs/:id/pause",
      summary: "Hold back all schedules of a job; it can still be run by hand",
      tag: "jobs",
      role: "operator",
      body: pauseBody,
      answers: MANY_SCHEDULES,
    }, async ({ params, body }, c) => {
      const { id: jobType } = findJob(engine, params.id);
      const rows = await pauseSchedules(engine, { jobType }, pauseBy(c.get("caller").name, body));
      return c.json({ schedules: await toSchedules(engine, rows) });
    }),

    defineRoute({
      method: "post",
      path: "/jobs/:id/resume",
      summary: "Let all schedules of a job go on",
      tag: "jobs",
      role: "operator",
      body: () => z.strictObject({}),
      answers: MANY_SCHEDULES,
    }, async ({ params }, c) => {
      const { id: jobType } = findJob(engine, params.id);
      const rows = await resumeSchedules(engine, { jobType });
      return c.json({ schedules: await toSchedules(engine, rows) });
    }),

    defineRoute({
      method: "post",
      path: "/schedules/:id/pause",
      summary: "Hold back one schedule, until an instant or until it is resumed",
      tag: "schedules",
      role: "operator",
      body: pauseBody,
      answers: ONE_SCHEDULE,
    }, async ({ params, body }, c) => {
      const rows = await pauseSchedules(engine, params, pauseBy(c.get("caller").name, body));
      const [schedule] = await toSchedules(engine, rows);
      return c.json({ schedule });
    }),

    defineRoute({
      method: "post",
      path: "/schedules/:id/resume",
      summary: "Let one schedule go on; the slots in between become a gap",
      tag: "schedules",
      role: "operator",
      body: () => z.strictObject({}),
      answers: ONE_SCHEDULE,
    }, async ({ params }, c) => {
      const [schedule] = await toSchedules(engine, await resumeSchedules(engine, params));
      return c.json({ schedule });
    }),
  ];
}

function pauseBy(by: string, { until, reason }: { until?: Date; reason?: string }) {
  return { until: until ?? null, reason: reason ?? null, by };
}

async function toSchedules({ sql, clock }: Engine, rows: ScheduleRow[]) {
  const now = await readNow(sql, clock);
  return await Promise.all(rows.map((row) => toSchedule(row, now)));
}

const pauseBody = () =>
  z.strictObject({
    until: instantField().optional().describe("Absent: until it is resumed"),
    reason: z.string().min(1).max(500).optional().describe("Told wherever the pause is"),
  });

const ONE_SCHEDULE: Record<number, Answer> = {
  200: {
    description: "The schedule",
    schema: () => z.strictObject({ schedule: scheduleSchema() }),
  },
};

const MANY_SCHEDULES: Record<number, Answer> = {
  200: {
    description: "The job's schedules",
    schema: () => z.strictObject({ schedules: z.array(scheduleSchema()) }),
  },
};
