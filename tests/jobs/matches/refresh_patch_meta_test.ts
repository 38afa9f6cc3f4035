import { assert, assertEquals } from "@std/assert";
import { readChampionNames } from "../../../jobs/matches/champions_store.ts";
import { readPatch, readPlatform } from "../../../jobs/matches/patch_store.ts";
import { refreshPatchMeta } from "../../../jobs/matches/refresh_patch_meta.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { MatchesServer } from "../../support/matches_server.ts";
import { resultOf, runJob } from "../../support/run_job.ts";

const KEY = "RGAPI-00000000-secret";
const VERSIONS = "/api/versions.json";
const CHAMPIONS = "/cdn/15.20.1/data/en_US/champion.json";
const STATUS = "/lol/status/v4/platform-data";
const HEALTHY = { id: "EUW1", name: "EU West", locales: [], maintenances: [], incidents: [] };

function env(server: MatchesServer, more: Record<string, string> = {}): Record<string, string> {
  return {
    DATA_DRAGON_BASE_URL: server.url,
    RIOT_BASE_URL: `${server.url}/`,
    RIOT_API_KEY: KEY,
    ...more,
  };
}

databaseTest("the patch is Data Dragon's, the platform's health Riot's", async ({ sql }) => {
  await using server = new MatchesServer();
  server.answer(VERSIONS, { json: ["15.20.1", "15.19.1"] }).answer(STATUS, { json: HEALTHY });
  const before = Date.now();
  const result = await resultOf(sql, refreshPatchMeta, { env: env(server) });
  assertEquals(result, { patch: "15.20", source: "data_dragon", platform: "ok" });
  const patch = (await readPatch(sql))!;
  assertEquals([patch.patch, patch.source], ["15.20", "data_dragon"]);
  assert(Math.abs(patch.last_updated.getTime() - before) < 60_000);
  assertEquals((await readPlatform(sql))!.platform, "EUW1");
  assertEquals(server.seen(STATUS)[0].headers.get("X-Riot-Token"), KEY);
  assertEquals(server.seen(VERSIONS)[0].headers.get("X-Riot-Token"), null);
});

databaseTest("without a key Riot is not asked", async ({ sql }) => {
  await using server = new MatchesServer();
  server.answer(VERSIONS, { json: ["15.20.1"] });
  const result = await resultOf(sql, refreshPatchMeta, { env: env(server, { RIOT_API_KEY: "" }) });
  assertEquals(result, { patch: "15.20", source: "data_dragon", platform: null });
  assertEquals(server.seen(STATUS), []);
  assertEquals(await readPlatform(sql), undefined);
});

for (
  const { failure, answer } of [
    { failure: "says 500", answer: { text: "oops", status: 500 } },
    { failure: "is silent", answer: { hangs: true as const } },
    { failure: "breaks off", answer: { text: '["15.2' } },
    { failure: "says something else", answer: { json: { versions: [] } } },
    {
      failure: "wants a long pause",
      answer: { text: "", status: 429, headers: { "Retry-After": "600" } },
    },
  ]
) {
  databaseTest(
    `when Data Dragon ${failure}, the last known patch stays, with its time`,
    async ({ sql }) => {
      await using server = new MatchesServer();
      const options = {
        env: env(server, { RIOT_API_KEY: "", PATCH_FALLBACK: "14.1" }),
        params: { request_timeout_ms: 200 },
      };
      server.answer(VERSIONS, answer);
      assertEquals((await resultOf(sql, refreshPatchMeta, options)).source, "fallback");
      assertEquals((await readPatch(sql))!.patch, "14.1");

      server.answer(VERSIONS, { json: ["15.20.1"] });
      await resultOf(sql, refreshPatchMeta, options);
      const known = (await readPatch(sql))!;

      server.answer(VERSIONS, answer);
      const run = await runJob(sql, refreshPatchMeta, options);
      assertEquals([run.status, run.result_json], ["success", {
        patch: "15.20",
        source: "last_known",
        platform: null,
      }]);
      assertEquals(await readPatch(sql), { ...known, source: "last_known" });
      assert((await logOf(sql, run.id)).includes("Data Dragon did not give the patch"));
    },
  );
}

