import type { Hono } from "hono";
import { listSchedules } from "../../../lib/dashboard_schedules_store.ts";
import { ConflictError, NotFoundError } from "../../../lib/errors.ts";
import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { readRow } from "../../../lib/schedule_store.ts";
import {
  createSchedule,
  deleteSchedule,
  editSchedule,
  pauseSchedules,
  resumeSchedules,
} from "../../../lib/schedules.ts";
import type { AppDeps } from "../../deps.ts";
import { findJob } from "../../../lib/find_job.ts";
import { checkBody, checkPathParams } from "../../input.ts";
import { createBody, editBody, toEdit } from "../../schedule_input.ts";
import { act } from "../acts.ts";
import { type Form, readForm } from "../forms.ts";
import { readPause } from "../job/read_pause.ts";
import { requireRole } from "../roles.ts";
import { describeColumns } from "../schedule_words.ts";
import { type PageContext, type PageEnv, say } from "../view.ts";
import { editPage } from "./edit_page.tsx";
import { fieldsOf, FormFaults } from "./form_faults.ts";
import { checkScheduleForm, readScheduleForm } from "./schedule_form.ts";
import { schedulesPage } from "./schedules_page.tsx";
import { isSameSchedule, newValues, valuesOf } from "./values.ts";

const SCHEDULES_SHOWN = 100;

/** The page of all schedules, the page of one, and their forms. */
export function mountSchedules(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  const names = new Map([...engine.jobs.values()].map(({ id, name }) => [id, name]));

  const showOne = async (
    c: PageContext,
    jobId: string | null,
    row: ScheduleRow | null,
    refused?: { form: Form; errors: Record<string, string[]>; problem: string },
  ) => {
    const page = editPage({
      view: c.get("view"),
      names,
      jobId,
      row,
      words: row ? await describeColumns(row) : "",
      values: refused?.form.all() ??
        (row ? valuesOf(row) : newValues(engine.config.defaultTimeZone)),
      errors: refused?.errors ?? {},
      problem: refused?.problem ?? null,
    });
    return c.html(page, refused ? 422 : 200);
  };

  /** Shows the form again with what is wrong in it; what is no matter of the form is thrown on. */
  const save = async (
    c: PageContext,
    jobId: string | null,
    row: ScheduleRow | null,
    work: (form: Form) => Promise<ScheduleRow>,
  ) => {
    requireRole(c, "admin");
    const form = await readForm(c);
    try {
      const { id } = await work(form);
      say(c, "ok", row ? "The schedule is changed." : "The schedule is made.");
      return c.redirect(`/ui/schedules/${encodeURIComponent(id)}`, 303);
    } catch (error) {
      const errors = fieldsOf(error, form);
      if (errors) {
        const problem = "Something does not fit; nothing was changed.";
        return await showOne(c, jobId, row, { form, errors, problem });
      }
      if (!(error instanceof ConflictError)) throw error;
      return await showOne(c, jobId, row, { form, errors: {}, problem: error.message });
    }
  };

  pages.get("/ui/schedules", async (c) => {
    const { q = "", job = "", after = "" } = c.req.query();
    const text = q.replaceAll("\0", "").trim();
    const filter = { jobType: job || undefined, text: text || undefined };
    const rows = await listSchedules(engine.sql, filter, after, SCHEDULES_SHOWN + 1);
    const shown = rows.slice(0, SCHEDULES_SHOWN);
    const url = (after: string) =>
      `/ui/schedules?${new URLSearchParams(
        Object.entries({ q: text, job, after }).filter(([, part]) => part),
      )}`;
    return c.html(schedulesPage({
      view: c.get("view"),
      schedules: await Promise.all(
        shown.map(async (row) => ({ row, words: await describeColumns(row) })),
      ),
      names,
      job,
      text,
      nextUrl: rows.length > SCHEDULES_SHOWN ? url(shown.at(-1)!.id) : null,
      firstUrl: after ? url("") : null,
    }));
  });

  pages.get("/ui/schedules/new", (c) => {
    requireRole(c, "admin");
    const job = c.req.query("job");
    return showOne(c, job ? findJob(engine, job).id : null, null);
  });

  pages.post("/ui/schedules", async (c) => {
    const job = (await readForm(c)).text("job");
    return await save(c, job ? findJob(engine, job).id : null, null, async (form) => {
      const faults = new FormFaults(form);
      const given = readScheduleForm(form, faults);
      const id = form.text("id").trim() || undefined;
      // One that cannot be read is told already, and by more than that it is missing.
      const schedule = given.schedule ?? { interval_minutes: 1 };
      const body = faults.read(() => checkBody(createBody(), { job, id, ...given, schedule }));
      if (!job) faults.add("job", "must be chosen");
      checkScheduleForm(engine, job, given, faults);
      faults.refuse();
      return await createSchedule(engine, job, { ...toEdit(body!), spec: body!.schedule, id });
    });
  });

  pages.get("/ui/schedules/:id", async (c) => {
    const row = await findRow(c.req.param("id"));
    return await showOne(c, row.job_type, row);
  });

  pages.post("/ui/schedules/:id", async (c) => {
    const row = await findRow(c.req.param("id"));
    return await save(c, row.job_type, row, async (form) => {
      const faults = new FormFaults(form);
      const { schedule, ...rest } = readScheduleForm(form, faults);
      const given = { ...rest, schedule: isSameSchedule(form.all(), row) ? undefined : schedule };
      const body = faults.read(() => checkBody(editBody(), given));
      checkScheduleForm(engine, row.job_type, given, faults);
      faults.refuse();
      return await editSchedule(engine, row.id, toEdit(body!));
    });
  });

  pages.post("/ui/schedules/:id/pause", (c) =>
    act(c, async (form, by) => {
      const id = c.req.param("id");
      const pause = readPause(form, c.get("view"));
      await pauseSchedules(engine, { id }, { ...pause, by });
      return { text: `Schedule ${id} is paused${pause.until ? "" : " without end"}.` };
    }));

  pages.post("/ui/schedules/:id/resume", (c) =>
    act(c, async () => {
      const id = c.req.param("id");
      await resumeSchedules(engine, { id });
      return { text: `Schedule ${id} goes on.` };
    }));

  pages.post("/ui/schedules/:id/delete", (c) =>
    act(c, async () => {
      requireRole(c, "admin");
      const id = c.req.param("id");
      await deleteSchedule(engine, id);
      return { text: `Schedule ${id} is deleted.`, to: "/ui/schedules" };
    }));

  async function findRow(id: string): Promise<ScheduleRow> {
    checkPathParams({ id });
    const row = await readRow(engine.sql, id);
    if (row && !row.deleted_at) return row;
    throw new NotFoundError(`There is no schedule "${id}".`);
  }
}
