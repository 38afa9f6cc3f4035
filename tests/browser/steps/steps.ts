import type { Browser, Page } from "playwright-core";
import type { Sql } from "../../../lib/db/sql.ts";
import type { SampleProgram } from "../../support/sample_program.ts";

/** What the steps of the test share. */
export interface Steps {
  t: Deno.TestContext;
  program: SampleProgram;
  browser: Browser;
  /** A page of the admin's, whose complaints the test reads at its end. */
  page: Page;
}

/** By how much a page can be scrolled sideways. */
export async function sidewaysPixels(page: Page): Promise<number> {
  return await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}

/** By how much the tables of a page can be scrolled within themselves, those that can. */
export async function hiddenPixels(page: Page): Promise<number[]> {
  const widths: number[] = await page.evaluate(
    "[...document.querySelectorAll('.table')].map((table) => table.scrollWidth - table.clientWidth)",
  );
  return widths.filter((width) => width > 0);
}

/** The newest run that failed. */
export async function findFailedRun(sql: Sql): Promise<string> {
  const [{ id }] = await sql<{ id: string }[]>`
    select id from job_runs where status = 'failed' order by created_at desc limit 1`;
  return id;
}

/** The address of each page, by name; `runId` is a run's that failed. */
export function pagePaths(runId: string): Record<string, string> {
  return {
    overview: "/",
    timeline: "/ui/timeline",
    job: "/ui/jobs/trigger_model_retraining",
    why: "/ui/jobs/cleanup_old_error_logs?why=2026-01-05T03:00",
    backfill: "/ui/jobs/cleanup_old_error_logs/backfill?from=2026-01-05T00:00&to=2026-01-20T00:00",
    run: `/ui/runs/${runId}`,
    runs: "/ui/runs",
    "no-runs": "/ui/runs?error=of-nobody",
    bulk: "/ui/runs/all/retry?status=failed",
    schedules: "/ui/schedules",
    schedule: "/ui/schedules/cleanup_old_runs",
    "new-schedule": "/ui/schedules/new?job=cleanup_old_runs",
    "choose-job": "/ui/schedules/new",
    learners: "/ui/results/learning",
    learner: "/ui/results/learning?id=test_user",
    students: "/ui/results/students",
    student: "/ui/results/students?id=student_00001",
    matches: "/ui/results/matches",
    profiles: "/ui/results/profiles",
    profile: "/ui/results/profiles?id=user%3Anick",
    "not-found": "/ui/nowhere",
  };
}
