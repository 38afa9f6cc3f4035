import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Sql } from "../../lib/db/sql.ts";
import { openTestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

async function countRuns(sql: Sql): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`select count(*)::int as count from job_runs`;
  return count;
}

const RUN = "/jobs/count_words/run";

databaseTest("a run that is waited for is a 200 with the settled run", async ({ sql }) => {
  const job = testJob({
    run: (ctx) => Promise.resolve({ counted: (ctx.params as { days: number }).days * 2 }),
  });
  await using test = await openTestApp(sql, { jobs: [job] });
  const response = await test.request("POST", RUN, {
    as: "operator",
    json: { params: { days: 7 } },
    headers: { Prefer: "respond-async, wait=30" },
  });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Preference-Applied"), "wait=30");
  const { run } = await response.json();
  assertEquals([run.status, run.trigger, run.attempt], ["success", "manual", 1]);
  assertEquals([run.params, run.result_json], [{ days: 7 }, { counted: 14 }]);
  assertEquals(run.triggered_by, "api:operator");
});

databaseTest(
  "a run that is not waited for is a 202 with its place, and goes on",
  async ({ sql }) => {
    const gate = Promise.withResolvers<void>();
    await using test = await openTestApp(sql, { jobs: [testJob({ run: () => gate.promise })] });
    const response = await test.request("POST", RUN);
    assertEquals(response.status, 202);
    assertEquals(response.headers.get("Preference-Applied"), null);
    const { run } = await response.json();
    assertEquals(run.status, "running");
    assertEquals(response.headers.get("Location"), `/runs/${run.id}`);
    assertEquals((await test.getJson(`/jobs/count_words`)).running, 1);
    gate.resolve();
    assertEquals((await test.engine.waitForRun(run.id, 10_000)).status, "success");
  },
);

databaseTest("a run that takes longer than the wait is a 202", async ({ sql }) => {
  const gate = Promise.withResolvers<void>();
  await using test = await openTestApp(sql, { jobs: [testJob({ run: () => gate.promise })] });
  const response = await test.request("POST", RUN, { headers: { Prefer: "wait=0" } });
  assertEquals(response.status, 202);
  assertEquals(response.headers.get("Preference-Applied"), "wait=0");
  assertMatch(response.headers.get("Location")!, /^\/runs\/[0-9a-f-]{36}$/);
  gate.resolve();
  await test.engine.idle();
});

databaseTest(
  "a second run of a job that never overlaps is a 409 that names the first",
  async ({ sql }) => {
    const gate = Promise.withResolvers<void>();
    await using test = await openTestApp(sql, { jobs: [testJob({ run: () => gate.promise })] });
    const { run } = await (await test.request("POST", RUN)).json();
    const response = await test.request("POST", RUN);
    assertEquals(response.status, 409);
    const problem = await response.json();
    assertEquals(problem.type, "urn:edge-cron:problem:conflict");
    assertEquals([problem.status, problem.run_id], [409, run.id]);
    assertStringIncludes(problem.detail, run.id);
    gate.resolve();
    await test.engine.idle();
  },
);

databaseTest(
  "an Idempotency-Key gives the same run again, and a 409 for another body",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const headers = { "Idempotency-Key": "tonight", Prefer: "wait=30" };
    const request = async (days: number) =>
      await (await test.request("POST", RUN, { headers, json: { params: { days } } })).json();
    const first = await request(1);
    assertEquals((await request(1)).run.id, first.run.id);
    assertEquals((await request(2)).status, 409);
    assertEquals(await countRuns(sql), 1);
  },
);

databaseTest("as_of is taken with any offset and kept as the instant", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const json = { as_of: "2026-03-29T04:30:00+02:00" };
  const { run } = await (await test.request("POST", RUN, { json })).json();
  assertEquals(run.as_of, "2026-03-29T02:30:00.000Z");
  await test.engine.idle();
});

databaseTest(
  "an unknown job is a 404 with the nearest id, and nothing is recorded",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const response = await test.request("POST", "/jobs/count_word/run");
    assertEquals(response.status, 404);
    assertStringIncludes((await response.json()).detail, 'Did you mean "count_words"?');
    assertEquals(await countRuns(sql), 0);
  },
);

const WRONG: Record<string, { body: string; fields: string[] }> = {
  "cut-off JSON": { body: '{"params": {', fields: ["body"] },
  "no JSON": { body: "days=3", fields: ["body"] },
  "an array": { body: "[]", fields: ["body"] },
  "a text": { body: '"days"', fields: ["body"] },
  "an unknown field": { body: '{"parms": {}, "force": 1}', fields: ["parms", "force"] },
  "parameters that are no object": { body: '{"params": [1]}', fields: ["params"] },
  "a wrong parameter": { body: '{"params": {"days": 0}}', fields: ["params.days"] },
  "an unknown parameter": { body: '{"params": {"weeks": 1}}', fields: ["params.weeks"] },
  "several at once": {
    body: '{"dry_run": "yes", "bot_id": "", "as_of": "yesterday"}',
    fields: ["dry_run", "bot_id", "as_of"],
  },
  "an as_of without offset": { body: '{"as_of": "2026-01-01T00:00:00"}', fields: ["as_of"] },
  "an as_of in the future": { body: '{"as_of": "2999-01-01T00:00:00Z"}', fields: ["as_of"] },
  "an as_of that is no year of ours": {
    body: '{"as_of": "0000-01-01T00:00:00Z"}',
    fields: ["as_of"],
  },
  "an as_of beyond four digits": {
    body: '{"as_of": "9999-12-31T23:59:59-01:00"}',
    fields: ["as_of"],
  },
  "a character that cannot be stored": {
    body: '{"params": {"days": "\\u0000"}, "bot_id": "\\ud800"}',
    fields: ["params.days", "bot_id"],
  },
  "a name that cannot be stored": { body: '{"params": {"\\u0000": 1}}', fields: ["params"] },
  "bottomless nesting": {
    body: `{"params": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    fields: ["params"],
  },
};

databaseTest(
  "every wrong body is a 422 that names its fields, and nothing is recorded",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    for (const [what, { body, fields }] of Object.entries(WRONG)) {
      const response = await test.request("POST", RUN, { body });
      assertEquals(response.status, 422, what);
      assertEquals(response.headers.get("Content-Type"), "application/problem+json");
      const { errors } = await response.json();
      assertEquals(Object.keys(errors).toSorted(), fields.toSorted(), what);
      for (const messages of Object.values(errors) as string[][]) {
        assert(messages.every((message) => message.length > 0), what);
      }
    }
    assertEquals(await countRuns(sql), 0);
  },
);

databaseTest("an Idempotency-Key that is too long or empty is a 422", async ({ sql }) => {
  await using test = await openTestApp(sql);
  for (const key of ["", "x".repeat(256)]) {
    const response = await test.request("POST", RUN, { headers: { "Idempotency-Key": key } });
    assertEquals(response.status, 422);
    assertEquals(Object.keys((await response.json()).errors), ["Idempotency-Key"]);
  }
  assertEquals(await countRuns(sql), 0);
});

databaseTest("a dry run of a job that has none is a 422", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs: [testJob({ dryRun: false })] });
  const response = await test.request("POST", RUN, { json: { dry_run: true } });
  assertEquals(response.status, 422);
  assertEquals(Object.keys((await response.json()).errors), ["dry_run"]);
  assertEquals(await countRuns(sql), 0);
});
