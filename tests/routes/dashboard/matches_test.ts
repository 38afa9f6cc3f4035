import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeChampions } from "../../../jobs/matches/champions_store.ts";
import { importMatches } from "../../../jobs/matches/matches_store.ts";
import { refreshHistoryIndex } from "../../../jobs/matches/refresh_history_index.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { aMatch } from "../../support/matches_factories.ts";
import { resultOf } from "../../support/run_job.ts";

/** Champions 1 to 5 win three of four games against 6 to 10; one more, with 11, is lost. */
async function fillIndex(sql: Sql): Promise<void> {
  const matches = [true, true, true, false].map((blue_win, i) =>
    aMatch({ match_id: `EUW1_${i}`, blue_win })
  );
  const other = aMatch({ match_id: "EUW1_4", blue_picks: [1, 2, 3, 4, 11], blue_win: false });
  await importMatches(sql, [...matches, other]);
  await resultOf(sql, refreshHistoryIndex);
}

async function pageOf(test: TestApp): Promise<string> {
  const headers = { Accept: "text/html" };
  return await (await test.request("GET", "/ui/results/matches", { headers })).text();
}

/** What the cells of the matrix with a name say, by the tip that tells of whom they are. */
function cellsOf(page: string): Record<string, string> {
  return Object.fromEntries(
    [...page.matchAll(/<td[^>]* title="([^"]+)">(\d+)<\/td>/g)].map(([, tip, text]) => [tip, text]),
  );
}

databaseTest(
  "the champion matrix has the rate of every two, from the side of its row",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await fillIndex(sql);
    await sql.begin((tx) =>
      writeChampions(tx, [{ id: 1, name: "Annie" }, { id: 6, name: "Urgot" }])
    );
    const page = await pageOf(test);
    const cells = cellsOf(page);
    // Smoothed: (3 + 5) / (4 + 10), and for the two that lost the game with 11 as well (3 + 5) / (5 + 10).
    assertEquals(cells["Annie with Champion 5: 3 of 4 games won"], "57");
    assertEquals(cells["Annie with Champion 2: 3 of 5 games won"], "53");
    assertEquals(cells["Annie against Urgot: 3 of 5 games won"], "53");
    assertEquals(cells["Urgot against Annie: 2 of 5 games won"], "47");
    assertEquals(cells["Annie with Urgot: 0 of 0 games won"], undefined);
    assertStringIncludes(page, 'href="/matches/history-index.json"');
  },
);

databaseTest("a counter is told from the side that wins more often", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await fillIndex(sql);
  const page = await pageOf(test);
  const row = (pair: string) => new RegExp(`${pair}</th>.*?</tr>`).exec(page)?.[0];
  assert(row("Champion 6 against Champion 11")?.includes("55 %"));
  assertEquals(row("Champion 11 against Champion 6"), undefined);
});

databaseTest("a champion's name is shown as text", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await fillIndex(sql);
  await sql.begin((tx) => writeChampions(tx, [{ id: 1, name: "<script>alert(1)</script>" }]));
  const page = await pageOf(test);
  assert(!page.includes("<script>alert") && page.includes("&lt;script&gt;alert"));
});
