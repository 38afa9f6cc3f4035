import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { memoryConsolidation } from "../../../jobs/profiles/memory_consolidation.ts";
import { profileMaintenance } from "../../../jobs/profiles/profile_maintenance.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { startLlmServer } from "../../support/llm_server.ts";
import {
  addAttribute,
  addMemory,
  addNick,
  attributesOf,
  rowsOf,
  TIDY_NICK,
} from "../../support/profiles_factories.ts";
import { type JobRequest, MONDAY_NOON, runJob } from "../../support/run_job.ts";

async function maintain(sql: Sql, request: JobRequest = {}) {
  await using server = startLlmServer();
  const env = { LLM_BASE_URL: server.url, PROFILE_MAINTENANCE_MODEL: "rules" };
  const run = await runJob(sql, profileMaintenance, { env, ...request });
  return { run, questions: server.questions.length };
}

const RESTORE = "/profiles/user/nick/restore";

databaseTest(
  "a profile is shown with its last maintenance and what that changed",
  async ({ sql }) => {
    await addNick(sql);
    await using test = await openTestApp(sql);
    const before = await test.getJson("/profiles/user/nick", { as: "viewer" });
    assertEquals([before.attributes.length, before.last_maintenance], [7, null]);

    const { run } = await maintain(sql);

    const { attributes, last_maintenance: last } = await test.getJson("/profiles/user/nick");
    assertEquals(
      attributes.map(({ category, key, value, source, confidence }: Record<string, unknown>) =>
        `${category} ${key} = ${value}, ${source} ${confidence}`
      ),
      TIDY_NICK.map((line) => `${line}, maintenance 0.9`),
    );
    assertEquals(
      [last.run_id, last.model, last.attributes_before, last.attributes_after, last.error],
      [run.id, "rules", 7, 4, null],
    );
    assertEquals(last.diff.find(({ category }: { category: string }) => category === "fact"), {
      category: "fact",
      removed: [{ key: "home_location", value: "Ohio" }],
      added: [],
      kept: [{ key: "home_location", value: "Oregon" }, { key: "name", value: "Nick" }],
    });
  },
);

databaseTest("history comes newest first, in pages, with what failed", async ({ sql }) => {
  await addNick(sql);
  await maintain(sql);
  await addAttribute(sql, "user:nick", "language", "Hungarian");
  await using server = startLlmServer({ always: { content: "no" } });
  const env = { LLM_BASE_URL: server.url, PROFILE_MAINTENANCE_MODEL: "rules" };
  await runJob(sql, profileMaintenance, { env });
  await using test = await openTestApp(sql);

  const first = await test.getJson("/profiles/user/nick/history?limit=1", { as: "viewer" });
  const rest = await test.getJson(`/profiles/user/nick/history?cursor=${first.next_cursor}`);

  assertStringIncludes(first.maintenances[0].error, "not valid JSON");
  assertEquals([first.maintenances[0].diff, first.maintenances[0].attributes_after], [[], 5]);
  assertEquals([rest.maintenances.length, rest.maintenances[0].attributes_before], [1, 7]);
  assertEquals(rest.next_cursor, null);
});

databaseTest("entities are listed in pages, and found by a part of the id", async ({ sql }) => {
  for (const entity of ["user:ann", "user:joanna", "bot:nova"]) {
    await addAttribute(sql, entity, "name", "x");
  }
  await addMemory(sql, "user:ann", "Sings");
  await using test = await openTestApp(sql);

  const first = await test.getJson("/profiles?limit=2", { as: "viewer" });
  const rest = await test.getJson(`/profiles?limit=2&cursor=${first.next_cursor}`);

  assertEquals(first.profiles, [
    {
      entity_type: "bot",
      entity_id: "nova",
      attributes: 1,
      memories: 0,
      last_maintenance_at: null,
    },
    {
      entity_type: "user",
      entity_id: "ann",
      attributes: 1,
      memories: 1,
      last_maintenance_at: null,
    },
  ]);
  assertEquals([rest.profiles.length, rest.next_cursor], [1, null]);
  const found = await test.getJson("/profiles?q=ANN");
  assertEquals(
    found.profiles.map(({ entity_id }: { entity_id: string }) => entity_id),
    ["ann", "joanna"],
  );
});

