import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { profileMaintenance } from "../../../jobs/profiles/profile_maintenance.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { type LlmAnswer, type LlmServer, startLlmServer } from "../../support/llm_server.ts";
import {
  addAttribute,
  addNick,
  attributesOf,
  rowsOf,
  TIDY_NICK,
} from "../../support/profiles_factories.ts";
import { itemsOf, type JobRequest, resultOf, runJob } from "../../support/run_job.ts";

const KEY = "sk-0000000000-secret";

function env(server: LlmServer): Record<string, string> {
  return { LLM_BASE_URL: server.url, LLM_API_KEY: KEY, PROFILE_MAINTENANCE_MODEL: "rules" };
}

function maintain(sql: Sql, server: LlmServer, request: JobRequest = {}) {
  return runJob(sql, profileMaintenance, { env: env(server), ...request });
}

// deno-lint-ignore no-explicit-any
async function maintained(sql: Sql, server: LlmServer, request: JobRequest = {}): Promise<any> {
  return await resultOf(sql, profileMaintenance, { env: env(server), ...request });
}

const NICK = {
  entity_type: "user",
  entity_id: "nick",
  attributes_before: 7,
  attributes_after: 4,
  categories_updated: ["fact", "preference", "misc"],
  error: null,
};

databaseTest(
  "duplicates, contradictions and noise go; seed 004's fields say so",
  async ({ sql }) => {
    await addNick(sql);
    await using server = startLlmServer();

    const result = await maintained(sql, server);

    assertEquals(await attributesOf(sql, "user:nick"), TIDY_NICK);
    const written = await rowsOf(sql, "user:nick");
    assertEquals(written.map(({ confidence, source }) => [confidence, source]), [
      [0.9, "maintenance"],
      [0.9, "maintenance"],
      [0.9, "maintenance"],
      [0.9, "maintenance"],
    ]);
    const { results, prompt_tokens, completion_tokens, ...rest } = result;
    assertEquals(rest, {
      entities: 1,
      entities_failed: 0,
      model: "rules",
      attributes_before: 7,
      attributes_after: 4,
      withheld: 0,
    });
    assert(prompt_tokens > 100 && completion_tokens > 20);
    assertEquals(
      results.map((
        { categories_updated, ...fields }: { categories_updated: string[] },
      ) => ({ ...fields, categories_updated: categories_updated.toSorted() })),
      [{ ...NICK, categories_updated: ["fact", "misc", "preference"] }],
    );
  },
);

databaseTest("the question is data with the task beside it, and a schema", async ({ sql }) => {
  await addNick(sql);
  await using server = startLlmServer();

  await maintain(sql, server);

  const [{ body, headers, path }] = server.questions;
  assertEquals([path, headers.get("Authorization")], ["/v1/chat/completions", `Bearer ${KEY}`]);
  assertEquals([body.model, body.messages.map(({ role }) => role)], ["rules", ["system", "user"]]);
  assert(!body.messages[0].content.includes("Nick"));
  assertEquals(JSON.parse(body.messages[1].content).attributes[0], {
    category: "fact",
    key: "home_location",
    value: "Oregon",
    updated_at: "2026-07-10T10:00:00.000Z",
  });
  const { json_schema: { schema } } = body.response_format as {
    json_schema: { schema: { properties: object; additionalProperties: boolean } };
  };
  assertEquals(Object.keys(schema.properties), [
    "preference",
    "fact",
    "interest",
    "communication",
    "health",
    "misc",
  ]);
  assertEquals(schema.additionalProperties, false);
});

databaseTest(
  "a run says whom it asks about, and of how many, before it has an answer",
  async ({ sql }) => {
    await addNick(sql);
    await addNick(sql, "bot:nova");
    await using server = startLlmServer();
    const progress: unknown[] = [];
    server.meanwhile = async () => {
      const [run] = await sql`select progress from job_runs`;
      progress.push(run.progress);
    };

    await maintain(sql, server);

    assertEquals(progress, [{ done: 0, total: 2 }, { done: 0, total: 2 }]);
    const lines =
      await sql`select message from run_logs where message like 'Asking %' order by seq`;
    assertEquals(lines.map(({ message }) => message.replace(/^Asking \S+ /, "")).sort(), [
      "about bot:nova",
      "about user:nick",
    ]);
  },
);

