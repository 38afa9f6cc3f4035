/**
 * The dashboard in a real browser, against the real program with its sample and a made-up past.
 *
 * Ignored where there is no chromium, but on a CI, where that is an error. Elsewhere screenshots of each page stay
 * in `.screenshots/`, which git does not keep.
 */
import { assertEquals } from "@std/assert";
import { hasBrowser, launchBrowser, openPage, signIn } from "./browser.ts";
import { fillHistory } from "./fill_history.ts";
import { KEYS, SampleProgram } from "../support/sample_program.ts";
import { testJobPage } from "./steps/job_page.ts";
import { testKeyboard } from "./steps/keyboard.ts";
import { testLog } from "./steps/log.ts";
import { testLook } from "./steps/look.ts";
import { testRuns } from "./steps/runs.ts";
import { testSchedules } from "./steps/schedules.ts";
import { testSettings } from "./steps/settings.ts";
import { testSignIn } from "./steps/sign_in.ts";
import type { Steps } from "./steps/steps.ts";
import { testWithoutScript } from "./steps/without_script.ts";

const STORIES = {
  trigger_model_retraining: { failing: 2, typicalMs: 42_000 },
  cleanup_old_error_logs: { missed: [3, 4, 17], failsEvery: 21, typicalMs: 300 },
  detect_improvement_patterns: { skipped: [5, 6], typicalMs: 9_000, slowest: 6 },
};

/** Jobs whose results the pages of results show. */
const RESULTS_OF = [
  "detect_no_change_words",
  "generate_progress_snapshots",
  "create_daily_snapshots",
  "refresh_recommendations",
  "refresh_history_index",
];

/** Answers of pages that the steps ask for on purpose, and requests that they cut: the browser itself complains of each. */
const EXPECTED = /status of (404|422)|net::ERR_FAILED/;

Deno.test({
  name: "the dashboard in a browser",
  ignore: !await hasBrowser(),
  // A browser and a program outlive the steps that use them.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using program = await SampleProgram.start();
    await fillHistory(program.sql, STORIES);
    await Promise.all(RESULTS_OF.map((job) => program.run(job)));
    const browser = await launchBrowser();
    try {
      const { page, complaints } = await openPage(browser);
      const steps: Steps = { t, program, browser, page };
      await testSignIn(steps);
      await signIn(page, program.origin, KEYS.admin);
      await testLook(steps);
      await testJobPage(steps);
      await testLog(steps);
      await testRuns(steps);
      await testSchedules(steps);
      await testKeyboard(steps);
      await testSettings(steps);
      await testWithoutScript(steps);
      await t.step("there was no complaint of console, scripts or content security policy", () => {
        assertEquals(complaints.filter((complaint) => !EXPECTED.test(complaint)), []);
      });
    } finally {
      await browser.close();
    }
  },
});
