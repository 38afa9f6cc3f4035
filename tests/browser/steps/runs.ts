import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Steps } from "./steps.ts";

export async function testRuns({ t, program, page }: Steps): Promise<void> {
  const { origin, sql } = program;

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

  await t.step("the URL holds what the list is narrowed by", async () => {
    await page.goto(`${origin}/ui/runs`);
    await page.locator("[name=error]").fill("ECONNREFUSED");
    await page.locator("[name=job]").selectOption("cleanup_old_error_logs");
    await page.locator("[name=status]").selectOption("failed");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL(/error=ECONNREFUSED&job=cleanup_old_error_logs&status=failed/);
    assertMatch(await page.textContent("h1") ?? "", /^\d+ runs that fit/);
    assertEquals(
      await page.locator("[name=job]").inputValue(),
      "cleanup_old_error_logs",
    );
  });

  await t.step("all that fit are retried, after a page that says which", async () => {
    await page.goto(`${origin}/ui/runs?job=cleanup_old_error_logs&status=failed`);
    await page.getByRole("link", { name: /Retry all/ }).click();
    const words = await page.textContent("h1") ?? "";
    const count = Number(/\d+/.exec(words)![0]);
    assert(count > 1, words);
    await page.locator("form button.primary").click();
    await page.locator("h1", { hasText: "asked to run again" }).waitFor();
    const [{ retried }] = await sql<{ retried: number }[]>`
      select count(*)::int as retried from job_runs
      where job_type = 'cleanup_old_error_logs' and trigger = 'retry'`;
    assert(retried >= 1 && retried <= count);
    const told = await page.textContent("h1") ?? "";
    const left = count - retried;
    assertEquals(/^\d+ run/.exec(told)?.[0], `${retried} run`, told);
    assertEquals(Number(/(\d+) left/.exec(told)?.[1] ?? 0), left, told);
    await page.getByRole("region", { name: "Asked to run again" }).getByRole("link").last().click();
    await page.waitForURL(/\/ui\/runs\/[\w-]{36}$/);
  });
}
