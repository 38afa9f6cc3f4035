import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listModelChanges, listModels } from "../../../jobs/matches/model_registry_store.ts";
import { refreshModelRegistry } from "../../../jobs/matches/refresh_model_registry.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { cardOf } from "../../support/matches_cards.ts";
import { MatchesServer } from "../../support/matches_server.ts";
import { itemsOf, resultOf, runJob } from "../../support/run_job.ts";

const NOTHING = { models: 0, new: 0, changed: 0, removed: 0, bad_cards: 0 };

databaseTest("without any setting the example cards are the models", async ({ sql }) => {
  assertEquals(await resultOf(sql, refreshModelRegistry), NOTHING);
  await sql`
    insert into model_card_examples (name, card)
    values ('low.json', ${sql.json(cardOf("low_1") as never)}), ('mid.json', ${
    sql.json(cardOf("mid_1") as never)
  })`;
  assertEquals(await resultOf(sql, refreshModelRegistry), { ...NOTHING, models: 2, new: 2 });
  assertEquals(await resultOf(sql, refreshModelRegistry), { ...NOTHING, models: 2 });
  assertEquals((await listModels(sql)).map(({ source }) => source), [
    "example:mid.json",
    "example:low.json",
  ]);
});

databaseTest(
  "what is new, changed and removed is recorded, and told as in seed 003",
  async ({ sql }) => {
    await using server = new MatchesServer();
    const env = { MODEL_CARDS_URL: `${server.url}/cards.json` };
    server.answer("/cards.json", { json: [cardOf("a"), cardOf("b")] });
    await resultOf(sql, refreshModelRegistry, { env });

    server.answer("/cards.json", { json: [cardOf("a"), cardOf("b"), cardOf("c")] });
    const added = await runJob(sql, refreshModelRegistry, { env });
    assertStringIncludes(await logOf(sql, added.id), "Model registry refreshed: 3 models (+1 new)");

    server.answer("/cards.json", { json: [cardOf("a", { features: 1 }), cardOf("c")] });
    const changed = await runJob(sql, refreshModelRegistry, { env });
    assertEquals(changed.result_json, { models: 2, new: 0, changed: 1, removed: 1, bad_cards: 0 });
    const log = await logOf(sql, changed.id);
    assertStringIncludes(log, "Model a is changed");
    assertStringIncludes(log, "Model b is removed");
    assertStringIncludes(log, "Model registry refreshed: 2 models (1 changed, -1 removed)");

    const changes = await sql`
    select model_id, change, card->'features' as now, previous->'features' as before
    from model_registry_changes
    order by change_id`;
    assertEquals([...changes], [
      { model_id: "a", change: "new", now: 3309, before: null },
      { model_id: "b", change: "new", now: 3309, before: null },
      { model_id: "c", change: "new", now: 3309, before: null },
      { model_id: "a", change: "changed", now: 1, before: 3309 },
      { model_id: "b", change: "removed", now: null, before: 3309 },
    ]);
    assertEquals((await listModelChanges(sql, 1)).map(({ change }) => change), ["removed"]);

    server.answer("/cards.json", { json: [cardOf("c")] });
    const last = await runJob(sql, refreshModelRegistry, { env });
    assertStringIncludes(
      await logOf(sql, last.id),
      "Model registry refreshed: 1 model (-1 removed)",
    );
  },
);

databaseTest("a bad card is an item that failed, and the others are read", async ({ sql }) => {
  await using server = new MatchesServer();
  const env = { MODEL_CARDS_URL: `${server.url}/cards/index.json` };
  server
    .answer("/cards/index.json", {
      json: [
        "good.json",
        "/cards/schema.json",
        "gone.json",
        `${server.url}/cards/fine.json`,
        "cut.json",
        "ftp://elsewhere/card",
        cardOf("inline"),
      ],
    })
    .answer("/cards/good.json", { json: cardOf("good") })
    .answer("/cards/schema.json", { json: { ...cardOf("schema"), features: "many" } })
    .answer("/cards/fine.json", { json: cardOf("fine") })
    .answer("/cards/cut.json", { text: '{"elo": "mi' });
  const run = await runJob(sql, refreshModelRegistry, {
    env,
    params: { request_timeout_ms: 1_000 },
  });
  // 3 of 7 are good: that is too few.
  assertEquals([run.status, run.reason], ["failed", "items"]);
  assertEquals((await listModels(sql)).map(({ model_id }) => model_id).sort(), [
    "fine",
    "good",
    "inline",
  ]);
  const failed = (await itemsOf(sql, run.id)).map(({ item }) => item.replace(server.url, ""));
  assertEquals(failed, [
    "/cards/cut.json",
    "/cards/gone.json",
    "/cards/index.json#ftp://elsewhere/card",
    "/cards/schema.json",
  ]);
  const [{ error }] = await sql`select error from run_items where item like '%schema.json'`;
  assertStringIncludes(error, "Not a model card: features: ");

  server.answer("/cards/index.json", { json: ["good.json", "/cards/schema.json", "fine.json"] });
  const better = await runJob(sql, refreshModelRegistry, { env });
  assertEquals([better.status, better.result_json], ["success", {
    models: 2,
    new: 0,
    changed: 0,
    removed: 1,
    bad_cards: 1,
  }]);
});

