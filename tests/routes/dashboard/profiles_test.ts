import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { memoryConsolidation } from "../../../jobs/profiles/memory_consolidation.ts";
import { profileMaintenance } from "../../../jobs/profiles/profile_maintenance.ts";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { startLlmServer } from "../../support/llm_server.ts";
import { addAttribute, addMemory, addNick } from "../../support/profiles_factories.ts";
import { runJob } from "../../support/run_job.ts";

async function pageOf(test: TestApp, query: string): Promise<string> {
  const path = `/ui/results/profiles${query}`;
  const response = await test.request("GET", path, { headers: { Accept: "text/html" } });
  assertEquals(response.status, 200);
  return await response.text();
}

databaseTest("entities are listed, and found by a part of the id", async ({ sql }) => {
  await addNick(sql);
  await addAttribute(sql, "bot:nova", "name", "Nova");
  await using test = await openTestApp(sql);

  const all = await pageOf(test, "");
  const some = await pageOf(test, "?q=NOV");

  assertStringIncludes(all, "/ui/results/profiles?id=user%3Anick");
  assertStringIncludes(all, "7 attributes, 0 memories");
  assert(some.includes("bot:nova") && !some.includes("user:nick"));
});

databaseTest(
  "an entity is shown before and after maintenance, with its memories",
  async ({ sql }) => {
    await addNick(sql);
    await addMemory(sql, "user:nick", "Sings in a choir");
    const kept = await addMemory(sql, "user:nick", "Sings in a choir!");
    await using test = await openTestApp(sql);
    assertStringIncludes(await pageOf(test, "?id=user:nick"), "Nothing was changed yet");
    await using server = startLlmServer();
    const env = { LLM_BASE_URL: server.url, PROFILE_MAINTENANCE_MODEL: "rules" };
    const run = await runJob(sql, profileMaintenance, { env });
    await runJob(sql, memoryConsolidation);

    const page = await pageOf(test, "?id=user:nick");

    const rows = [...page.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
      [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) =>
        cell.replace(/<[^>]*>/g, "")
      )
    );
    const has = (...cells: string[]) =>
      assert(rows.some((row) => cells.every((cell, i) => row[i] === cell)), cells.join(" | "));
    has("fact", "gone", "home_location: Ohio", "");
    has("fact", "as it was", "home_location: Oregon", "home_location: Oregon");
    has("misc", "gone", "greeting: good morning", "");
    has("home_location fact", "Oregon", "maintenance", "90 %");
    has("Sings in a choir!", "55 %", "2");
    assertStringIncludes(page, `/ui/runs/${run.id}`);
    assertStringIncludes(page, `href="#memory-${kept}"`);
  },
);

databaseTest(
  "what is known of somebody is shown as text, and an unknown entity is a 404",
  async ({ sql }) => {
    const evil = '<script>alert("x")</script>';
    await addAttribute(sql, "user:nick", evil, evil);
    await addMemory(sql, "user:nick", evil);
    await using test = await openTestApp(sql);
    const page = await pageOf(test, "?id=user:nick");
    assert(!page.includes("<script>alert") && page.includes("&lt;script&gt;"));
    const response = await test.request("GET", "/ui/results/profiles?id=user:nobody", {
      headers: { Accept: "text/html" },
    });
    assertEquals(response.status, 404);
    await response.body?.cancel();
  },
);