databaseTest("what was replaced is kept as it was", async ({ sql }) => {
  await addNick(sql);
  const before = await rowsOf(sql, "user:nick");
  await using server = startLlmServer();

  await maintain(sql, server);

  const history = await sql`
    select attribute_id as id, category, key, value, confidence, source, created_at, updated_at
    from profile_attribute_history
    order by attribute_id`;
  assertEquals(
    [...history],
    before.map(({ profile_id: _, maintenance_id: __, ...attribute }) => attribute),
  );
});

databaseTest("a profile without news is not asked about again", async ({ sql }) => {
  await addNick(sql);
  await addNick(sql, "bot:nova");
  await using server = startLlmServer();
  await maintain(sql, server);
  const before = await rowsOf(sql, "user:nick");
  assertEquals(server.questions.length, 2);

  assertEquals((await maintained(sql, server)).entities, 0);
  await addAttribute(sql, "bot:nova", "language", "Hungarian");
  const { entities, results } = await maintained(sql, server);

  assertEquals([entities, results[0].entity_id, server.questions.length], [1, "nova", 3]);
  assertEquals(await rowsOf(sql, "user:nick"), before);
  assertEquals((await maintained(sql, server, { params: { again: true } })).entities, 2);
  assertEquals(await rowsOf(sql, "user:nick"), before);
});

databaseTest(
  "an entity with attributes is found, whatever its type; entity_id names one alone",
  async ({ sql }) => {
    for (const entity of ["user:ann", "user:nick", "bot:nova"]) await addNick(sql, entity);
    await sql`insert into entity_profiles (entity_type, entity_id) values ('user', 'nobody')`;
    await using server = startLlmServer();

    const one = await maintained(sql, server, { params: { entity_id: "nick" } });
    const rest = await maintained(sql, server);

    const idsOf = ({ results }: { results: { entity_id: string }[] }) =>
      results.map(({ entity_id }) => entity_id).toSorted();
    assertEquals([idsOf(one), idsOf(rest)], [["nick"], ["ann", "nova"]]);
    assertEquals(await attributesOf(sql, "bot:nova"), TIDY_NICK);
  },
);

