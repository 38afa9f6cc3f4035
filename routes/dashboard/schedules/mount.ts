import type { Hono } from "hono";
import { listSchedules } from "../../../lib/dashboard_schedules_store.ts";
import { NotFoundError } from "../../../lib/errors.ts";
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
import { act } from "../acts.ts";
import { readForm } from "../forms.ts";
import { readPause } from "../job/read_pause.ts";
import { requireOperator } from "../roles.ts";
import { describeColumns } from "../schedule_words.ts";
import { type PageContext, type PageEnv, say } from "../view.ts";
import { editPage } from "./edit_page.tsx";
import { fieldsOf, readScheduleForm } from "./schedule_form.ts";
import { schedulesPage } from "./schedules_page.tsx";
import { isSameSchedule, newValues, valuesOf } from "./values.ts";

const SCHEDULES_SHOWN = 100;

/** The page of all schedules, the page of one, and their forms. */
export function mountSchedules(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  const names = new Map([...engine.jobs.values()].map(({ id, name }) => [id, name]));

  const showOne = async (
    c: PageContext,
    jobId: string,
    row: ScheduleRow | null,
    refused?: { values: Record<string, string>; errors: Record<string, string[]> },
  ) => {
    const page = editPage({
      view: c.get("view"),
      job: engine.jobs.get(jobId),
      jobId,
      row,
      words: row ? await describeColumns(row) : "",
      values: refused?.values ?? (row ? valuesOf(row) : newValues(engine.config.defaultTimeZone)),
      errors: refused?.errors ?? {},
    });
    return c.html(page, refused ? 422 : 200);
  };

  /** Shows the form again with what is wrong in it; what is no matter of the form is thrown on. */
  const save = async (
    c: PageContext,
    jobId: string,
    row: ScheduleRow | null,
    work: () => Promise<ScheduleRow>,
  ) => {
    try {
      const { id } = await work();
      say(c, "ok", row ? "The schedule is changed." : "The schedule is made.");
      return c.redirect(`/ui/schedules/${encodeURIComponent(id)}`, 303);
    } catch (error) {
      const errors = fieldsOf(error as Error);
      if (!errors) throw error;
      return await showOne(c, jobId, row, { values: (await readForm(c)).all(), errors });
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
    requireOperator(c);
    return showOne(c, findJob(engine, c.req.query("job") ?? "").id, null);
  });

  pages.post("/ui/schedules", async (c) => {
    const form = await readForm(c);
    const job = findJob(engine, form.text("job"));
    return await save(
      c,
      job.id,
      null,
      async () =>
        await createSchedule(engine, job.id, {
          ...readScheduleForm(form),
          id: form.text("id").trim() || undefined,
        }),
    );
  });

  pages.get("/ui/schedules/:id", async (c) => {
    const row = await findRow(c.req.param("id"));
    return await showOne(c, row.job_type, row);
  });

  pages.post("/ui/schedules/:id", async (c) => {
    const row = await findRow(c.req.param("id"));
    const form = await readForm(c);
    return await save(c, row.job_type, row, async () => {
      const { spec, ...rest } = readScheduleForm(form);
      return await editSchedule(
        engine,
        row.id,
        isSameSchedule(form.all(), row) ? rest : { ...rest, spec },
      );
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
      const id = c.req.param("id");
      await deleteSchedule(engine, id);
      return { text: `Schedule ${id} is deleted.`, to: "/ui/schedules" };
    }));

  async function findRow(id: string): Promise<ScheduleRow> {
    const row = await readRow(engine.sql, id);
    if (row && !row.deleted_at) return row;
    throw new NotFoundError(`There is no schedule "${id}".`);
  }
}