databaseTest(
  "the champions' names are those of the version, and stay when it does not give any",
  async ({ sql }) => {
    await using server = new MatchesServer();
    const options = { env: env(server, { RIOT_API_KEY: "" }) };
    const list = (entries: [key: string, name: string][]) => ({
      json: { data: Object.fromEntries(entries.map(([key, name]) => [name, { key, name }])) },
    });
    server.answer(VERSIONS, { json: ["15.20.1"] });
    server.answer(CHAMPIONS, list([["103", "Ahri"], ["64", "Li Sin"]]));
    await resultOf(sql, refreshPatchMeta, options);
    server.answer(CHAMPIONS, list([["64", "Lee Sin"]]));
    await resultOf(sql, refreshPatchMeta, options);
    const known = new Map([[103, "Ahri"], [64, "Lee Sin"]]);
    assertEquals(await readChampionNames(sql), known);

    server.answer(CHAMPIONS, { json: { data: [] } });
    const run = await runJob(sql, refreshPatchMeta, options);
    assertEquals([run.status, (await readPatch(sql))!.source], ["success", "data_dragon"]);
    assertEquals(await readChampionNames(sql), known);
    assert((await logOf(sql, run.id)).includes("Data Dragon did not give the champions' names"));
  },
);

databaseTest("429 with a short pause is waited for", async ({ sql }) => {
  await using server = new MatchesServer();
  server.answer(VERSIONS, { text: "", status: 429, headers: { "Retry-After": "1" } }, {
    json: ["15.20.1"],
  });
  const result = await resultOf(sql, refreshPatchMeta, { env: env(server, { RIOT_API_KEY: "" }) });
  assertEquals(result.source, "data_dragon");
  const [first, second] = server.seen(VERSIONS);
  assert(second.atMs - first.atMs >= 990);
});

databaseTest("a patch that changed is told", async ({ sql }) => {
  await using server = new MatchesServer();
  server.answer(VERSIONS, { json: ["15.20.1"] }).answer(STATUS, { json: HEALTHY });
  await resultOf(sql, refreshPatchMeta, { env: env(server) });
  server.answer(VERSIONS, { json: ["15.21.1"] });
  const run = await runJob(sql, refreshPatchMeta, { env: env(server) });
  assert((await logOf(sql, run.id)).includes("Patch changed from 15.20 to 15.21"));
});

for (
  const { failure, answer } of [
    { failure: "refuses the key", answer: { json: { status: { status_code: 403 } }, status: 403 } },
    {
      failure: "sends elsewhere",
      answer: { text: "", status: 302, headers: { Location: "http://127.0.0.1:1/" } },
    },
    { failure: "says something else", answer: { json: {} } },
    { failure: "repeats the key in an error", answer: { text: KEY, status: 200 } },
  ]
) {
  databaseTest(
    `when Riot ${failure}, the patch is known all the same, and the key told to nobody`,
    async ({ sql }) => {
      await using server = new MatchesServer();
      server.answer(VERSIONS, { json: ["15.20.1"] }).answer(STATUS, answer);
      const run = await runJob(sql, refreshPatchMeta, { env: env(server) });
      assertEquals(run.result_json, { patch: "15.20", source: "data_dragon", platform: null });
      const log = await logOf(sql, run.id);
      assert(log.includes("Riot did not give the platform's health"));
      const [{ everything }] = await sql`
      select concat(
        (select jsonb_agg(to_jsonb(r)) from job_runs r),
        (select jsonb_agg(to_jsonb(l)) from run_logs l)
      ) as everything`;
      assert(!everything.includes(KEY), everything);
    },
  );
}

databaseTest("a dry run asks and writes nothing", async ({ sql }) => {
  await using server = new MatchesServer();
  server.answer(VERSIONS, { json: ["15.20.1"] }).answer(STATUS, { json: HEALTHY });
  const run = await runJob(sql, refreshPatchMeta, { env: env(server), dryRun: true });
  const { result } = run.result_json as { result: unknown };
  assertEquals(result, { patch: "15.20", source: "data_dragon", platform: "ok" });
  assertEquals([await readPatch(sql), await readPlatform(sql)], [undefined, undefined]);
});

async function logOf(sql: Sql, runId: string): Promise<string> {
  const lines = await sql<{ message: string }[]>`
    select message
    from run_logs
    where run_id = ${runId}
    order by seq`;
  return lines.map(({ message }) => message).join("\n");
}