databaseTest("who is only remembered is listed and shown too", async ({ sql }) => {
  await addMemory(sql, "bot:nova", "Sings in a choir");
  await using test = await openTestApp(sql);

  const { profiles } = await test.getJson("/profiles");
  const { attributes, last_maintenance } = await test.getJson("/profiles/bot/nova");

  assertEquals(profiles, [
    {
      entity_type: "bot",
      entity_id: "nova",
      attributes: 0,
      memories: 1,
      last_maintenance_at: null,
    },
  ]);
  assertEquals([attributes, last_maintenance], [[], null]);
  assertEquals((await test.getJson("/profiles/bot/nova/history")).maintenances, []);
  assertEquals((await test.getJson("/profiles/bot/nova/memories")).memories.length, 1);
});

databaseTest(
  "memories are paged by when they were told and not by when they were written",
  async ({ sql }) => {
    const add = (day: string) =>
      addMemory(sql, "user:nick", `told on ${day}`, { createdAt: `2026-07-${day}T10:00:00Z` });
    const [late, early, middle, tied] = [
      await add("09"),
      await add("01"),
      await add("05"),
      await add("05"),
    ];
    await using test = await openTestApp(sql);
    const read: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: { memories: { id: string }[]; next_cursor: string | null } = await test.getJson(
        `/profiles/user/nick/memories?limit=1${cursor && `&cursor=${cursor}`}`,
      );
      read.push(...page.memories.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    assertEquals(read, [late, tied, middle, early]);
  },
);

databaseTest("memories are shown with where they came from", async ({ sql }) => {
  const old = await addMemory(sql, "user:nick", "Sings in a choir");
  const kept = await addMemory(sql, "user:nick", "Sings in a choir", { importance: 0.7 });
  await runJob(sql, memoryConsolidation);
  await using test = await openTestApp(sql);

  const live = await test.getJson("/profiles/user/nick/memories", { as: "viewer" });
  const archived = await test.getJson("/profiles/user/nick/memories?archived=true");

  assertEquals(live.memories.length, 1);
  const [memory] = live.memories;
  assertEquals([memory.id, memory.occurrences, memory.merged_from], [kept, 2, [old]]);
  assertEquals(archived.memories, [{
    id: old,
    content: "Sings in a choir",
    importance: 0.5,
    occurrences: 1,
    access_count: 0,
    last_accessed_at: null,
    created_at: "2026-07-01T00:00:00.000Z",
    archived_at: MONDAY_NOON.toISOString(),
    archive_reason: "merged",
    merged_into: kept,
    merged_from: [],
  }]);
});

databaseTest(
  "a restoration puts back what was, row by row, and is left alone afterwards",
  async ({ sql }) => {
    await addNick(sql);
    const before = await rowsOf(sql, "user:nick");
    await maintain(sql);
    await using test = await openTestApp(sql);

    const response = await test.request("POST", RESTORE, { as: "operator" });

    const { maintenance_id, ...restored } = await response.json();
    assertEquals([response.status, { ...restored, categories: restored.categories.toSorted() }], [
      200,
      {
        entity_type: "user",
        entity_id: "nick",
        categories: ["fact", "misc", "preference"],
        attributes_restored: 7,
        attributes_removed: 4,
      },
    ]);
    assertEquals(await rowsOf(sql, "user:nick"), before);
    const { last_maintenance } = await test.getJson("/profiles/user/nick");
    assertEquals([last_maintenance.id, last_maintenance.restored_by], [
      maintenance_id,
      "api:operator",
    ]);
    assertEquals((await maintain(sql)).questions, 0);
    await addAttribute(sql, "user:nick", "shoe_size", "43");
    assertEquals((await maintain(sql)).questions, 1);
  },
);

databaseTest("what somebody changed since then stays", async ({ sql }) => {
  await addNick(sql);
  await maintain(sql);
  await sql`update entity_profile_attributes set value = 'Nicholas' where key = 'name'`;
  await addAttribute(sql, "user:nick", "shoe_size", "43");
  await using test = await openTestApp(sql);

  await test.request("POST", RESTORE);

  const attributes = await attributesOf(sql, "user:nick");
  assertEquals(attributes.filter((line) => /name|shoe/.test(line)), [
    "fact name = Nicholas",
    "fact name = Nick",
    "fact shoe_size = 43",
  ]);
});

databaseTest("maintenances are undone in the opposite order, one by one", async ({ sql }) => {
  await addNick(sql);
  const before = await rowsOf(sql, "user:nick");
  await maintain(sql);
  const between = await attributesOf(sql, "user:nick");
  await addAttribute(sql, "user:nick", "name_again", "nick");
  await maintain(sql);
  await using test = await openTestApp(sql);
  const { maintenances: [last, first] } = await test.getJson("/profiles/user/nick/history");

  const wrong = await test.request("POST", RESTORE, { json: { maintenance_id: first.id } });
  assertEquals(wrong.status, 409);
  assertEquals((await wrong.json()).maintenance_id, last.id);
  const right = await test.request("POST", RESTORE, { json: { maintenance_id: last.id } });
  assertEquals(right.status, 200);
  assertEquals(
    await attributesOf(sql, "user:nick"),
    [...between, "fact name_again = nick"].toSorted(),
  );
  assertEquals((await test.request("POST", RESTORE)).status, 200);
  assertEquals((await test.request("POST", RESTORE)).status, 409);
  const rows = await rowsOf(sql, "user:nick");
  assertEquals(rows.filter(({ key }) => key !== "name_again"), before);
});

databaseTest(
  "history is forgotten after DATA_RETENTION_DAYS, but for each profile's last",
  async ({ sql }) => {
    await addNick(sql);
    await maintain(sql);
    await addAttribute(sql, "user:nick", "language", "Hungarian");
    await maintain(sql);
    await sql`update profile_maintenances set at = '2026-01-01T00:00:00Z'`;

    await maintain(sql);

    const kept = await sql`select id from profile_maintenances`;
    assertEquals(kept.length, 1);
    await using test = await openTestApp(sql);
    assertEquals((await test.request("POST", RESTORE)).status, 200);
  },
);

databaseTest(
  "an unknown entity is a 404, a wrong cursor or field a 422, no key a 401",
  async ({ sql }) => {
    await addNick(sql);
    await using test = await openTestApp(sql);
    for (const path of ["", "/history", "/memories"]) {
      for (const entity of ["user/nobody", "bot/nick", "cat/nick"]) {
        const response = await test.request("GET", `/profiles/${entity}${path}`);
        assertEquals([entity, path, response.status], [entity, path, 404]);
        assertStringIncludes((await response.json()).detail, "Nothing is known of the");
      }
    }
    assertEquals((await test.request("POST", "/profiles/user/nobody/restore")).status, 404);
    assertEquals((await test.request("GET", "/profiles", { as: null })).status, 401);
    assertEquals((await test.request("POST", RESTORE, { as: "viewer" })).status, 403);
    for (const query of ["/history?cursor=x", "/memories?archived=perhaps", "/history?limit=0"]) {
      const response = await test.request("GET", `/profiles/user/nick${query}`);
      assertEquals([query, response.status], [query, 422]);
    }
    const body = { maintenance_id: "1; drop table memories" };
    assertEquals((await test.request("POST", RESTORE, { json: body })).status, 422);
    assert((await rowsOf(sql, "user:nick")).length === 7);
  },
);
