import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HTTPException } from "hono/http-exception";
import { LostRunError, NotConfiguredError } from "../../lib/errors.ts";
import { MAX_BODY_BYTES } from "../../routes/input.ts";
import { TestApp, testAppWithoutDatabase } from "../support/app.ts";

/** A program with a route that throws what the test says. */
function appThatThrows(error: unknown): TestApp {
  const test = testAppWithoutDatabase();
  test.app.get("/throws", () => {
    throw error;
  });
  return test;
}

Deno.test("an unknown path is a 404 that says what was asked for", async () => {
  await using test = testAppWithoutDatabase();
  const response = await test.request("GET", "/jbos");
  assertEquals(response.status, 404);
  assertEquals(await response.json(), {
    type: "urn:edge-cron:problem:not_found",
    title: "Not found",
    status: 404,
    detail: "There is nothing at /jbos.",
  });
});

Deno.test("a method that a path does not take is a 405 with those that it takes", async () => {
  await using test = testAppWithoutDatabase();
  const reading = await test.request("DELETE", "/jobs/x");
  assertEquals(reading.status, 405);
  assertEquals(reading.headers.get("Allow"), "GET, HEAD");
  const acting = await test.request("GET", "/jobs/x/run");
  assertEquals(acting.status, 405);
  assertEquals(acting.headers.get("Allow"), "POST");
  assertEquals((await acting.json()).status, 405);
});

Deno.test("HEAD is answered wherever GET is, without a body", async () => {
  await using test = testAppWithoutDatabase();
  const response = await test.request("HEAD", "/docs");
  assertEquals(response.status, 200);
  assertEquals(await response.text(), "");
});

Deno.test("an unknown error reads Internal error outside and is logged with the request's id", async () => {
  await using test = appThatThrows(new Error("the password is hunter2"));
  const response = await test.request("GET", "/throws");
  assertEquals(response.status, 500);
  assertEquals(await response.json(), {
    type: "urn:edge-cron:problem:internal",
    title: "Internal error",
    status: 500,
    detail: "Internal error",
  });
  const line = test.logLines.find((line) => line.includes("the password is hunter2"))!;
  assertStringIncludes(line, `request_id=${response.headers.get("X-Request-Id")}`);
  assertStringIncludes(line, "problem_test.ts");
});

Deno.test("an HTTPException keeps the answer that it brought", async () => {
  const res = new Response("teapot", { status: 418 });
  await using test = appThatThrows(new HTTPException(418, { res }));
  const response = await test.request("GET", "/throws");
  assertEquals(response.status, 418);
  assertEquals(await response.text(), "teapot");
});

for (
  const [error, status] of [
    [new NotConfiguredError("LLM_BASE_URL is not set"), 409],
    [new LostRunError("taken away"), 409],
  ] as const
) {
  Deno.test(`${error.name} is answered with ${status} and its message`, async () => {
    await using test = appThatThrows(error);
    const response = await test.request("GET", "/throws");
    assertEquals(response.status, status);
    assertEquals((await response.json()).detail, error.message);
  });
}

Deno.test("facts of an error never take the place of the problem's own fields", async () => {
  await using test = appThatThrows(
    new NotConfiguredError("not set", { status: "running", detail: "x", run_id: "1" }),
  );
  assertEquals(await (await test.request("GET", "/throws")).json(), {
    type: "urn:edge-cron:problem:not_configured",
    title: "A setting is missing",
    status: 409,
    detail: "not set",
    run_id: "1",
  });
});

for (
  const path of ["/jobs", "/jobs/count_words", "/runs", "/api/v1/learn/stats/test_user"]
) {
  Deno.test(`${path} without its database is a 503 that says when to come again`, async () => {
    await using test = testAppWithoutDatabase();
    const response = await test.request("GET", path);
    assertEquals(response.status, 503);
    assertEquals(response.headers.get("Retry-After"), "5");
    assertEquals((await response.json()).title, "The database is not ready");
  });
}

Deno.test("running a job without the database is a 503 that says when to come again", async () => {
  await using test = testAppWithoutDatabase();
  const response = await test.request("POST", "/jobs/count_words/run");
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("Retry-After"), "5");
});

Deno.test("a database without its tables is a 503, not a defect", async () => {
  await using test = appThatThrows(
    Object.assign(new Error('relation "job_runs" does not exist'), { code: "42P01" }),
  );
  const response = await test.request("GET", "/throws");
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("Retry-After"), "5");
});

Deno.test("a body over 1 MB is refused before it is read, announced or not", async () => {
  await using test = testAppWithoutDatabase();
  const tooMuch = new Uint8Array(MAX_BODY_BYTES + 1).fill(32);
  const announced = await test.request("POST", "/jobs/count_words/run", {
    body: tooMuch,
    headers: { "Content-Length": String(tooMuch.byteLength) },
  });
  assertEquals(announced.status, 413);
  let chunksRead = 0;
  const endless = new ReadableStream({
    pull(controller) {
      chunksRead++;
      controller.enqueue(new Uint8Array(100_000).fill(32));
    },
  });
  const streamed = await test.request("POST", "/jobs/count_words/run", { body: endless });
  assertEquals(streamed.status, 413);
  assert(chunksRead < 20, `${chunksRead} chunks were read`);
});

Deno.test("a body of exactly 1 MB is read", async () => {
  await using test = testAppWithoutDatabase();
  const body = "{}".padEnd(MAX_BODY_BYTES);
  assertEquals((await test.request("POST", "/jobs/count_words/run", { body })).status, 503);
});

Deno.test("every answer has the security headers, whatever its status", async () => {
  await using test = testAppWithoutDatabase();
  const asked: [string, string, number][] = [
    ["GET", "/healthz", 200],
    ["GET", "/nothing", 404],
    ["DELETE", "/jobs", 405],
    ["GET", "/jobs", 503],
    ["POST", "/runs/x/cancel", 404],
  ];
  for (const [method, path, status] of asked) {
    const { headers, ...response } = await test.request(method, path).then((r) => ({
      headers: r.headers,
      status: r.status,
    }));
    assertEquals(response.status, status);
    assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
    assertEquals(headers.get("Referrer-Policy"), "no-referrer");
    assertEquals(headers.get("Cache-Control"), "no-store");
    assertStringIncludes(headers.get("Content-Security-Policy")!, "default-src 'self'");
    assertStringIncludes(headers.get("Content-Security-Policy")!, "frame-ancestors 'none'");
    assertMatch(headers.get("X-Request-Id")!, /^[0-9a-f-]{36}$/);
  }
});

Deno.test("a request is logged with its path and status, not with its query", async () => {
  await using test = testAppWithoutDatabase();
  await test.request("GET", "/runs?cursor=secret", { headers: { "X-Request-Id": "from-a-proxy" } });
  const line = test.logLines.find((line) => line.includes("GET /runs "))!;
  assertMatch(line, /DEBUG GET \/runs status=422 ms=\d+ request_id=from-a-proxy$/);
  assert(!test.logLines.join().includes("secret"));
});
