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
