import { assertEquals } from "@std/assert";
import { openTestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

databaseTest("while the first data is filled in, acts wait and reads go on", async ({ sql }) => {
  const { promise: filled, resolve } = Promise.withResolvers<void>();
  await using test = await openTestApp(sql, { jobs: [testJob({ id: "counting" })], filled });
  let answered = false;
  const act = test.request("POST", "/jobs/counting/run", { json: {} })
    .finally(() => answered = true);

  // An act that did not wait would be over after a few of these.
  for (let i = 0; i < 20; i++) {
    assertEquals((await test.getJson("/jobs")).jobs[0].running, 0);
  }
  assertEquals(answered, false);

  resolve();
  assertEquals((await act).status, 202);
});

databaseTest(
  "until the tables are there reads wait too, and only the program's health is told",
  async ({ sql }) => {
    const { promise: started, resolve } = Promise.withResolvers<void>();
    await using test = await openTestApp(sql, { started });
    const answered: string[] = [];
    const ask = async (path: string) => {
      const { status } = await test.request("GET", path, {
        headers: { Cookie: "edge_cron_session=of-another-database" },
      });
      answered.push(path);
      return status;
    };
    const reads = [ask("/jobs"), ask("/ui/runs"), ask("/runs")];
    for (let i = 0; i < 10; i++) {
      assertEquals([await ask("/healthz"), await ask("/readyz")], [200, 200]);
    }
    assertEquals(answered.filter((path) => !/z$/.test(path)), []);

    resolve();
    assertEquals(await Promise.all(reads), [200, 200, 200]);
  },
);

databaseTest(
  "what waited for tables when the program was ended is sent away without an error",
  async ({ sql }) => {
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const stopping = new AbortController();
    await using test = await openTestApp(sql, { started, stopping: stopping.signal });
    const read = test.request("GET", "/jobs");
    stopping.abort();
    resolve();
    assertEquals((await read).status, 503);
    assertEquals(test.logLines.filter((line) => line.includes("ERROR")), []);
  },
);
