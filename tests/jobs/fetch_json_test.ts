import { assert, assertEquals, assertRejects } from "@std/assert";
import { fetchJson, type JsonRequest, JsonRequestError } from "../../jobs/fetch_json.ts";
import { type Answer, MatchesServer } from "../support/matches_server.ts";

const never = new AbortController().signal;

/** Asks a server that gives these answers, and tells what came of it. */
async function ask(answers: Answer[], request: Partial<JsonRequest> = {}) {
  await using server = new MatchesServer();
  server.answer("/data", ...answers);
  const asking = fetchJson(fetch, `${server.url}/data`, {
    timeoutMs: 5_000,
    signal: never,
    ...request,
  });
  const [settled] = await Promise.allSettled([asking]);
  const { requests } = server;
  const pausesMs = requests.slice(1).map(({ atMs }, i) => atMs - requests[i].atMs);
  const error = settled.status === "rejected" ? settled.reason : null;
  return {
    answer: settled.status === "fulfilled" ? settled.value : null,
    error,
    requests,
    pausesMs,
  };
}

Deno.test("JSON is given with what makes the next request conditional", async () => {
  const headers = { ETag: '"1"', "Last-Modified": "Sun, 19 Jul 2026 20:15:00 GMT" };
  const { answer } = await ask([{ json: { a: 1 }, headers }]);
  assertEquals(answer, { body: { a: 1 }, etag: '"1"', lastModified: headers["Last-Modified"] });
});

Deno.test("304 has no body", async () => {
  const { answer, requests } = await ask([{ json: null, status: 304 }], {
    headers: { "If-None-Match": '"1"' },
  });
  assertEquals(answer!.body, undefined);
  assertEquals(requests[0].headers.get("If-None-Match"), '"1"');
});

for (
  const { what, bad } of [
    { what: "500", bad: { text: "oops", status: 500 } },
    { what: "429 without Retry-After", bad: { text: "", status: 429 } },
    { what: "JSON that is cut off", bad: { text: '{"a": [1, 2' } },
  ]
) {
  Deno.test(`after ${what} it is asked again, ever later, and three times in all`, async () => {
    const passed = await ask([bad, bad, { json: 1 }]);
    assertEquals(passed.answer?.body, 1);
    assert(passed.pausesMs[0] >= 490 && passed.pausesMs[1] >= 990, String(passed.pausesMs));
    const failed = await ask([bad]);
    assert(failed.error instanceof JsonRequestError);
    assertEquals(failed.requests.length, 3);
  });
}

Deno.test("429 is asked again after what Retry-After says, in seconds or as a date", async () => {
  const inSeconds = await ask([
    { text: "", status: 429, headers: { "Retry-After": "2" } },
    { json: 1 },
  ]);
  assert(inSeconds.pausesMs[0] >= 1_990, String(inSeconds.pausesMs));
  // Against the server's clock, which is a day behind.
  const asDate = await ask([
    {
      text: "",
      status: 429,
      headers: {
        Date: "Sun, 19 Jul 2026 20:15:00 GMT",
        "Retry-After": "Sun, 19 Jul 2026 20:15:02 GMT",
      },
    },
    { json: 1 },
  ]);
  assert(asDate.pausesMs[0] >= 1_990 && asDate.pausesMs[0] < 10_000, String(asDate.pausesMs));
});

Deno.test("a pause of over a minute is not waited for", async () => {
  const { error, requests } = await ask([
    { text: "", status: 429, headers: { "Retry-After": "3600" } },
  ]);
  assertEquals(requests.length, 1);
  assert(error.message.endsWith("/data answered 429 and wants a pause of 3600 s"), error.message);
});

Deno.test("what will not pass is not asked again", async () => {
  for (const status of [401, 403, 404]) {
    const { error, requests } = await ask([{ text: "", status }]);
    assertEquals([error.status, requests.length], [status, 1]);
  }
});

Deno.test("a server that does not answer in time is given up", async () => {
  const { error, requests } = await ask([{ hangs: true }], { timeoutMs: 100, tries: 2 });
  assertEquals(requests.length, 2);
  assert(error.message.endsWith("/data did not answer within 0.1 s"), error.message);
});

Deno.test("a body beyond all measure is not read to its end", async () => {
  const { error, requests } = await ask([{ text: `"${"x".repeat(5_000_001)}"` }]);
  assert(error.message.includes("over 5000000 bytes"), error.message);
  assertEquals(requests.length, 1);
});

Deno.test("a redirect is not followed with a key", async () => {
  const elsewhere = { Location: "http://127.0.0.1:1/steal" };
  const { error } = await ask([{ text: "", status: 302, headers: elsewhere }], {
    headers: { "X-Riot-Token": "secret" },
    followsRedirects: false,
  });
  assert(error.message.endsWith("/data answered 302"), error.message);
});

Deno.test("an address that cannot be reached is told without its query and password", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await assertRejects(
    () =>
      fetchJson(fetch, `http://127.0.0.1:${port}/data?token=secret`, {
        timeoutMs: 1_000,
        signal: never,
        tries: 1,
      }),
    JsonRequestError,
  );
  assertEquals(error.message, `http://127.0.0.1:${port}/data cannot be reached, or broke off`);
});

Deno.test("a run that ends asks no more, in a request as in a pause", async () => {
  await using server = new MatchesServer();
  server.answer("/hangs", { hangs: true }).answer("/fails", {
    text: "",
    status: 503,
    headers: { "Retry-After": "50" },
  });
  for (const path of ["/hangs", "/fails"]) {
    const ending = new AbortController();
    const asking = fetchJson(
      (url, init) =>
        fetch(url, { ...init, signal: AbortSignal.any([init!.signal!, ending.signal]) }),
      server.url + path,
      { timeoutMs: 60_000, signal: ending.signal },
    );
    while (server.seen(path).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    ending.abort(new Error("the run has ended"));
    await assertRejects(() => asking);
    assertEquals(server.seen(path).length, 1);
  }
});
