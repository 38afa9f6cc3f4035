import { assertEquals, assertMatch } from "@std/assert";
import { openPage, signIn } from "../browser.ts";
import { KEYS } from "../../support/sample_program.ts";
import type { Steps } from "./steps.ts";

export async function testWithoutScript({ t, program, browser }: Steps): Promise<void> {
  const { origin } = program;

  await t.step("without JavaScript a job is run, watched, filtered and paused", async () => {
    const { page } = await openPage(browser, { javaScriptEnabled: false });
    await signIn(page, origin, KEYS.admin);
    await page.getByRole("searchbox").fill("old runs");
    await page.getByRole("button", { name: "Filter" }).click();
    assertEquals(await page.locator("tr[data-row]").count(), 1);
    await page.getByRole("button", { name: "Run now: Clean up old runs" }).click();
    await page.waitForURL(/\/ui\/runs\//);
    assertMatch(await page.textContent("#run-status") ?? "", /Running|Success/);
    await page.goto(`${origin}/?q=old+runs`);
    await page.getByRole("button", { name: "Pause Clean up old runs" }).click();
    await page.getByRole("button", { name: "Resume Clean up old runs" }).click();
    await page.locator(".banner.ok").waitFor();
    await page.context().close();
  });

  await t.step("without JavaScript the form of a job and the bars of a lane lead on", async () => {
    const { page } = await openPage(browser, { javaScriptEnabled: false });
    await signIn(page, origin, KEYS.admin);
    await page.goto(`${origin}/ui/jobs/cleanup_old_error_logs`);
    await page.getByLabel(/Dry run/).check();
    await page.locator("#run button.primary").click();
    await page.waitForURL(/\/ui\/runs\//);
    await page.goto(`${origin}/ui/timeline`);
    await page.locator(".lane", { hasText: "Retrain" }).locator("svg a").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/ui\/runs/);
    await page.context().close();
  });
}
