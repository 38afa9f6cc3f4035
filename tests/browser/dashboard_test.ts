/**
 * The dashboard in a real browser, against the real program with its sample and a made-up past.
 *
 * Ignored where there is no chromium, but on a CI, where that is an error. Screenshots of each page stay in
 * `.screenshots/`, which git does not keep.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { AxeResults } from "axe-core";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Browser, Page } from "playwright-core";
import { hasBrowser, launchBrowser, openPage, signIn } from "./browser.ts";
import { ERROR_TEXT, fillHistory } from "./fill_history.ts";
import { KEYS, SampleProgram } from "../support/sample_program.ts";

const SCREENSHOTS = new URL("../../.screenshots/", import.meta.url).pathname;

const STORIES = {
  trigger_model_retraining: { failing: 2, typicalMs: 42_000 },
  cleanup_old_error_logs: { missed: [3, 4, 17], failsEvery: 21, typicalMs: 300 },
  detect_improvement_patterns: { skipped: [5, 6], typicalMs: 9_000, slowest: 6 },
};

const canTest = await hasBrowser();

Deno.test({
  name: "the dashboard in a browser",
  ignore: !canTest,
  // A browser and a program outlive the steps that use them.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using program = await SampleProgram.start();
    await fillHistory(program.sql, STORIES);
    await Deno.mkdir(SCREENSHOTS, { recursive: true });
    const browser = await launchBrowser();
    try {
      await runSteps(t, program, browser);
    } finally {
      await browser.close();
    }
  },
});

async function runSteps(t: Deno.TestContext, program: SampleProgram, browser: Browser) {
  const { origin, sql } = program;

  await t.step("the log's link opens it once, and a prefetch does not use it up", async () => {
    const { page } = await openPage(browser);
    await (await fetch(program.signInLink)).body?.cancel();
    await page.goto(program.signInLink);
    await page.getByRole("button", { name: "Open the dashboard" }).click();
    await page.waitForURL(`${origin}/`);
    await page.context().clearCookies();
    await page.goto(program.signInLink);
    assertStringIncludes(await page.textContent("main") ?? "", "used up");
    await page.context().close();
  });

  await t.step("a wrong key is refused, a good one opens, and signing out closes", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${origin}/ui/runs?status=failed`);
    await page.locator("[name=key]").fill("a-wrong-key");
    await page.getByRole("button", { name: "Sign in" }).click();
    assertStringIncludes(await page.getByRole("alert").first().textContent() ?? "", "not known");
    await signIn(page, origin, KEYS.admin);
    await page.locator(".menu summary").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${origin}/ui/sign-in`);
    await page.goto(origin);
    assertMatch(page.url(), /sign-in/);
    await page.context().close();
  });

  const { page, complaints } = await openPage(browser);
  await signIn(page, origin, KEYS.admin);
  const [{ id: failedId }] = await sql<{ id: string }[]>`
    select id from job_runs where status = 'failed' order by created_at desc limit 1`;
  const paths: Record<string, string> = {
    overview: "/",
    timeline: "/ui/timeline",
    job: "/ui/jobs/trigger_model_retraining",
    run: `/ui/runs/${failedId}`,
    runs: "/ui/runs",
    bulk: "/ui/runs/all/retry?status=failed",
    schedules: "/ui/schedules",
    schedule: "/ui/schedules/cleanup_old_runs",
    "new-schedule": "/ui/schedules/new?job=cleanup_old_runs",
    learners: "/ui/results/learning",
    learner: "/ui/results/learning?id=test_user",
    students: "/ui/results/students",
    matches: "/ui/results/matches",
    "not-found": "/ui/nowhere",
  };

  for (const [name, path] of Object.entries(paths)) {
    await t.step(
      `${name} is accessible and fits, in light and dark, at 360 and 1440 px`,
      async () => {
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          for (const width of [360, 1440]) {
            await page.setViewportSize({ width, height: 900 });
            await page.goto(origin + path);
            await page.screenshot({
              path: `${SCREENSHOTS}${name}-${width}-${colorScheme}.png`,
              fullPage: true,
            });
            assertEquals(await sidewaysPixels(page), 0, `${width} px`);
            assertEquals(await violations(page), [], `${width} px, ${colorScheme}`);
          }
        }
      },
    );
  }

  await t.step("the buttons of the overview are in sight at every width", async () => {
    await page.goto(origin);
    for (const width of [320, 768, 1024, 1280, 1341, 1420]) {
      await page.setViewportSize({ width, height: 900 });
      assertEquals(await sidewaysPixels(page), 0, `${width} px`);
      const hidden = await page.evaluate(
        "(() => { const t = document.querySelector('.table'); return t.scrollWidth - t.clientWidth; })()",
      );
      assertEquals(hidden, 0, `${width} px`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await t.step("the sign-in page is accessible", async () => {
    const other = await openPage(browser);
    await other.page.goto(`${origin}/ui/sign-in`);
    assertEquals(await violations(other.page), []);
    assertEquals(other.complaints, []);
    await other.page.context().close();
  });

  await t.step("the overview says what fails, and an error's markup is shown as text", async () => {
    await page.goto(origin);
    assertMatch(await page.textContent("h1") ?? "", /1 failing since/);
    await page.goto(`${origin}/ui/runs/${failedId}`);
    assertEquals(await page.textContent("pre.error"), ERROR_TEXT);
  });

  await t.step("a job that is run from its form goes live to its end", async () => {
    await page.goto(`${origin}/ui/jobs/trigger_model_retraining`);
    await page.locator("#run button.primary").click();
    await page.waitForURL(/\/ui\/runs\//);
    await page.locator("#run-status .status.ok").waitFor({ timeout: 60_000 });
    assertStringIncludes(await page.textContent("main") ?? "", "promoted");
  });

  await t.step("what does not fit is said beside its field, and nothing runs", async () => {
    await page.goto(`${origin}/ui/jobs/cleanup_old_error_logs`);
    await page.locator("[name='p.retention_days']").fill("-5");
    await page.locator("#run button.primary").click();
    await page.locator("#run .problem").first().waitFor();
    assertEquals(await page.locator("[name='p.retention_days']").inputValue(), "-5");
    complaints.length = 0;
  });

  await t.step("a paused job says so, and its slots of the pause are on the strip", async () => {
    await page.goto(`${origin}/ui/jobs/refresh_model_registry`);
    await page.locator(".ask summary").first().click();
    await page.getByLabel("Reason").fill("maintenance <b>now</b>");
    await page.locator(".ask button.primary").click();
    await page.getByRole("button", { name: "Resume" }).first().waitFor();
    // The pause is set back, as no test waits for a slot to pass.
    await sql`
      update scheduled_jobs
      set paused_at = now() - interval '1 hour', next_run_at = now() - interval '50 minutes',
          planned_at = now() - interval '50 minutes', anchor_at = anchor_at - interval '1 day'
      where id = 'refresh_model_registry'`;
    await page.goto(origin);
    const row = page.locator("#job-refresh_model_registry");
    assertMatch(await row.locator(".strip").getAttribute("aria-label") ?? "", /paused/);
    await row.getByRole("button", { name: /Resume/ }).click();
    await page.locator(".banner.ok").waitFor();
  });

  await t.step("a waiting run is cancelled after it was asked for once", async () => {
    const [{ id }] = await sql<{ id: string }[]>`
      insert into job_runs (job_id, job_type, trigger, as_of, available_at)
      values ('cleanup_old_runs', 'cleanup_old_runs', 'manual', now(), now() + interval '1 day')
      returning id`;
    await page.goto(`${origin}/ui/runs/${id}`);
    await page.locator(".ask summary").click();
    await page.getByRole("button", { name: "Cancel this run" }).click();
    await page.locator("#run-status", { hasText: "Cancelled" }).waitFor();
  });

  await t.step("a log is followed line by line, searched and filtered by level", async () => {
    const [{ id }] = await sql<{ id: string }[]>`
      insert into job_runs (job_id, job_type, trigger, as_of, status, attempt, started_at,
                            claimed_by, lease_expires_at)
      values ('cleanup_old_runs', 'cleanup_old_runs', 'manual', now(), 'running', 1, now(),
              'another', now() + interval '1 hour')
      returning id`;
    const say = (seq: number, level: string, message: string) =>
      sql`
        insert into run_logs (run_id, seq, attempt, at, level, message)
        values (${id}, ${seq}, 1, now(), ${level}, ${message})`;
    await say(1, "info", "the first line");
    await page.goto(`${origin}/ui/runs/${id}`);
    await page.locator("#log", { hasText: "the first line" }).waitFor();
    await say(2, "error", "<img src=x onerror=alert(1)> the second");
    await page.locator("#log", { hasText: "the second" }).waitFor();
    await page.locator("#log-level").selectOption("error");
    assertEquals(await page.locator("#log [data-level]:visible").count(), 1);
    await page.locator("#log-level").selectOption("debug");
    await page.locator("#log-search").fill("FIRST");
    assertEquals(await page.locator("#log [data-level]:visible").count(), 1);
    await sql`
      update job_runs
      set status = 'success', finished_at = now(), lease_expires_at = null
      where id = ${id}`;
    await page.locator("#log-search").blur();
    await page.locator("#run-status", { hasText: "Success" }).waitFor();
  });

  await t.step("all that fit are retried, after a page that says which", async () => {
    await page.goto(`${origin}/ui/runs?job=cleanup_old_error_logs&status=failed`);
    await page.getByRole("link", { name: /Retry all/ }).click();
    const words = await page.textContent("h1") ?? "";
    const count = Number(/\d+/.exec(words)![0]);
    assert(count > 1, words);
    await page.locator("form button.primary").click();
    await page.locator("body > .banner[role=status]").waitFor();
    assertMatch(await page.textContent("body > .banner[role=status]") ?? "", /asked to run again/);
    const [{ retried }] = await sql<{ retried: number }[]>`
      select count(*)::int as retried from job_runs
      where job_type = 'cleanup_old_error_logs' and trigger = 'retry'`;
    assert(retried >= 1 && retried <= count);
  });

  await t.step("a schedule is made, changed and deleted", async () => {
    await page.goto(`${origin}/ui/schedules/new?job=cleanup_old_runs`);
    await page.getByLabel("Id").fill("by-hand");
    await page.locator("[name=cron]").fill("61 2 * * *");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.locator(".problem").first().waitFor();
    await page.locator("[name=cron]").fill("15 2 * * *");
    await page.locator("[name=time_zone]").fill("Europe/Budapest");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.waitForURL(/\/ui\/schedules\/by-hand/);
    await page.locator("[name=cron]").fill("45 3 * * *");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".banner.ok").waitFor();
    const [row] = await sql`select cron, time_zone from scheduled_jobs where id = 'by-hand'`;
    assertEquals({ ...row }, { cron: "45 3 * * *", time_zone: "Europe/Budapest" });
    await page.locator(".ask.danger summary, .ask summary.danger").click();
    await page.getByRole("button", { name: "Delete this schedule" }).click();
    await page.waitForURL(/\/ui\/schedules$/);
    complaints.length = 0;
  });

  await t.step("why says what became of a slot", async () => {
    await page.goto(`${origin}/ui/jobs/cleanup_old_error_logs`);
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator(".conditions li").first().waitFor();
  });

  await t.step("/ searches, j and k walk the rows, ? helps, r runs", async () => {
    await page.goto(origin);
    await page.keyboard.press("/");
    await page.keyboard.type("old runs");
    await page.locator("tr[data-row]").nth(1).waitFor({ state: "detached" });
    assertMatch(page.url(), /q=old/);
    await page.goto(origin);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    const first = await page.locator("tr[data-row]").first().getAttribute("id");
    assertEquals(await page.locator("[aria-current-row]").getAttribute("id"), first);
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("r");
    await page.waitForURL(/\/ui\/runs\//);
  });

  await t.step("colours and zone are chosen, and kept", async () => {
    await page.goto(origin);
    await page.locator(".menu summary").click();
    await page.getByRole("button", { name: "Dark" }).click();
    await page.waitForURL(`${origin}/`);
    assertEquals(await page.locator("html").getAttribute("data-theme"), "dark");
    assertEquals(await page.textContent(".zone"), "Europe/Budapest");
    await page.locator(".menu summary").click();
    await page.getByRole("button", { name: "UTC" }).click();
    await page.waitForURL(`${origin}/`);
    assertEquals(await page.textContent(".zone"), "UTC");
  });

  await t.step("a page weighs less than 60 kB with everything", async () => {
    const other = await openPage(browser);
    await signIn(other.page, origin, KEYS.admin);
    const client = await other.page.context().newCDPSession(other.page);
    let bytes = 0;
    await client.send("Network.enable");
    await client.send("Network.setCacheDisabled", { cacheDisabled: true });
    client.on("Network.loadingFinished", ({ encodedDataLength }) => bytes += encodedDataLength);
    await other.page.goto(`${origin}/ui/jobs/trigger_model_retraining`, {
      waitUntil: "networkidle",
    });
    assert(bytes > 10_000 && bytes < 60_000, `${bytes} bytes`);
    await other.page.context().close();
  });

  await t.step("there was no complaint of console, scripts or content security policy", () => {
    assertEquals(complaints.filter((complaint) => !/status of 404/.test(complaint)), []);
  });

  await t.step("a viewer sees no button that would refuse", async () => {
    const other = await openPage(browser);
    await signIn(other.page, origin, KEYS.viewer);
    for (const path of Object.values(paths).filter((path) => !/all\/retry|new\?/.test(path))) {
      await other.page.goto(origin + path);
      const words = await other.page.locator("main form[method=post]").count();
      assertEquals(words, 0, path);
      assertEquals(await other.page.locator("[form=act]").count(), 0, path);
    }
    await other.page.context().close();
  });

  await t.step("without JavaScript a job is run, watched, filtered and paused", async () => {
    const other = await openPage(browser, { javaScriptEnabled: false });
    await signIn(other.page, origin, KEYS.admin);
    await other.page.goto(`${origin}/?q=old+runs`);
    assertEquals(await other.page.locator("tr[data-row]").count(), 1);
    await other.page.getByRole("button", { name: "Run now: Clean up old runs" }).click();
    await other.page.waitForURL(/\/ui\/runs\//);
    await other.page.goto(`${origin}/?q=old+runs`);
    await other.page.getByRole("button", { name: "Pause Clean up old runs" }).click();
    await other.page.getByRole("button", { name: "Resume Clean up old runs" }).click();
    await other.page.locator(".banner.ok").waitFor();
    await other.page.context().close();
  });
  await page.context().close();
}

/** By how much the page can be scrolled sideways. */
async function sidewaysPixels(page: Page): Promise<number> {
  return await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}

/** What axe-core finds, a line each. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results: AxeResults = await page.evaluate("axe.run()");
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`)
  );
}
