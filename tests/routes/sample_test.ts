import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { SampleOptions } from "../../routes/deps.ts";
import { testAppWithoutDatabase } from "../support/app.ts";

async function readLines(response: Response): Promise<unknown[]> {
  return (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("POST /sample streams progress and then the result, a JSON a line", async () => {
  let given: SampleOptions | undefined;
  await using test = testAppWithoutDatabase({
    loadSample(options, onProgress) {
      given = options;
      onProgress({ what: "users", done: 1, total: 2 });
      onProgress({ what: "users", done: 2, total: 2 });
      return Promise.resolve({ users_added: 2 });
    },
  });
  const response = await test.request("POST", "/sample", { json: { users: 2, weeks: 1 } });
  assertEquals(response.headers.get("Content-Type"), "application/x-ndjson");
  assertEquals(await readLines(response), [
    { progress: { what: "users", done: 1, total: 2 } },
    { progress: { what: "users", done: 2, total: 2 } },
    { result: { users_added: 2 } },
  ]);
  assertEquals(given, { users: 2, weeks: 1 });
});

Deno.test("what goes wrong while the sample loads is logged, and the last line says only that", async () => {
  await using test = testAppWithoutDatabase({
    loadSample: () => Promise.reject(new Error("the password is hunter2")),
  });
  const response = await test.request("POST", "/sample");
  const lines = await readLines(response);
  assertEquals(lines.length, 1);
  assert(!JSON.stringify(lines).includes("hunter2"));
  assertStringIncludes(test.logLines.join("\n"), "hunter2");
});

Deno.test("a reader that leaves does not stop the sample", async () => {
  const goOn = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  await using test = testAppWithoutDatabase({
    async loadSample(_, onProgress) {
      onProgress({ done: 1 });
      await goOn.promise;
      onProgress({ done: 2 });
      done.resolve();
      return {};
    },
  });
  const response = await test.request("POST", "/sample");
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  goOn.resolve();
  await done.promise;
  assertEquals(test.logLines.filter((line) => line.includes("ERROR")), []);
});

Deno.test("POST /sample with DATABASE_URL is a 409, and nothing is loaded", async () => {
  let loads = 0;
  await using test = testAppWithoutDatabase({
    env: { DATABASE_URL: "postgres://localhost/production" },
    loadSample: () => {
      loads++;
      return Promise.resolve({});
    },
  });
  const response = await test.request("POST", "/sample");
  assertEquals(response.status, 409);
  assertStringIncludes((await response.json()).detail, "embedded database");
  assertEquals(loads, 0);
});

Deno.test("wrong amounts of sample data are a 422 by field", async () => {
  await using test = testAppWithoutDatabase({ loadSample: () => Promise.resolve({}) });
  const json = { users: 0, weeks: 1.5, seed: 1 };
  const response = await test.request("POST", "/sample", { json });
  assertEquals(response.status, 422);
  assertEquals(Object.keys((await response.json()).errors).toSorted(), ["seed", "users", "weeks"]);
});
