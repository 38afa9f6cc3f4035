import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Steps } from "./steps.ts";

export async function testJobPage({ t, program, page }: Steps): Promise<void> {
  const { origin, sql } = program;

  await t.step("a job that is run from its form goes live to its end", async () => {
    await page.goto(`${origin}/ui/jobs/trigger_model_retraining`);
    await page.locator("#run button.primary").click();
    await page.waitForURL(/\/ui\/runs\//);
    await page.locator("#run-status .status.ok").waitFor({ timeout: 60_000 });
    assertStringIncludes(await page.textContent("main") ?? "", "promoted");
  });

  await t.step("a dry run as of an instant is asked for by the form", async () => {
    await page.goto(`${origin}/ui/jobs/cleanup_old_error_logs`);
    await page.getByLabel("As of").fill("2026-01-05T12:00");
    await page.getByLabel(/Dry run/).check();
    await page.locator("#run button.primary").click();
    await page.waitForURL(/\/ui\/runs\//);
    await page.locator("#run-status .tag", { hasText: "dry run" }).waitFor();
    const id = page.url().split("/").at(-1)!;
    const [run] = await sql`select dry_run, as_of from job_runs where id = ${id}`;
    assertEquals([run.dry_run, run.as_of], [true, new Date("2026-01-05T11:00:00Z")]);
  });

  await t.step("what does not fit is said beside its field, and nothing runs", async () => {
    await page.goto(`${origin}/ui/jobs/cleanup_old_error_logs`);
    await page.locator("[name='p.retention_days']").fill("-5");
    await page.locator("#run button.primary").click();
    await page.locator("#run label", { hasText: "retention_days" }).locator(".problem").waitFor();
    assertEquals(await page.locator("[name='p.retention_days']:focus").inputValue(), "-5");
    // What the browser does not know of is told by the program, which keeps what was typed.
    await page.locator("[name='p.retention_days']").evaluate((field) =>
      field.removeAttribute("min")
    );
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("-7");
    assertEquals(await page.locator("#run .problem").count(), 0);
    await page.keyboard.press("Enter");
    await page.locator("#run [role=alert]").waitFor();
    assertEquals(await page.locator("[name='p.retention_days'][aria-invalid]").inputValue(), "-7");
  });

  await t.step("the command for a terminal is copied by a button", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${origin}/ui/jobs/cleanup_old_runs`);
    await page.getByText("The same with curl").click();
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const copied: string = await page.evaluate("navigator.clipboard.readText()");
    assertStringIncludes(copied, `curl -X POST '${origin}/jobs/cleanup_old_runs/run'`);
  });

  await t.step("a paused job says so, and its slots of the pause are on the strip", async () => {
    await page.goto(`${origin}/ui/jobs/refresh_model_registry`);
    await page.locator(".ask summary").first().click();
    await page.getByLabel("Reason").fill("maintenance <b>now</b>");
    // An end that is over is told where it stands, and the reason stays as it was typed.
    await page.locator(".ask [name=until]").fill("2020-01-01T00:00");
    await page.locator(".ask button.primary").click();
    await page.locator(".ask .problem").waitFor();
    await page.locator(".ask [name=until]").fill("");
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

  await t.step("slots of the past run again, after a page that says which", async () => {
    const [{ from, to }] = await sql<{ from: string; to: string }[]>`
      select to_char(min(first_slot) at time zone 'Europe/Budapest', 'YYYY-MM-DD"T"HH24:MI') as from,
             to_char(now() at time zone 'Europe/Budapest', 'YYYY-MM-DD"T"HH24:MI') as to
      from schedule_gaps
      where job_id = 'cleanup_old_error_logs' and reason = 'missed'`;
    await page.goto(`${origin}/ui/jobs/cleanup_old_error_logs`);
    const form = page.locator("#backfill");
    await form.getByLabel("From").fill(from);
    await form.getByLabel("Until").fill(to);
    await form.getByRole("button", { name: "Show them" }).click();
    await page.locator("h1", { hasText: "Run 3 slots again?" }).waitFor();
    await page.getByRole("button", { name: "Run 3 slots" }).click();
    await page.waitForURL(/trigger=backfill/);
    await page.locator("body > .banner.ok", { hasText: "3 slots" }).waitFor();
    assertEquals(await page.locator("tbody tr[data-row]").count(), 3);
  });

  await t.step("why says what became of a slot", async () => {
    await page.goto(`${origin}/ui/jobs/cleanup_old_error_logs`);
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator(".conditions li").first().waitFor();
  });
}
