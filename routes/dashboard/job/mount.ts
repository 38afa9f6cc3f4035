import type { Hono } from "hono";
import {
  listChartedRuns,
  listErrorGroups,
  listSchedulesOf,
} from "../../../lib/dashboard_job_store.ts";
import { countRuns } from "../../../lib/dashboard_runs_store.ts";
import { EdgeCronError } from "../../../lib/errors.ts";
import type { AnyJob } from "../../../lib/job.ts";
import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { pauseSchedules, resumeSchedules } from "../../../lib/schedules.ts";
import { explainWhy } from "../../../lib/why.ts";
import type { AppDeps } from "../../deps.ts";
import { findJob } from "../../../lib/find_job.ts";
import { checkPathParams } from "../../input.ts";
import { act } from "../acts.ts";
import { readForm } from "../forms.ts";
import { shorten } from "../format.ts";
import { readLocalTime } from "../local_time.ts";
import { readOverview } from "../overview/rows.ts";
import { describeColumns } from "../schedule_words.ts";
import type { PageContext, PageEnv, View } from "../view.ts";
import { SCHEDULES_SHOWN } from "./schedule_rows.tsx";
import { settleAll } from "../settle_all.ts";
import { gonePage } from "./gone_page.tsx";
import { readHistory } from "./read_history.ts";
import { jobPage } from "./job_page.tsx";
import { readRunForm, refusedBy } from "./read_run_form.ts";
import { readPause } from "./read_pause.ts";
import type { Refused } from "./run_form.tsx";
import type { WhyQuery } from "./why_box.tsx";

/** The page of a job and its forms. */
export function mountJob(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  const show = async (c: PageContext, job: AnyJob, refused: Refused | null = null) => {
    const view = c.get("view");
    const query = c.req.query();
    const why = readWhy(query, job, view);
    const [[overview], rows, charted, errors, history, explanation] = await settleAll([
      readOverview(engine, view.now, [job]),
      listSchedulesOf(engine.sql, job.id, SCHEDULES_SHOWN),
      listChartedRuns(engine.sql, job.id),
      listErrorGroups(engine.sql, job.id),
      readHistory(engine, job.id, query),
      why.at ? explainWhy(engine, job.id, why.at, why.scheduleId) : null,
    ]);
    return c.html(
      jobPage({
        view,
        overview,
        row: rows.find(({ id }) => id === job.id),
        schedules: await withWords(rows),
        charted,
        errors,
        ...history,
        why: { ...why, explanation },
        origin: new URL(c.req.url).origin,
        refused,
      }),
      refused ? 422 : 200,
    );
  };

  /** Of an id that no job has now, but that had runs once. */
  const showGone = async (c: PageContext, jobId: string) => {
    checkPathParams({ id: jobId });
    if (await countRuns(engine.sql, { jobTypes: [jobId] }, 1) === 0) findJob(engine, jobId);
    const [rows, history] = await settleAll([
      listSchedulesOf(engine.sql, jobId, SCHEDULES_SHOWN),
      readHistory(engine, jobId, c.req.query()),
    ]);
    const schedules = await withWords(rows);
    return c.html(gonePage({ view: c.get("view"), jobId, schedules, ...history }));
  };

  pages.get("/ui/jobs/:id", (c) => {
    const id = c.req.param("id");
    const job = engine.jobs.get(id);
    return job ? show(c, job) : showGone(c, id);
  });

  pages.post("/ui/jobs/:id/run", async (c) => {
    const job = findJob(engine, c.req.param("id"));
    const form = await readForm(c);
    const request = async () => {
      const run = await engine.requestRun(job.id, {
        ...(form.text("form") === "params" && readRunForm(job, form, c.get("view"))),
        triggeredBy: c.env.caller!.name,
      });
      return { text: `${job.name} was asked to run.`, to: `/ui/runs/${run.id}` };
    };
    if (form.text("form") !== "params") return await act(c, request);
    try {
      return c.redirect((await request()).to, 303);
    } catch (error) {
      if (!(error instanceof EdgeCronError)) throw error;
      return await show(c, job, refusedBy(error, job, form));
    }
  });

  pages.post("/ui/jobs/:id/pause", (c) =>
    act(c, async (form, by) => {
      const job = findJob(engine, c.req.param("id"));
      const pause = readPause(form, c.get("view"));
      await pauseSchedules(engine, { jobType: job.id }, { ...pause, by });
      return { text: `${job.name} is paused${pause.until ? "" : " without end"}.` };
    }));

  pages.post("/ui/jobs/:id/resume", (c) =>
    act(c, async () => {
      const job = findJob(engine, c.req.param("id"));
      await resumeSchedules(engine, { jobType: job.id });
      return { text: `${job.name} goes on.` };
    }));
}

/** Which slot an address asks about; without an instant where it names none, or none that can be read. */
function readWhy(
  { why = "", schedule }: Record<string, string>,
  job: AnyJob,
  { zone }: View,
): WhyQuery {
  const at = why ? readLocalTime(why, zone) : undefined;
  const problem = why && !at ? `${shorten(why)} is not a time` : null;
  return { scheduleId: schedule || job.id, at, problem };
}

function withWords(rows: ScheduleRow[]) {
  return Promise.all(rows.map(async (row) => ({ row, words: await describeColumns(row) })));
}
