import { assertEquals, assertRejects } from "@std/assert";
import { importMatches } from "../../../jobs/matches/matches_store.ts";
import { databaseTest } from "../../support/database.ts";
import { aMatch, readMatches, someMatches } from "../../support/matches_factories.ts";

databaseTest("matches are added, corrected, or left as they are", async ({ sql }) => {
  const [one, two, three] = someMatches(3);
  assertEquals(await importMatches(sql, [one, two]), { added: 2, corrected: 0, unchanged: 0 });
  const corrected = { ...two, blue_win: !two.blue_win };
  assertEquals(await importMatches(sql, [one, corrected, three]), {
    added: 1,
    corrected: 1,
    unchanged: 1,
  });
  const stored = (await readMatches(sql)).map((match) => ({
    ...match,
    played_at: new Date(match.played_at!).toISOString(),
  }));
  assertEquals(stored, [one, corrected, three]);
});

databaseTest("of one match twice in a batch the last one holds", async ({ sql }) => {
  const counts = await importMatches(sql, [aMatch({ patch: "15.19" }), aMatch({ patch: "15.20" })]);
  assertEquals(counts, { added: 1, corrected: 0, unchanged: 1 });
  assertEquals((await readMatches(sql)).map(({ patch }) => patch), ["15.20"]);
});

databaseTest("what a match may lack is null", async ({ sql }) => {
  await importMatches(sql, [aMatch({ elo_rank: null, queue_id: null, played_at: null })]);
  const [{ elo_rank, queue_id, played_at }] = await readMatches(sql);
  assertEquals([elo_rank, queue_id, played_at], [null, null, null]);
  assertEquals(
    (await importMatches(sql, [aMatch({ elo_rank: null, queue_id: null, played_at: null })]))
      .unchanged,
    1,
  );
});

databaseTest("no matches at all are none", async ({ sql }) => {
  assertEquals(await importMatches(sql, []), { added: 0, corrected: 0, unchanged: 0 });
});

databaseTest("the table refuses what is no match", async ({ sql }) => {
  for (
    const blue_picks of [[1, 2, 3, 4], [1, 2, 3, 4, 0], [1, 2, 3, 4, null as unknown as number]]
  ) {
    await assertRejects(() => importMatches(sql, [aMatch({ blue_picks })]), Error, "picks");
  }
});
