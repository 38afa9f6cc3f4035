import { assertEquals } from "@std/assert";
import { readChampionNames } from "../../../../jobs/matches/champions_store.ts";
import { refreshHistoryIndex } from "../../../../jobs/matches/refresh_history_index.ts";
import { refreshModelRegistry } from "../../../../jobs/matches/refresh_model_registry.ts";
import { loadMatchesSample } from "../../../../jobs/matches/sample/load_matches_sample.ts";
import { databaseTest } from "../../../support/database.ts";
import { resultOf } from "../../../support/run_job.ts";

const UNTIL = new Date("2026-07-20T12:00:00Z");

databaseTest("the sample gives every job of the domain something to do", async ({ sql }) => {
  const progress: [number, number][] = [];
  const added = await loadMatchesSample(sql, {
    weeks: 2,
    until: UNTIL,
    onProgress: (done, total) => progress.push([done, total]),
  });
  assertEquals(added, { matchesAdded: 840, cardsAdded: 3 });
  assertEquals(progress, [[840, 840]]);
  const index = await resultOf(sql, refreshHistoryIndex);
  assertEquals(index.matches, 840);
  const registry = await resultOf(sql, refreshModelRegistry);
  assertEquals([registry.models, registry.new, registry.bad_cards], [3, 3, 0]);
  assertEquals((await readChampionNames(sql)).get(897), "K'Sante");
});

databaseTest("loading again adds what is missing and leaves what was changed", async ({ sql }) => {
  await loadMatchesSample(sql, { weeks: 1, until: UNTIL });
  await sql`update matches set patch = '1.0'`;
  await sql`update model_card_examples set card = '{}' where name = 'modelcard_low.json'`;
  const nextDay = new Date(UNTIL.getTime() + 86_400_000);
  const added = await loadMatchesSample(sql, { weeks: 1, until: nextDay });
  assertEquals(added, { matchesAdded: 60, cardsAdded: 0 });
  const [{ kept }] = await sql`select count(*)::int as kept from matches where patch = '1.0'`;
  assertEquals(kept, 420);
});
