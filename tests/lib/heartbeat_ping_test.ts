import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { HeartbeatPing } from "../../lib/heartbeat_ping.ts";
import { databaseTest } from "../support/database.ts";
import { CollectingLog, openTestEngine, readRuns } from "../support/engine.ts";
import { insertSchedule } from "../support/factories.ts";

const SECRET = "/ping/secret-token";
const MINUTE_MS = 60_000;

/** A dead man's switch on loopback: it counts what it gets and answers as it is told. */
class Switch implements AsyncDisposable {
  readonly requests: string[] = [];
  answer: () => Response | Promise<Response> = () => new Response("OK");
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => {
      this.requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return this.answer();
    },
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}${SECRET}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** An address at which nobody listens. */
function closedUrl(): string {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}${SECRET}`;
}

const never = new AbortController().signal;

Deno.test("a ping is one GET, and the next one comes a minute later at the earliest", async () => {
  await using server = new Switch();
  const log = new CollectingLog();
  const ping = new HeartbeatPing(server.url, log, never);
  for (const atMs of [0, 1_000, 30_000, 54_999]) ping.beat(atMs);
  await ping.idle();
  assertEquals(server.requests, [`GET ${SECRET}`]);
  ping.beat(MINUTE_MS - 50);
  await ping.idle();
  ping.beat(MINUTE_MS + 1_000);
  ping.beat(2 * MINUTE_MS);
  await ping.idle();
  assertEquals(server.requests.length, 3);
  assertEquals(log.lines, []);
});

Deno.test("what goes wrong is a warning without the address", async () => {
  await using server = new Switch();
  server.answer = () => new Response(null, { status: 302, headers: { Location: "/elsewhere" } });
  for (const url of [server.url, closedUrl()]) {
    const log = new CollectingLog();
    const ping = new HeartbeatPing(url, log, never);
    ping.beat();
    await ping.idle();
    assertEquals(log.lines.map(({ level, message }) => `${level} ${message}`), [
      "warn Cannot ping HEARTBEAT_URL",
    ]);
    assertFalse(log.text.includes("secret-token"), log.text);
  }
  assertEquals(server.requests.length, 1);
});

Deno.test("a switch that does not answer is given up after the timeout", async () => {
  await using server = new Switch();
  const held = Promise.withResolvers<Response>();
  server.answer = () => held.promise;
  const log = new CollectingLog();
  const ping = new HeartbeatPing(server.url, log, never, 20);
  ping.beat();
  await ping.idle();
  assertStringIncludes(log.text, "Cannot ping HEARTBEAT_URL");
  held.resolve(new Response());
});

Deno.test("a stop ends a ping under way without a word, and no other begins", async () => {
  await using server = new Switch();
  const held = Promise.withResolvers<Response>();
  const asked = Promise.withResolvers<void>();
  server.answer = () => {
    asked.resolve();
    return held.promise;
  };
  const stopping = new AbortController();
  const log = new CollectingLog();
  const ping = new HeartbeatPing(server.url, log, stopping.signal);
  ping.beat(0);
  await asked.promise;
  stopping.abort();
  await ping.idle();
  ping.beat(10 * MINUTE_MS);
  await ping.idle();
  assertEquals([server.requests.length, log.lines], [1, []]);
  held.resolve(new Response());
});

databaseTest("a pass that dispatched pings, also when nothing was due", async ({ sql }) => {
  await using server = new Switch();
  await using test = openTestEngine(sql, { env: { HEARTBEAT_URL: server.url } });
  await test.tickAndWait();
  await test.tickAndWait();
  assertEquals(server.requests, [`GET ${SECRET}`]);
});

databaseTest(
  "a pass does not wait for its ping, and runs go on whatever becomes of it",
  async ({ sql }) => {
    await using server = new Switch();
    const held = Promise.withResolvers<Response>();
    server.answer = () => held.promise;
    await insertSchedule(sql);
    await using test = openTestEngine(sql, { env: { HEARTBEAT_URL: server.url } });
    const { ended } = await test.engine.tick("timer");
    await ended;
    assertEquals((await readRuns(sql)).map(({ status }) => status), ["success"]);
    await test.engine.stop();
    held.resolve(new Response());
  },
);

databaseTest(
  "a pass that dispatches nothing, for the scheduler is off or dispatch fails, does not ping",
  async ({ sql }) => {
    await using server = new Switch();
    const env = { HEARTBEAT_URL: server.url };
    await using off = openTestEngine(sql, { env: { ...env, SCHEDULER_ENABLED: "false" } });
    await off.tickAndWait();
    await using broken = openTestEngine(sql, { env });
    await sql`alter table scheduled_jobs rename to elsewhere`;
    await broken.tickAndWait();
    assertMatch(broken.log.text, /Cannot dispatch/);
    assertEquals(server.requests, []);
  },
);
