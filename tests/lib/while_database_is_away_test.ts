import { assertEquals, assertRejects } from "@std/assert";
import { whileDatabaseIsAway } from "../../lib/while_database_is_away.ts";

const away = Object.assign(new Error("away"), { code: "ECONNREFUSED" });

Deno.test("whileDatabaseIsAway() does work again until the database is there", async () => {
  let calls = 0;
  const work = () => ++calls < 3 ? Promise.reject(away) : Promise.resolve("done");
  assertEquals(await whileDatabaseIsAway(work), "done");
  assertEquals(calls, 3);
});

Deno.test("whileDatabaseIsAway() does not repeat what failed for another reason", async () => {
  let calls = 0;
  const work = () => Promise.reject(new Error(`call ${++calls}`));
  await assertRejects(() => whileDatabaseIsAway(work), Error, "call 1");
  const isAway = () => false;
  await assertRejects(
    () => whileDatabaseIsAway(() => Promise.reject(away), { isAway }),
    Error,
    "away",
  );
});

Deno.test("whileDatabaseIsAway() stops waiting when its signal aborts, with its reason", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = assertRejects(
    () => whileDatabaseIsAway(() => Promise.reject(away), { signal }),
    Error,
    "enough",
  );
  // Once it waits.
  await new Promise((resolve) => setTimeout(resolve, 0));
  controller.abort(new Error("enough"));
  await waiting;

  let calls = 0;
  const work = () => {
    calls++;
    return Promise.reject(away);
  };
  await assertRejects(() => whileDatabaseIsAway(work, { signal }), Error, "enough");
  assertEquals(calls, 1);
});
