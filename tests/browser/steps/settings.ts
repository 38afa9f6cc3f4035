import { assertEquals } from "@std/assert";
import type { Steps } from "./steps.ts";

export async function testSettings({ t, program, page }: Steps): Promise<void> {
  const { origin } = program;

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
}
