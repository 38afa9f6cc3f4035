import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sql } from "../../../lib/db/sql.ts";
import { insertRun, openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { assertEachOnce, readPage, walkPages } from "../../support/pages.ts";

const ITEMS = { list: "items", item: /<th scope="row"[^>]*>(item_\d+)</g };

/** A run with as many items that failed, and one that was done. */
async function insertFailedRun(sql: Sql, items: number): Promise<string> {
  const failed = { status: "failed", reason: "error", error_message: "no" } as const;
  const id = await insertRun(sql, { ...failed, items_done: 1, items_failed: items });
  await sql`
    insert into run_items (run_id, item, status, error, attempt, at)
    select ${id}, 'item_' || n, case when n = 0 then 'success' else 'failed' end,
           case when n > 0 then 'error of ' || n end, 1, now()
    from generate_series(0, ${items}::int) n`;
  return id;
}

databaseTest(
  "every failed item of a run is on a page: ten above its log, then more at once",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const id = await insertFailedRun(sql, 83);
    const path = `/ui/runs/${id}`;

    const pages = await walkPages(test, `${path}?level=warn`, ITEMS);

    assertEachOnce(pages, [10, 50, 23]);
    assertEquals(pages.flat().includes("item_0"), false);
    assertStringIncludes(await readPage(test, path), "10 of 83");
    const last = await readPage(test, `${path}?items=${btoa('["item_79"]').replace(/=+$/, "")}`);
    assertStringIncludes(last, "<h2>83 items failed</h2>");
    assertStringIncludes(last, "Retry failed only");
    assertStringIncludes(last, `href="${path}#items">First<`);
  },
);

databaseTest("a run with few failed items shows all of them on its page", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const path = `/ui/runs/${await insertFailedRun(sql, 10)}`;
  assertEachOnce(await walkPages(test, path, ITEMS), [10]);
  assertEquals((await readPage(test, path)).includes("10 of 10"), false);
});