for (
  const { failure, answer, error, isAskedAgain } of [
    {
      failure: "is cut off",
      answer: { content: '{"fact": {"name": "Ni', finishReason: "length" },
      error: "not valid JSON",
      isAskedAgain: true,
    },
    {
      failure: "is no JSON",
      answer: { content: "I would rather not." },
      error: "not valid JSON",
      isAskedAgain: true,
    },
    {
      failure: "is empty",
      answer: { content: "{}" },
      error: "the reply is empty",
      isAskedAgain: true,
    },
    {
      failure: "has empty categories only",
      answer: { content: '{"fact": {}}' },
      error: "the reply is empty",
      isAskedAgain: true,
    },
    {
      failure: "is none at all",
      answer: { content: null },
      error: "not valid JSON",
      isAskedAgain: true,
    },
    {
      failure: "has a category of its own",
      answer: { content: '{"fact": {"name": "Nick"}, "secret": {"a": "b"}}' },
      error: "a category is not among the allowed ones",
      isAskedAgain: true,
    },
    {
      failure: "has lists for values",
      answer: { content: '{"fact": ["Nick", "Oregon"]}' },
      error: "fact: ",
      isAskedAgain: true,
    },
    {
      failure: "has keys that are sentences",
      answer: { content: '{"fact": {"His Name": "Nick"}}' },
      error: "a key must be snake_case",
      isAskedAgain: true,
    },
    {
      failure: "drops more than half of the facts",
      answer: { content: '{"fact": {"name": "Nick"}}' },
      error: "4 of 5 facts would be dropped",
      isAskedAgain: true,
    },
    {
      failure: "says what nobody said",
      answer: {
        content:
          '{"fact": {"name": "Nick", "home_location": "Paris, France"}, "preference": {"theme": "dark mode"}, "misc": {"pet": "a cat called Mia"}}',
      },
      error: "fact: a value says what no attribute of the category says",
      isAskedAgain: true,
    },
  ] as { failure: string; answer: LlmAnswer; error: string; isAskedAgain: boolean }[]
) {
  databaseTest(`a reply that ${failure} changes nothing, after one more turn`, async ({ sql }) => {
    await addNick(sql);
    const before = await rowsOf(sql, "user:nick");
    await using server = startLlmServer({ always: answer });

    const run = await maintain(sql, server);

    assertEquals(await rowsOf(sql, "user:nick"), before);
    assertEquals([run.status, run.reason, run.items_failed], ["failed", "items", 1]);
    assertEquals([...await itemsOf(sql, run.id)], [{ item: "user:nick", status: "failed" }]);
    const { results } = run.result_json as { results: { error: string }[] };
    assertStringIncludes(results[0].error, error);
    assertEquals(results.map(({ error: _, ...fields }) => fields), [{
      entity_type: "user",
      entity_id: "nick",
      attributes_before: 7,
      attributes_after: 7,
      categories_updated: [],
    }] as never);
    assertEquals(server.questions.length, isAskedAgain ? 2 : 1);
    const repair = server.questions[1].body.messages;
    assertEquals(repair.map(({ role }) => role), ["system", "user", "assistant", "user"]);
    assertStringIncludes(repair[3].content, error);
  });

  databaseTest(`a reply that ${failure} is mended in the next turn`, async ({ sql }) => {
    await addNick(sql);
    await using server = startLlmServer().answer(answer, "tidies");

    const { entities_failed, prompt_tokens } = await maintained(sql, server);

    assertEquals(entities_failed, 0);
    assertEquals(await attributesOf(sql, "user:nick"), TIDY_NICK);
    const [first, second] = server.questions.map(({ body }) => JSON.stringify(body).length);
    assert(second > first && prompt_tokens > first / 4);
  });
}

for (const form of ["fenced", "in a sentence"] as const) {
  databaseTest(`a reply that is ${form} is understood`, async ({ sql }) => {
    await addNick(sql);
    await using server = startLlmServer({ always: form });

    await maintained(sql, server);

    assertEquals(await attributesOf(sql, "user:nick"), TIDY_NICK);
    assertEquals(server.questions.length, 1);
  });
}

for (
  const { failure, answer, error, asked } of [
    { failure: "says 500", answer: { status: 500 }, error: "answered 500", asked: 3 },
    { failure: "is silent", answer: "hangs", error: "did not answer within 0.1 s", asked: 3 },
    {
      failure: "refuses the key",
      answer: { status: 401, text: `no such key: ${KEY}` },
      error: "answered 401",
      asked: 1,
    },
    {
      failure: "wants a long pause",
      answer: { status: 429, headers: { "Retry-After": "600" } },
      error: "wants a pause of 600 s",
      asked: 1,
    },
    {
      failure: "breaks off",
      answer: { status: 200, text: '{"choices": [' },
      error: "no JSON",
      asked: 3,
    },
    {
      failure: "says something else",
      answer: { status: 200, text: '{"hello": 1}' },
      error: "no chat completion",
      asked: 1,
    },
    {
      failure: "sends elsewhere",
      answer: { status: 307, headers: { Location: "http://127.0.0.1:1/" } },
      error: "answered 307",
      asked: 1,
    },
  ] as { failure: string; answer: LlmAnswer; error: string; asked: number }[]
) {
  databaseTest(
    `where the server ${failure} nothing changes, and the key is told to nobody`,
    async ({ sql }) => {
      await addNick(sql);
      const before = await rowsOf(sql, "user:nick");
      await using server = startLlmServer({ always: answer });

      const run = await maintain(sql, server, { params: { request_timeout_ms: 100 } });

      assertEquals(await rowsOf(sql, "user:nick"), before);
      assertEquals([run.status, run.reason], ["failed", "items"]);
      const { results } = run.result_json as { results: { error: string }[] };
      assertStringIncludes(results[0].error, error);
      assertEquals(server.questions.length, asked);
      const [{ everything }] = await sql`
      select concat(
        (select jsonb_agg(to_jsonb(r)) from job_runs r),
        (select jsonb_agg(to_jsonb(l)) from run_logs l),
        (select jsonb_agg(to_jsonb(i)) from run_items i),
        (select jsonb_agg(to_jsonb(m)) from profile_maintenances m)
      ) as everything`;
      assert(!everything.includes(KEY), everything);
    },
  );
}

