import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Sql } from "../../../lib/db/sql.ts";
import type { Steps } from "./steps.ts";

/** A run that is running elsewhere, for as long as the test wants. */
async function insertRunning(sql: Sql): Promise<string> {
  const [{ id }] = await sql<{ id: string }[]>`
    insert into job_runs (job_id, job_type, trigger, as_of, status, attempt, started_at, claimed_by,
                          lease_expires_at, progress)
    values ('cleanup_old_runs', 'cleanup_old_runs', 'manual', now(), 'running', 1, now(), 'another',
            now() + interval '1 hour', ${sql.json({ done: 30, total: 120 })})
    returning id`;
  return id;
}

async function say(sql: Sql, id: string, seq: number, level: string, message: string) {
  await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message)
    values (${id}, ${seq}, 1, now(), ${level}, ${message})`;
}

async function settle(sql: Sql, id: string): Promise<void> {
  await sql`
    update job_runs set status = 'success', finished_at = now(), lease_expires_at = null
    where id = ${id}`;
}

export async function testLog({ t, program, page }: Steps): Promise<void> {
  const { origin, sql } = program;

  await t.step("a log is followed line by line, searched and filtered by level", async () => {
    const id = await insertRunning(sql);
    await say(sql, id, 1, "info", "the first line");
    await page.goto(`${origin}/ui/runs/${id}`);
    await page.locator("#log", { hasText: "the first line" }).waitFor();
    assertEquals(await page.locator("progress").getAttribute("value"), "30");
    await say(sql, id, 2, "error", "<img src=x onerror=alert(1)> the second");
    await page.locator("#log", { hasText: "the second" }).waitFor();
    await page.locator("#log-level").selectOption("error");
    assertEquals(await page.locator("#log [data-level]:visible").count(), 1);
    await page.locator("#log-level").selectOption("debug");
    await page.locator("#log-search").fill("FIRST");
    assertEquals(await page.locator("#log [data-level]:visible").count(), 1);
    await settle(sql, id);
    await page.locator("#log-search").blur();
    await page.locator("#run-status", { hasText: "Success" }).waitFor();
  });

  await t.step(
    "a log stands still while it is not followed, and is downloaded as text",
    async () => {
      const id = await insertRunning(sql);
      for (let seq = 1; seq <= 60; seq++) await say(sql, id, seq, "info", `line ${seq}`);
      await page.goto(`${origin}/ui/runs/${id}`);
      const scrolled = () => page.evaluate("document.getElementById('log').scrollTop");
      const before = await scrolled() as number;
      assert(before > 0);
      await page.getByRole("button", { name: "Follow" }).click();
      await say(sql, id, 61, "info", "line 61");
      await page.locator("#log li", { hasText: /line 61$/ }).waitFor({ state: "attached" });
      assertEquals(await scrolled(), before);
      await page.getByRole("button", { name: "Follow" }).click();
      const after = await scrolled() as number;
      assert(after > before, `${after} after ${before}`);
      const downloading = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download" }).click();
      const text = await Deno.readTextFile(await (await downloading).path());
      assertEquals(text.trim().split("\n").length, 61);
      assertStringIncludes(text, "INFO  line 61");
      await settle(sql, id);
    },
  );

  await t.step("without the event stream a run goes live by asking again", async () => {
    const id = await insertRunning(sql);
    await page.route("**/runs/*/logs?*", (route) => route.abort());
    await page.goto(`${origin}/ui/runs/${id}`);
    await say(sql, id, 1, "warn", "asked for again");
    await page.locator("#log", { hasText: "asked for again" }).waitFor();
    await settle(sql, id);
    await page.locator("#run-status", { hasText: "Success" }).waitFor();
    await page.unroute("**/runs/*/logs?*");
  });

  await t.step("a page whose program is gone says from when it is, until it is back", async () => {
    const id = await insertRunning(sql);
    await page.goto(`${origin}/ui/runs/${id}`);
    await page.route("**/ui/runs/*", (route) => route.abort());
    await page.locator("#gone", { hasText: "No connection" }).waitFor();
    assertMatch(await page.textContent("#gone-since") ?? "", /^([01]\d|2[0-3]):\d\d:\d\d$/);
    await page.unroute("**/ui/runs/*");
    await page.locator("#gone").waitFor({ state: "hidden" });
    await settle(sql, id);
  });
}
