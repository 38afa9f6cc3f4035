import { assert, assertEquals, assertMatch } from "@std/assert";
import { refreshHistoryIndex } from "../../../jobs/matches/refresh_history_index.ts";
import { refreshModelRegistry } from "../../../jobs/matches/refresh_model_registry.ts";
import { refreshPatchMeta } from "../../../jobs/matches/refresh_patch_meta.ts";
import { openTestApp, TEST_KEYS, testJob } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { MatchesServer } from "../../support/matches_server.ts";

const jobs = [refreshHistoryIndex, refreshModelRegistry, refreshPatchMeta];

databaseTest(
  "each of seed 003's addresses runs its job and answers when it is done",
  async ({ sql }) => {
    await using server = new MatchesServer();
    server.answer("/api/versions.json", { json: ["15.20.1"] });
    await using test = await openTestApp(sql, { jobs, env: { DATA_DRAGON_BASE_URL: server.url } });
    for (
      const [part, job, message] of [
        ["history-index", "refresh_history_index", "History index refresh completed successfully"],
        [
          "model-registry",
          "refresh_model_registry",
          "Model registry refresh completed successfully",
        ],
        ["patch-meta", "refresh_patch_meta", "Patch metadata refresh completed successfully"],
      ]
    ) {
      const response = await test.request("POST", `/admin/refresh/${part}`, {
        as: null,
        headers: { "X-STRATMANCER-KEY": TEST_KEYS.operator },
      });
      assertEquals(response.status, 200);
      assertEquals(await response.json(), { status: "success", job, message });
      assertMatch(response.headers.get("Location")!, /^\/runs\/[\w-]+$/);
    }
  },
);

databaseTest("without a key they are a 401, and viewers may not trigger", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs });
  const path = "/admin/refresh/model-registry";
  assertEquals((await test.request("POST", path, { as: null })).status, 401);
  assertEquals((await test.request("POST", path, { as: "viewer" })).status, 403);
  assertEquals((await sql`select from job_runs`).length, 0);
});

databaseTest("a refresh that fails says so, without what went wrong", async ({ sql }) => {
  const failing = testJob({
    id: "refresh_patch_meta",
    policies: { retries: 0 },
    run: () => Promise.reject(new Error("the password is hunter2")),
  });
  await using test = await openTestApp(sql, { jobs: [failing] });
  const response = await test.request("POST", "/admin/refresh/patch-meta");
  assertEquals(response.status, 500);
  const text = await response.text();
  assert(!text.includes("hunter2"), text);
  assertEquals(JSON.parse(text).status, "error");
});
