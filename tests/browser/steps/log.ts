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

async function settle(sql: Sql, id: string, status = "success"): Promise<void> {
  await sql`
    update job_runs set status = ${status}, finished_at = now(), lease_expires_at = null
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
    // What the address leaves out is one choice away where there is a script.
    await page.goto(`${origin}/ui/runs/${id}?level=error`);
    await page.locator("#log", { hasText: "the second" }).waitFor();
    assertEquals(await page.locator("#log [data-level]:visible").count(), 1);
    await page.locator("#log-level").selectOption("debug");
    await page.locator("#log", { hasText: "the first line" }).waitFor();
    assertEquals(
      await page.locator("#log [data-level] > span").allTextContents(),
      ["the first line", "<img src=x onerror=alert(1)> the second"],
    );
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

  await t.step("new lines are held back and counted while a log is paused", async () => {
    const id = await insertRunning(sql);
    await say(sql, id, 1, "info", "line 1");
    await page.goto(`${origin}/ui/runs/${id}`);
    const lines = page.locator("#log [data-level]:visible");
    await page.getByRole("button", { name: "Pause" }).click();
    await say(sql, id, 2, "info", "line 2");
    await say(sql, id, 3, "error", "line 3");
    await page.getByRole("button", { name: "Resume: 2 new lines" }).waitFor();
    assertEquals(await lines.count(), 1);
    await page.locator("#log-level").selectOption("error");
    await page.getByRole("button", { name: "Resume: 1 new line", exact: true }).click();
    assertEquals(await lines.locator("span").allTextContents(), ["line 3"]);
    await page.locator("#log-level").selectOption("debug");
    assertEquals(await lines.count(), 3);
    await settle(sql, id);
    await page.getByRole("button", { name: "Pause" }).waitFor({ state: "hidden" });
  });

  await t.step("a reader who scrolls up is left there when the log goes on", async () => {
    const id = await insertRunning(sql);
    for (let seq = 1; seq <= 60; seq++) await say(sql, id, seq, "info", `line ${seq}`);
    await page.goto(`${origin}/ui/runs/${id}`);
    await page.locator("#log").evaluate((log) => log.scrollTop = 0);
    await page.locator("#log-follow[aria-pressed=false]").waitFor();
    await say(sql, id, 61, "info", "line 61");
    await page.locator("#log li", { hasText: /line 61$/ }).waitFor({ state: "attached" });
    assertEquals(await page.locator("#log").evaluate((log) => log.scrollTop), 0);
    await settle(sql, id);
  });

  await t.step(
    "a failed run's log opens at its end, and that of another at its beginning",
    async () => {
      for (const status of ["failed", "success"]) {
        const id = await insertRunning(sql);
        await sql`
        insert into run_logs (run_id, seq, attempt, at, level, message)
        select ${id}, n, 1, now(), 'info', 'line ' || n from generate_series(1, 1100) n`;
        await settle(sql, id, status);
        await page.goto(`${origin}/ui/runs/${id}`);
        const last = page.locator("#log .line", { hasText: "line 1100" });
        await last.waitFor({ state: "attached" });
        await page.locator("#log-live").waitFor({ state: "hidden" });
        const [above, below] = await page.locator("#log").evaluate((log) => [
          log.scrollTop,
          log.scrollHeight - log.clientHeight - log.scrollTop,
        ]);
        assert(
          status === "failed" ? below < 2 : above === 0,
          `${status}: ${above} above, ${below} below`,
        );
      }
    },
  );

  await t.step("a log whose stream breaks off tells no line twice, and filters on", async () => {
    const id = await insertRunning(sql);
    await say(sql, id, 1, "error", "line 1");
    let isBroken = true;
    let streams = 0;
    await page.route("**/runs/*/logs?*", (route) => {
      if (route.request().resourceType() !== "eventsource" || !isBroken) return route.continue();
      // The first stream ends at once, so that the browser comes back soon and again and again.
      if (streams++ > 0) return route.abort();
      return route.fulfill({ contentType: "text/event-stream", body: "retry: 20\n\n" });
    });
    await page.goto(`${origin}/ui/runs/${id}`);
    await page.locator("#log-level").selectOption("error");
    await say(sql, id, 2, "info", "line 2");
    await say(sql, id, 3, "error", "line 3");
    await page.locator("#live").dispatchEvent("refresh");
    await page.locator("#log", { hasText: "line 3" }).waitFor();
    isBroken = false;
    await say(sql, id, 4, "error", "line 4");
    await page.locator("#log", { hasText: "line 4" }).waitFor();
    const textsOf = (lines: string) => page.locator(`${lines} span`).allTextContents();
    assertEquals(await textsOf("#log [data-level]:visible"), ["line 1", "line 3", "line 4"]);
    assertEquals(await textsOf("#log [data-level]"), ["line 1", "line 2", "line 3", "line 4"]);
    await page.unroute("**/runs/*/logs?*");
    await settle(sql, id);
  });

  await t.step("without the event stream a run goes live by asking again", async () => {
    const id = await insertRunning(sql);
    await page.route(
      "**/runs/*/logs?*",
      (route) =>
        route.request().resourceType() === "eventsource" ? route.abort() : route.continue(),
    );
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
