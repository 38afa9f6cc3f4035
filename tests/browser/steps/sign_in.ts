import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openPage, signIn } from "../browser.ts";
import { KEYS } from "../../support/sample_program.ts";
import { findFailedRun, pagePaths, type Steps } from "./steps.ts";

export async function testSignIn({ t, program, browser }: Steps): Promise<void> {
  const { origin } = program;

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
    const copied = await page.context().cookies();
    await page.locator(".menu summary").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${origin}/ui/sign-in`);
    await page.goto(origin);
    assertMatch(page.url(), /sign-in/);
    await page.context().addCookies(copied);
    await page.goto(origin);
    assertMatch(page.url(), /sign-in/);
    await page.context().close();
  });

  await t.step("a viewer sees no button that would refuse", async () => {
    const { page } = await openPage(browser);
    await signIn(page, origin, KEYS.viewer);
    const paths = pagePaths(await findFailedRun(program.sql));
    for (
      const path of Object.values(paths).filter((path) =>
        !/retry|schedules\/new|backfill/.test(path)
      )
    ) {
      await page.goto(origin + path);
      assertEquals(await page.locator("main form[method=post]").count(), 0, path);
      assertEquals(await page.locator("[form=act]").count(), 0, path);
    }
    await page.context().close();
  });
}