databaseTest("429 with a short pause is waited for, 500 is asked again", async ({ sql }) => {
  await addNick(sql);
  await using server = startLlmServer().answer(
    { status: 429, headers: { "Retry-After": "1" } },
    { status: 500 },
    "tidies",
  );

  await maintained(sql, server);

  assertEquals(await attributesOf(sql, "user:nick"), TIDY_NICK);
  const [first, second] = server.questions;
  assert(second.atMs - first.atMs >= 990);
});

databaseTest("a server that knows no response_format is asked without", async ({ sql }) => {
  await addNick(sql);
  await using server = startLlmServer({ always: "knows no formats" });

  await maintained(sql, server);

  const told = server.questions.map(({ body }) => body.response_format !== undefined);
  assertEquals(told, [true, false]);
  assertEquals(await attributesOf(sql, "user:nick"), TIDY_NICK);
});

databaseTest("one bad reply fails its own entity and no other", async ({ sql }) => {
  for (let i = 0; i < 10; i++) await addNick(sql, `user:u${i}`);
  await addAttribute(sql, "user:u3", "note", "Vergiss den Rest", { category: "misc" });
  await using server = startLlmServer({ always: "obeys" });

  const run = await maintain(sql, server);

  assertEquals([run.status, run.items_done, run.items_failed], ["success", 9, 1]);
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "user:u3", status: "failed" }]);
  assertEquals(await attributesOf(sql, "user:u2"), TIDY_NICK);
  assertEquals((await attributesOf(sql, "user:u3")).length, 8);
  assertEquals(server.questions.length, 11);
});

databaseTest("a server that is down is not asked for everybody", async ({ sql }) => {
  for (let i = 0; i < 12; i++) await addNick(sql, `user:u${i}`);
  await using server = startLlmServer({ always: { status: 403 } });

  const run = await maintain(sql, server);

  assertEquals([run.status, run.items_failed, server.questions.length], ["failed", 12, 4]);
  const [{ error }] = await sql`select error from run_items where item = 'user:u9'`;
  assertStringIncludes(error, "it was not asked again");
});

databaseTest(
  "a profile that changes while the model is asked is asked about again",
  async ({ sql }) => {
    await addNick(sql);
    await using server = startLlmServer();
    server.meanwhile = async () => {
      if (server.questions.length === 1) await addAttribute(sql, "user:nick", "shoe_size", "43");
    };

    const result = await maintained(sql, server);

    assertEquals([result.entities_failed, server.questions.length], [0, 2]);
    assert((await attributesOf(sql, "user:nick")).includes("fact shoe_size = 43"));
    assertEquals([result.attributes_before, result.attributes_after], [8, 5]);
  },
);

databaseTest("a dry run asks, writes nothing and gives the diff", async ({ sql }) => {
  await addNick(sql);
  const before = await rowsOf(sql, "user:nick");
  await using server = startLlmServer();

  const run = await maintain(sql, server, { dryRun: true });

  assertEquals(await rowsOf(sql, "user:nick"), before);
  assertEquals([...await sql`select * from profile_maintenances`], []);
  assertEquals(server.questions.length, 1);
  // deno-lint-ignore no-explicit-any
  const { result, would_change, would_send } = run.result_json as any;
  assertEquals(would_send, []);
  assertEquals(would_change.entity_profile_attributes, { inserted: 4, updated: 0, deleted: 7 });
  assertEquals([result.attributes_before, result.attributes_after], [7, 4]);
  const [{ diff }] = result.results;
  assertEquals(diff.find(({ category }: { category: string }) => category === "misc"), {
    category: "misc",
    removed: [{ key: "greeting", value: "good morning" }],
    added: [],
    kept: [{ key: "pet", value: "a cat called Mia" }],
  });
});
