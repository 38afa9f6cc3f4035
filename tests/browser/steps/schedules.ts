import { assertEquals } from "@std/assert";
import type { Steps } from "./steps.ts";

export async function testSchedules({ t, program, page }: Steps): Promise<void> {
  const { origin, sql } = program;

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
    await page.locator(".ask summary.danger").click();
    await page.getByRole("button", { name: "Delete this schedule" }).click();
    await page.waitForURL(/\/ui\/schedules$/);
  });

  await t.step("of a schedule's kinds only the fields of the chosen one are in sight", async () => {
    await page.goto(`${origin}/ui/schedules/new?job=cleanup_old_runs`);
    const names = ["cron", "interval_minutes", "run_at"];
    const visible = async () => {
      const shown = await Promise.all(
        names.map((name) => page.locator(`[name=${name}]`).isVisible()),
      );
      return names.filter((_, place) => shown[place]);
    };
    assertEquals(await visible(), ["cron"]);
    await page.getByLabel("Kind").selectOption("interval");
    assertEquals(await visible(), ["interval_minutes"]);
    await page.getByLabel("Kind").selectOption("once");
    assertEquals(await visible(), ["run_at"]);
  });
}
