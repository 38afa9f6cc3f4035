import { assert, assertEquals, assertMatch } from "@std/assert";
import { importMatches } from "../../../jobs/matches/matches_store.ts";
import { refreshHistoryIndex } from "../../../jobs/matches/refresh_history_index.ts";
import { refreshModelRegistry } from "../../../jobs/matches/refresh_model_registry.ts";
import { refreshPatchMeta } from "../../../jobs/matches/refresh_patch_meta.ts";
import { openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { cardOf } from "../../support/matches_cards.ts";
import { aMatch, countPairs, readMatches, someMatches } from "../../support/matches_factories.ts";
import { MatchesServer } from "../../support/matches_server.ts";
import { resultOf } from "../../support/run_job.ts";

const INDEX = "/matches/history-index.json";

databaseTest("the history index is a 404 before the first refresh", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const response = await test.request("GET", INDEX);
  assertEquals(response.status, 404);
  assertMatch((await response.json()).detail, /refresh_history_index/);
});

databaseTest("the history index has each pair with its smoothed win rate", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await importMatches(sql, someMatches(100));
  await resultOf(sql, refreshHistoryIndex);
  const response = await test.request("GET", INDEX, { as: "viewer" });
  assertEquals(response.headers.get("Content-Type"), "application/json");
  const { synergy, counter, ...rest } = await response.json();
  const pairs = countPairs(await readMatches(sql));
  assertEquals(rest, { matches: 100, champion_pairs: pairs.length, prior: { wins: 5, games: 10 } });
  const rate = (wins: number, games: number) => Math.round((wins + 5) / (games + 10) * 1e4) / 1e4;
  assertEquals(
    synergy,
    pairs.filter(({ kind }) => kind === "synergy").map(({ champion, other, games, wins }) => ({
      champions: [champion, other],
      games,
      wins,
      win_rate: rate(wins, games),
    })),
  );
  assertEquals(
    counter,
    pairs.filter(({ kind }) => kind === "counter").map(({ champion, other, games, wins }) => ({
      champion,
      opponent: other,
      games,
      wins,
      win_rate: rate(wins, games),
    })),
  );
});

databaseTest("an index of nothing is valid JSON", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await resultOf(sql, refreshHistoryIndex);
  assertEquals(await test.getJson(INDEX), {
    matches: 0,
    champion_pairs: 0,
    prior: { wins: 5, games: 10 },
    synergy: [],
    counter: [],
  });
});

databaseTest(
  "who has the index is told that nothing has changed, until it has",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await importMatches(sql, someMatches(20));
    await resultOf(sql, refreshHistoryIndex);
    const first = await test.request("GET", INDEX);
    const body = new Uint8Array(await first.arrayBuffer());
    const etag = first.headers.get("ETag")!;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body)).toHex();
    assertEquals(etag, `"${digest}"`);

    const ask = (ifNoneMatch: string, method = "GET") =>
      test.request(method, INDEX, { headers: { "If-None-Match": ifNoneMatch } });
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const response = await ask(known);
      assertEquals([response.status, await response.text()], [304, ""]);
      assertEquals(response.headers.get("ETag"), etag);
      assertEquals(response.headers.get("Cache-Control"), "private, no-cache");
    }
    assertEquals((await ask(etag, "HEAD")).status, 304);
    for (const unknown of ['"other"', digest]) {
      const response = await ask(unknown);
      assertEquals([response.status, (await response.text()).length], [200, body.length]);
    }

    await resultOf(sql, refreshHistoryIndex, { params: { full: true } });
    assertEquals((await ask(etag)).status, 304);
    await importMatches(sql, [aMatch()]);
    await resultOf(sql, refreshHistoryIndex);
    const changed = await ask(etag);
    assertEquals(changed.status, 200);
    assert(changed.headers.get("ETag") !== etag);
    await changed.body!.cancel();
  },
);

databaseTest(
  "who reads slowly gets the version that was asked for, without a transaction",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await importMatches(sql, someMatches(20));
    await resultOf(sql, refreshHistoryIndex);
    const whole = await (await test.request("GET", INDEX)).text();

    const slow =
      (await test.app.request(INDEX, { headers: { "X-API-Key": "viewer-key-of-a-test" } }))
        .body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await slow.read()).value!;
    await importMatches(sql, [aMatch()]);
    await resultOf(sql, refreshHistoryIndex);
    for (let part = await slow.read(); !part.done; part = await slow.read()) text += part.value;
    assertEquals(text, whole);
  },
);

databaseTest("the patch is the configured one before it was ever refreshed", async ({ sql }) => {
  await using test = await openTestApp(sql, { env: { PATCH_FALLBACK: "15.20.1" } });
  assertEquals(await test.getJson("/matches/patch"), {
    patch: "15.20",
    last_updated: null,
    source: "fallback",
  });
  assertEquals((await test.request("GET", "/matches/platform")).status, 404);
});

databaseTest("the patch and the platform are read as seed 003 has them", async ({ sql }) => {
  await using server = new MatchesServer();
  await using test = await openTestApp(sql);
  server.answer("/api/versions.json", { json: ["15.21.1"] })
    .answer("/lol/status/v4/platform-data", {
      json: { id: "EUW1", name: "EU West", maintenances: [], incidents: [] },
    });
  const env = {
    DATA_DRAGON_BASE_URL: server.url,
    RIOT_BASE_URL: server.url,
    RIOT_API_KEY: "RGAPI-test",
  };
  await resultOf(sql, refreshPatchMeta, { env });
  const { last_updated, ...patch } = await test.getJson("/matches/patch");
  assertEquals(patch, { patch: "15.21", source: "data_dragon" });
  assertMatch(last_updated, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const { checked_at: _, ...platform } = await test.getJson("/matches/platform");
  assertEquals(platform, {
    platform: "EUW1",
    name: "EU West",
    health: "ok",
    incidents: 0,
    maintenances: 0,
  });
});

databaseTest("the models are read with what changed last", async ({ sql }) => {
  await using server = new MatchesServer();
  await using test = await openTestApp(sql);
  server.answer("/index.json", { json: [cardOf("mid_1")] });
  await resultOf(sql, refreshModelRegistry, {
    env: { MODEL_CARDS_URL: `${server.url}/index.json` },
  });
  const { total, models, changes } = await test.getJson("/matches/models");
  assertEquals([total, models[0].model_id, models[0].current], [1, "mid_1", true]);
  assertEquals(models[0].card, cardOf("mid_1"));
  assertEquals([changes[0].model_id, changes[0].change], ["mid_1", "new"]);
});

databaseTest(
  "matches are taken in by an admin alone, and checked field by field",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const send = (matches: unknown[], as: "admin" | "operator" = "admin") =>
      test.request("POST", "/matches/import", { as, json: { matches } });
    assertEquals((await send([aMatch()], "operator")).status, 403);
    assertEquals(await (await send([aMatch()])).json(), { added: 1, corrected: 0, unchanged: 0 });
    assertEquals(await (await send([aMatch({ blue_win: false })])).json(), {
      added: 0,
      corrected: 1,
      unchanged: 0,
    });
    const refused = await send([aMatch(), { ...aMatch(), blue_picks: [1] }]);
    assertEquals(refused.status, 422);
    assertEquals(Object.keys((await refused.json()).errors), ["matches.1.blue_picks"]);
    assertEquals((await send([])).status, 422);
    assertEquals((await send(someMatches(2_001))).status, 422);
    assertEquals((await readMatches(sql)).length, 1);
  },
);