databaseTest("a model whose card turns bad stays as it was", async ({ sql }) => {
  await using server = new MatchesServer();
  const env = { MODEL_CARDS_URL: `${server.url}/index.json` };
  server.answer("/index.json", { json: ["a.json", "b.json"] })
    .answer("/a.json", { json: cardOf("a") }, { text: "", status: 404 })
    .answer("/b.json", { json: cardOf("b") });
  await resultOf(sql, refreshModelRegistry, { env });
  const before = await listModels(sql);
  const result = await resultOf(sql, refreshModelRegistry, { env });
  assertEquals(result, { models: 2, new: 0, changed: 0, removed: 0, bad_cards: 1 });
  assertEquals(await listModels(sql), before);
});

databaseTest("what has not changed is not sent again", async ({ sql }) => {
  await using server = new MatchesServer();
  const env = { MODEL_CARDS_URL: `${server.url}/index.json?token=secret` };
  const modified = { "Last-Modified": "Sun, 19 Jul 2026 20:15:00 GMT" };
  server
    .answer("/index.json?token=secret", { json: ["a.json?sig=1"], headers: { ETag: '"i"' } }, {
      json: 0,
      status: 304,
    })
    .answer("/a.json?sig=1", { json: cardOf("a"), headers: modified }, { json: 0, status: 304 });
  await resultOf(sql, refreshModelRegistry, { env });
  assertEquals(await resultOf(sql, refreshModelRegistry, { env }), { ...NOTHING, models: 1 });
  const [, index] = server.seen("/index.json?token=secret");
  const [, card] = server.seen("/a.json?sig=1");
  assertEquals(index.headers.get("If-None-Match"), '"i"');
  assertEquals(card.headers.get("If-Modified-Since"), modified["Last-Modified"]);
  const [{ kept }] =
    await sql`select jsonb_agg(to_jsonb(a))::text as kept from model_card_answers a`;
  assert(!kept.includes("secret"), kept);
});

for (
  const { failure, answer } of [
    { failure: "cannot be had", answer: { text: "", status: 404 } },
    { failure: "is no list", answer: { json: { models: [] } } },
    { failure: "is no JSON", answer: { text: "<html>" } },
  ]
) {
  databaseTest(
    `an index that ${failure} removes nothing and fails the attempt`,
    async ({ sql }) => {
      await using server = new MatchesServer();
      const env = { MODEL_CARDS_URL: `${server.url}/index.json` };
      server.answer("/index.json", { json: [cardOf("a")] });
      await resultOf(sql, refreshModelRegistry, { env });
      server.answer("/index.json", answer);
      const failing = {
        ...refreshModelRegistry,
        policies: { ...refreshModelRegistry.policies, retries: 0 },
      };
      const run = await runJob(sql, failing, { env });
      assertEquals(run.status, "failed");
      assertStringIncludes(run.error_message!, "/index.json");
      assertEquals((await listModels(sql)).length, 1);
    },
  );
}

databaseTest("an index of none removes every model", async ({ sql }) => {
  await using server = new MatchesServer();
  const env = { MODEL_CARDS_URL: `${server.url}/index.json` };
  server.answer("/index.json", { json: [cardOf("a"), cardOf("b")] }, { json: [] });
  await resultOf(sql, refreshModelRegistry, { env });
  assertEquals((await resultOf(sql, refreshModelRegistry, { env })).removed, 2);
  assertEquals((await listModels(sql)).length, 0);
});

