import { assert, assertEquals, assertMatch } from "@std/assert";
import type { AxeResults } from "axe-core";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Page } from "playwright-core";
import { openPage, signIn } from "../browser.ts";
import { ERROR_TEXT } from "../fill_history.ts";
import { KEYS } from "../../support/sample_program.ts";
import { findFailedRun, hiddenPixels, pagePaths, sidewaysPixels, type Steps } from "./steps.ts";

const SCREENSHOTS = new URL("../../../.screenshots/", import.meta.url).pathname;

/** Nearly half of the time of a look; nobody sees them on a CI. */
const KEEPS_PICTURES = !Deno.env.get("CI");

/** Widths at which the table of jobs changes its shape, and some between. */
const WIDTHS = [320, 360, 768, 1024, 1280, 1341, 1420];

export async function testLook({ t, program, browser, page }: Steps): Promise<void> {
  const { origin, sql } = program;
  const failedId = await findFailedRun(sql);
  await Deno.mkdir(SCREENSHOTS, { recursive: true });

  for (const [name, path] of Object.entries(pagePaths(failedId))) {
    await t.step(
      `${name} is accessible and fits, in light and dark, at 320, 360 and 1440 px`,
      () => inspect(page, name, origin + path),
    );
  }

  await t.step("so is the page to sign in", async () => {
    const other = await openPage(browser);
    await inspect(other.page, "sign-in", `${origin}/ui/sign-in`);
    assertEquals(other.complaints, []);
    await other.page.context().close();
  });

  await t.step("the buttons of the overview are in sight at every width", async () => {
    await page.goto(origin);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      assertEquals([await sidewaysPixels(page), ...await hiddenPixels(page)], [0], `${width} px`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await t.step("the overview says what fails, and an error's markup is shown as text", async () => {
    await page.goto(origin);
    assertMatch(await page.textContent("h1") ?? "", /1 failing since/);
    await page.goto(`${origin}/ui/runs/${failedId}`);
    assertEquals(await page.textContent("pre.error"), ERROR_TEXT);
  });

  await t.step(
    "a long error is cut to three lines on a phone, and a press shows the rest",
    async () => {
      const text = `${"could not read the page of results, ".repeat(12)}and gave up`;
      await sql`update job_runs set error_message = ${text} where id = ${failedId}`;
      await page.setViewportSize({ width: 360, height: 900 });
      await page.goto(`${origin}/ui/runs?status=failed`);
      const error = page.locator(`#run-${failedId} .cut`);
      const height = async () => (await error.locator(".clip").boundingBox())!.height;
      assertEquals(await error.textContent(), text);
      const cut = await height();
      assert(cut < 64, `${cut} px`);
      await error.locator("summary").click();
      assert(await height() > 3 * cut);
      await sql`update job_runs set error_message = ${ERROR_TEXT} where id = ${failedId}`;
      await page.setViewportSize({ width: 1440, height: 900 });
    },
  );

  await t.step("nothing moves for who asked for that", async () => {
    const animations = "document.getAnimations().length";
    await page.goto(origin);
    await page.evaluate("document.querySelector('.status').classList.add('run')");
    assertEquals(await page.evaluate(animations), 1);
    await page.emulateMedia({ reducedMotion: "reduce" });
    assertEquals(await page.evaluate(animations), 0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
  });

  await t.step("a page weighs less than 60 kB with everything", async () => {
    const other = await openPage(browser);
    await signIn(other.page, origin, KEYS.admin);
    const client = await other.page.context().newCDPSession(other.page);
    let bytes = 0;
    await client.send("Network.enable");
    await client.send("Network.setCacheDisabled", { cacheDisabled: true });
    client.on("Network.loadingFinished", ({ encodedDataLength }) => bytes += encodedDataLength);
    for (const path of ["/", "/ui/timeline", "/ui/jobs/trigger_model_retraining"]) {
      bytes = 0;
      await other.page.goto(origin + path, { waitUntil: "networkidle" });
      assert(bytes > 10_000 && bytes < 60_000, `${path}: ${bytes} bytes`);
    }
    await other.page.context().close();
  });
}

/** Looks at a page at 320 px, and at two widths in both colour schemes, of which it keeps pictures. */
async function inspect(page: Page, name: string, url: string): Promise<void> {
  await page.setViewportSize({ width: 320, height: 900 });
  await page.goto(url);
  await page.evaluate(axe);
  assertEquals([await sidewaysPixels(page), ...await hiddenPixels(page)], [0], "320 px");
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const path = `${SCREENSHOTS}${name}-${width}-${colorScheme}.png`;
      if (KEEPS_PICTURES) await page.screenshot({ path, fullPage: true });
      assertEquals([await sidewaysPixels(page), ...await hiddenPixels(page)], [0], `${width} px`);
      assertEquals(await violations(page), [], `${width} px, ${colorScheme}`);
    }
  }
}

/** What passes is left in the browser: to carry it over would take longer than to find it. */
const FIND_VIOLATIONS =
  "axe.run({ resultTypes: ['violations'], preload: false }).then((results) => results.violations)";

/** What axe-core finds, a line each. */
async function violations(page: Page): Promise<string[]> {
  const found: AxeResults["violations"] = await page.evaluate(FIND_VIOLATIONS);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`)
  );
}
