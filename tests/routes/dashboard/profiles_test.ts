import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { memoryConsolidation } from "../../../jobs/profiles/memory_consolidation.ts";
import { profileMaintenance } from "../../../jobs/profiles/profile_maintenance.ts";
import type { Role } from "../../../lib/config.ts";
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
    has("fact", "as it was", "home_location: Oregon", "the same");
    has("misc", "gone", "greeting: good morning", "");
    has("home_location fact", "Oregon", "maintenance", "90 %");
    has("Sings in a choir!", "55 %", "2");
    assertStringIncludes(page, `/ui/runs/${run.id}`);
    assertStringIncludes(page, `href="#memory-${kept}"`);
  },
);

databaseTest(
  "a maintenance is undone by a form that says what it will do, with the same for a terminal",
  async ({ sql }) => {
    await addNick(sql);
    const before = await sql`select id, key, value from entity_profile_attributes order by id`;
    await using test = await openTestApp(sql);
    await using server = startLlmServer();
    const env = { LLM_BASE_URL: server.url, PROFILE_MAINTENANCE_MODEL: "rules" };
    await runJob(sql, profileMaintenance, { env });
    const [{ id }] = await sql<{ id: string }[]>`select id from profile_maintenances`;
    const page = await pageOf(test, "?id=user:nick");
    assertMatch(
      page,
      /Undoes the maintenance of [^]* come back as they were, and \d+ that it wrote go/,
    );
    assertStringIncludes(
      page,
      "curl -X POST &#39;http://localhost/profiles/user/nick/restore&#39;",
    );
    const press = (maintenance_id: string, as: Role = "operator") =>
      test.request("POST", "/ui/results/profiles/restore", {
        as,
        headers: { Accept: "text/html" },
        body: new URLSearchParams({
          entity_type: "user",
          entity_id: "nick",
          maintenance_id,
          back: "/ui/results/profiles?id=user:nick",
        }),
      });

    assertEquals((await press(id, "viewer")).status, 403);
    for (const wrong of ["", "x", "999"]) assertEquals((await press(wrong)).status, 303);
    const undone =
      "select count(*)::int as n from profile_maintenances where restored_at is not null";
    assertEquals((await sql.unsafe(undone))[0].n, 0);

    const answer = await press(id);

    assertEquals(answer.headers.get("Location"), "/ui/results/profiles?id=user:nick");
    assertStringIncludes(decodeURIComponent(answer.headers.get("Set-Cookie")!), "Undone: ");
    const after = await sql`select id, key, value from entity_profile_attributes order by id`;
    assertEquals([...after], [...before]);
    const then = await pageOf(test, "?id=user:nick");
    assertStringIncludes(then, "It was undone by api:operator");
    assert(!then.includes("Undoes the maintenance"));
  },
);

databaseTest("a viewer is offered no undo, and who has no model is told so", async ({ sql }) => {
  await addNick(sql);
  await using test = await openTestApp(sql, { jobs: [profileMaintenance] });
  const empty = await pageOf(test, "?id=user:nick");
  assertStringIncludes(empty, "LLM_BASE_URL and PROFILE_MAINTENANCE_MODEL are not set");
  assertStringIncludes(empty, "/ui/jobs/profile_maintenance#run");
  assertStringIncludes(empty, "deno task run profile_maintenance");
  await using server = startLlmServer();
  const env = { LLM_BASE_URL: server.url, PROFILE_MAINTENANCE_MODEL: "rules" };
  await runJob(sql, profileMaintenance, { env, params: { again: true } });
  const page = await (await test.request("GET", "/ui/results/profiles?id=user:nick", {
    as: "viewer",
    headers: { Accept: "text/html" },
  })).text();
  assert(!page.includes("/ui/results/profiles/restore"));
});

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