databaseTest("of two cards for one model the one that it is known from holds", async ({ sql }) => {
  await using server = new MatchesServer();
  const env = { MODEL_CARDS_URL: `${server.url}/index.json` };
  server.answer("/index.json", { json: ["m.json"] }, { json: ["a.json", "m.json"] }, {
    json: ["a.json"],
  })
    .answer("/m.json", { json: cardOf("same") })
    .answer("/a.json", { json: cardOf("same", { features: 1 }) });
  await resultOf(sql, refreshModelRegistry, { env });
  const second = await runJob(sql, refreshModelRegistry, { env });
  assertEquals(second.status, "success");
  assertEquals((await itemsOf(sql, second.id)).map(({ item }) => item), [`${server.url}/a.json`]);
  assertEquals((await listModels(sql))[0].source, `${server.url}/m.json`);

  const third = await resultOf(sql, refreshModelRegistry, { env });
  assertEquals(third, { models: 1, new: 0, changed: 1, removed: 0, bad_cards: 0 });
  assertEquals((await listModels(sql))[0].source, `${server.url}/a.json`);
});

databaseTest("a card that is for another model now removes the one before", async ({ sql }) => {
  await using server = new MatchesServer();
  const env = { MODEL_CARDS_URL: `${server.url}/index.json` };
  server.answer("/index.json", { json: ["latest.json"] })
    .answer("/latest.json", { json: cardOf("old") }, { json: cardOf("new") });
  await resultOf(sql, refreshModelRegistry, { env });
  assertEquals(await resultOf(sql, refreshModelRegistry, { env }), {
    models: 1,
    new: 1,
    changed: 0,
    removed: 1,
    bad_cards: 0,
  });
});

databaseTest("cards come from a directory, and a file that is none is told", async ({ sql }) => {
  const directory = await Deno.makeTempDir();
  try {
    const env = { MODEL_CARDS_DIR: directory };
    for (const id of ["a", "b", "c"]) {
      await Deno.writeTextFile(`${directory}/${id}.json`, JSON.stringify(cardOf(id)));
    }
    await Deno.writeTextFile(`${directory}/cut.json`, '{"elo":');
    await Deno.writeTextFile(`${directory}/notes.txt`, "no card");
    const run = await runJob(sql, refreshModelRegistry, { env });
    assertEquals(run.result_json, { models: 3, new: 3, changed: 0, removed: 0, bad_cards: 1 });
    assertEquals([...await itemsOf(sql, run.id)], [{ item: "cut.json", status: "failed" }]);

    await Deno.writeTextFile(`${directory}/cut.json`, JSON.stringify(cardOf("mended")));
    const retried = await runJob(sql, refreshModelRegistry, { env, retryFailedOf: run.id });
    assertEquals(retried.result_json, { models: 4, new: 1, changed: 0, removed: 0, bad_cards: 0 });

    await Deno.remove(`${directory}/b.json`);
    assertEquals((await resultOf(sql, refreshModelRegistry, { env })).removed, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

databaseTest(
  "a directory that is not there fails the attempt and removes nothing",
  async ({ sql }) => {
    const failing = {
      ...refreshModelRegistry,
      policies: { ...refreshModelRegistry.policies, retries: 0 },
    };
    const run = await runJob(sql, failing, { env: { MODEL_CARDS_DIR: "/nowhere" } });
    assertEquals(run.status, "failed");
    assertStringIncludes(run.error_message!, "Cannot read MODEL_CARDS_DIR");
  },
);

databaseTest("the newest model of an elo group is current", async ({ sql }) => {
  await using server = new MatchesServer();
  server.answer("/index.json", {
    json: [
      cardOf("mid_1", { timestamp: "2025-10-18T13:00:00" }),
      cardOf("mid_2", { timestamp: "2025-10-19T13:00:00" }),
      cardOf("low_1", { elo: "low", timestamp: "2025-09-01T00:00:00" }),
    ],
  });
  await resultOf(sql, refreshModelRegistry, {
    env: { MODEL_CARDS_URL: `${server.url}/index.json` },
  });
  const models = await listModels(sql);
  assertEquals(models.map(({ model_id, current }) => [model_id, current]), [
    ["low_1", true],
    ["mid_2", true],
    ["mid_1", false],
  ]);
});

databaseTest("a dry run records nothing", async ({ sql }) => {
  await using server = new MatchesServer();
  server.answer("/index.json", { json: [cardOf("a")], headers: { ETag: '"i"' } });
  const env = { MODEL_CARDS_URL: `${server.url}/index.json` };
  const run = await runJob(sql, refreshModelRegistry, { env, dryRun: true });
  assertEquals(run.status, "success");
  const { would_change } = run.result_json as { would_change: Record<string, unknown> };
  assert("model_registry" in would_change);
  assertEquals(
    [(await listModels(sql)).length, (await sql`select from model_card_answers`).length],
    [0, 0],
  );
});

async function logOf(sql: Sql, runId: string): Promise<string> {
  const lines = await sql<{ message: string }[]>`
    select message
    from run_logs
    where run_id = ${runId}
    order by seq`;
  return lines.map(({ message }) => message).join("\n");
}
