import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  refreshIndex,
  type RefreshOptions,
  type Step,
} from "../../../jobs/matches/history_index.ts";
import type { MatchRecord } from "../../../jobs/matches/match_record.ts";
import { importMatches } from "../../../jobs/matches/matches_store.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import {
  aMatch,
  countPairs,
  type Pair,
  readIndex,
  readMatches,
  someMatches,
} from "../../support/matches_factories.ts";

databaseTest("a match is 20 pairs on one side and 25 on opposite sides", async ({ sql }) => {
  await importMatches(sql, [aMatch({ blue_picks: [50, 2, 3, 4, 5], red_picks: [6, 7, 8, 9, 10] })]);
  await refresh(sql);

  const index = await readIndex(sql);
  assertEquals(index.filter(({ kind }) => kind === "synergy").length, 20);
  assertEquals(index.filter(({ kind }) => kind === "counter").length, 25);
  assertEquals(pick(index, "synergy", 2, 50), { games: 1, wins: 1 });
  assertEquals(pick(index, "synergy", 6, 7), { games: 1, wins: 0 });
  assertEquals(pick(index, "counter", 2, 6), { games: 1, wins: 1 });
  // Counted for the smaller id, which has lost here.
  assertEquals(pick(index, "counter", 6, 50), { games: 1, wins: 0 });
});

databaseTest("a champion that both sides have is no pair with itself", async ({ sql }) => {
  await importMatches(sql, [aMatch({ blue_picks: [1, 2, 3, 4, 5], red_picks: [5, 7, 8, 9, 10] })]);
  await refresh(sql);
  assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
  assertEquals((await readIndex(sql)).length, 44);
});

databaseTest("the win rate is smoothed with 5 wins of 10 games", async ({ sql }) => {
  await importMatches(sql, [
    ...[1, 2, 3].map((n) => aMatch({ match_id: `won_${n}` })),
    aMatch({ match_id: "lost", blue_win: false }),
  ]);
  await refresh(sql);
  const rates = await sql`
    select kind, win_rate::float
    from history_index
    where (champion, other) in ((1, 2), (1, 6), (6, 7))
    order by kind, champion`;
  assertEquals([...rates], [
    { kind: "counter", win_rate: 0.5714 },
    { kind: "synergy", win_rate: 0.5714 },
    { kind: "synergy", win_rate: 0.4286 },
  ]);
});

databaseTest(
  "a match that comes twice counts once, a corrected one as it is now",
  async ({ sql }) => {
    await importMatches(sql, [aMatch(), aMatch()]);
    await refresh(sql);
    await importMatches(sql, [aMatch()]);
    assertEquals((await refresh(sql)).changes, 0);
    assertEquals(pick(await readIndex(sql), "synergy", 1, 2), { games: 1, wins: 1 });

    await importMatches(sql, [aMatch({ blue_win: false, blue_picks: [11, 2, 3, 4, 5] })]);
    assertEquals((await refresh(sql)).changes, 2);
    const index = await readIndex(sql);
    assertEquals(index, countPairs(await readMatches(sql)));
    assertEquals(pick(index, "synergy", 1, 2), undefined);
    assertEquals(pick(index, "synergy", 2, 11), { games: 1, wins: 0 });
  },
);

databaseTest(
  "a correction of what the index does not hold changes nothing in it",
  async ({ sql }) => {
    await importMatches(sql, [aMatch()]);
    await refresh(sql);
    assertEquals(await importMatches(sql, [aMatch({ patch: "15.21" })]), {
      added: 0,
      corrected: 1,
      unchanged: 0,
    });
    assertEquals((await refresh(sql)).changes, 0);
  },
);

databaseTest("what is changed by hand changes the index, too", async ({ sql }) => {
  await importMatches(sql, someMatches(20));
  await refresh(sql);
  await sql`update matches set blue_win = not blue_win where match_id < 'EUW1_000007'`;
  await sql`update matches set blue_win = blue_win`;
  await sql`delete from matches where match_id >= 'EUW1_000015'`;
  // Two that change places are two changes, and a row that was renamed is the same game.
  await sql`update matches set match_id = 'renamed' where match_id = 'EUW1_000003'`;
  await refresh(sql);
  assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
  assertEquals((await readMatches(sql)).length, 15);
});

databaseTest("a full refresh puts an index right that was broken by hand", async ({ sql }) => {
  await importMatches(sql, someMatches(30));
  const { document } = await refresh(sql);
  await sql`update history_pairs set games = games + 7 where champion = 3`;
  await sql`delete from history_pairs where champion = 1`;
  await sql`delete from match_changes`;
  const repaired = await refresh(sql, { full: true, batchSize: 7 });
  assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
  assertEquals(repaired.document.digest, document.digest);
});

databaseTest(
  "an index that cannot be right fails the refresh, and a full one mends it",
  async ({ sql }) => {
    await importMatches(sql, [aMatch()]);
    await refresh(sql);
    await sql`delete from history_pairs where champion = 1`;
    await sql`delete from matches`;
    await assertRejects(() => refresh(sql), Error, "pair_has_played");
    await refresh(sql, { full: true });
    assertEquals(await readIndex(sql), []);
  },
);

databaseTest("a full refresh forgets matches that were truncated", async ({ sql }) => {
  await importMatches(sql, someMatches(30));
  await refresh(sql);
  await importMatches(sql, [aMatch({ match_id: "zzz" })]);
  await sql`truncate matches`;
  await refresh(sql, { full: true });
  assertEquals(await readIndex(sql), []);
  assertEquals((await refresh(sql)).changes, 0);
});

databaseTest("while it is built anew, the index is the one from before", async ({ sql }) => {
  await importMatches(sql, someMatches(40));
  await refresh(sql);
  const before = await readIndex(sql);
  const seen: Pair[][] = [];
  const step = between(sql, async () => void seen.push(await readIndex(sql)));
  await refreshIndex(step, options({ full: true, batchSize: 10 }));
  assertEquals(seen.length, 8);
  for (const index of seen) assertEquals(index, before);
});

databaseTest("matches that come and go during a rebuild are counted once", async ({ sql }) => {
  await importMatches(sql, someMatches(60));
  let round = 0;
  const step = between(sql, async () => {
    // One behind the rebuild's place and one ahead of it: new ones, corrected ones, ones that go.
    const [behind, ahead] = [
      aMatch({ match_id: `A_${round}` }),
      aMatch({ match_id: `Z_${round}` }),
    ];
    await importMatches(sql, [behind, ahead]);
    await sql`update matches set blue_win = not blue_win where match_id in ('EUW1_000001', 'EUW1_000058')`;
    await sql`delete from matches where match_id in (${`EUW1_00001${round}`}, ${`EUW1_00005${round}`})`;
    round++;
  });
  const { rebuilt } = await refreshIndex(step, options({ full: true, batchSize: 9 }));
  assertEquals(rebuilt, true);
  await refresh(sql);
  assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
});

for (const full of [false, true]) {
  const kind = full ? "A full" : "An incremental";
  databaseTest(`${kind} refresh that is killed anywhere goes on exactly`, async ({ sql }) => {
    await importMatches(sql, someMatches(90));
    for (let killedAt = 1;; killedAt++) {
      await importMatches(sql, [aMatch({ match_id: `Z_${killedAt}` })]);
      await sql`update matches set blue_win = not blue_win where match_id like '%3'`;
      const isKilled = await refreshKilledAt(sql, killedAt, options({ full, batchSize: 20 }));
      await importMatches(sql, [aMatch({ match_id: `A_${killedAt}` })]);
      await refresh(sql, { batchSize: 20 });
      assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
      if (!isKilled) return;
    }
  });
}

databaseTest(
  "who asks for a full refresh begins anew, whatever was left unfinished",
  async ({ sql }) => {
    await importMatches(sql, someMatches(50));
    await refreshKilledAt(sql, 4, options({ full: true, batchSize: 10 }));
    const [{ counted }] = await sql`
    select count(*)::int as counted from history_pairs join history_generations using (generation)
    where status = 'building'`;
    assertEquals(counted > 0, true);
    await sql`update history_pairs set games = games + 1`;
    await refresh(sql, { full: true });
    assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
  },
);

databaseTest.onlyPostgres("the embedded database has one transaction at a time")(
  "a match that is committed late is counted by the next refresh",
  async ({ sql }) => {
    const committing = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const late = sql.begin(async (tx) => {
      await importMatches(tx, [aMatch({ match_id: "A_late" })]);
      written.resolve();
      await committing.promise;
    });
    await written.promise;
    await importMatches(sql, someMatches(10));
    assertEquals((await refresh(sql)).changes, 10);
    await refresh(sql, { full: true });
    committing.resolve();
    await late;
    assertEquals((await refresh(sql)).changes, 1);
    assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
  },
);

databaseTest(
  "a rebuild that begins while changes are counted is finished before the others are",
  async ({ sql }) => {
    await importMatches(sql, someMatches(40));
    let isBegun = false;
    const step = between(sql, async () => {
      const [{ waiting }] = await sql`select count(*)::int as waiting from match_changes`;
      if (isBegun || waiting !== 20) return;
      isBegun = true;
      await refreshKilledAt(sql, 4, options({ full: true, batchSize: 10 }));
      await sql`update matches set blue_win = not blue_win`;
    });
    const { rebuilt } = await refreshIndex(step, options({ batchSize: 10 }));
    assertEquals(isBegun, true);
    assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
    assertEquals(rebuilt, true);
  },
);

databaseTest.onlyPostgres("the embedded database has one transaction at a time")(
  "refreshes and imports that meet lose and double nothing",
  async ({ sql }) => {
    await importMatches(sql, someMatches(200));
    const imports = async (from: number) => {
      for (let i = 0; i < 10; i++) {
        const matches = someMatches(30, from + i * 7);
        await importMatches(sql, matches.map((match) => ({ ...match, blue_win: i % 2 === 0 })));
      }
    };
    await Promise.all([
      imports(0),
      imports(50),
      ...[false, true, false, true].map((full) => refresh(sql, { full, batchSize: 13 })),
    ]);
    await refresh(sql);
    assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
    assertEquals((await sql`select from match_changes`).length, 0);
  },
);

databaseTest(
  "a random sequence of imports, corrections and refreshes ends in one index",
  async ({ sql }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(action(), { minLength: 1, maxLength: 12 }), async (actions) => {
        await sql`delete from matches`;
        await refresh(sql);
        for (const act of actions) await perform(sql, act);
        const incremental = await refresh(sql, { batchSize: 5 });
        const expected = countPairs(await readMatches(sql));
        assertEquals(await readIndex(sql), expected);
        const full = await refresh(sql, { full: true, batchSize: 5 });
        assertEquals(await readIndex(sql), expected);
        assertEquals(full.document.digest, incremental.document.digest);
        assertEquals(full.document.matches, (await readMatches(sql)).length);
      }),
      { numRuns: 40 },
    );
  },
);

/** What may happen between two looks at the index. */
type Action =
  | { do: "import"; matches: MatchRecord[] }
  | { do: "delete"; match_id: string }
  | { do: "flip"; match_id: string }
  | { do: "refresh"; full: boolean; batchSize: number }
  | { do: "kill"; full: boolean; batchSize: number; at: number };

/** Few ids and few champions, so that matches meet and pairs come and go. */
function action(): fc.Arbitrary<Action> {
  const match_id = fc.integer({ min: 0, max: 14 }).map((n) => `M_${n}`);
  const picks = fc.shuffledSubarray(Array.from({ length: 9 }, (_, i) => i + 1), {
    minLength: 5,
    maxLength: 5,
  });
  const match = fc.record({ match_id, blue_picks: picks, red_picks: picks, blue_win: fc.boolean() })
    .map(aMatch);
  const sized = { full: fc.boolean(), batchSize: fc.integer({ min: 1, max: 12 }) };
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("import" as const),
        matches: fc.array(match, { minLength: 1, maxLength: 8 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), match_id }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("flip" as const), match_id }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("refresh" as const), ...sized }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("kill" as const),
        ...sized,
        at: fc.integer({ min: 1, max: 5 }),
      }),
    },
  );
}

async function perform(sql: Sql, act: Action): Promise<void> {
  switch (act.do) {
    case "import":
      await importMatches(sql, act.matches);
      break;
    case "delete":
      await sql`delete from matches where match_id = ${act.match_id}`;
      break;
    case "flip":
      await sql`update matches set blue_win = not blue_win where match_id = ${act.match_id}`;
      break;
    case "refresh":
      await refresh(sql, act);
      break;
    case "kill":
      await refreshKilledAt(sql, act.at, options(act));
  }
}

function options(fields: Partial<RefreshOptions> = {}): RefreshOptions {
  return {
    full: false,
    begun: null,
    batchSize: 1_000,
    onBegun: () => Promise.resolve(),
    onProgress: () => Promise.resolve(),
    ...fields,
  };
}

function refresh(sql: Sql, fields: Partial<RefreshOptions> = {}) {
  return refreshIndex(transactions(sql), options(fields));
}

function transactions(sql: Sql): Step {
  return (work) => sql.begin(work) as ReturnType<typeof work>;
}

/** Does something after each piece that was committed. */
function between(sql: Sql, act: () => Promise<void>): Step {
  return async (work) => {
    const result = await transactions(sql)(work);
    await act();
    return result;
  };
}

class Killed extends Error {}

/** Refreshes until the n-th piece, whose transaction is rolled back and whose process is gone; false: there were fewer. */
async function refreshKilledAt(sql: Sql, at: number, given: RefreshOptions): Promise<boolean> {
  let pieces = 0;
  const step: Step = (work) =>
    transactions(sql)(async (tx) => {
      const result = await work(tx);
      if (++pieces === at) throw new Killed();
      return result;
    });
  const refreshing = refreshIndex(step, given);
  if (await refreshing.then(() => true, (error) => !(error instanceof Killed))) {
    await refreshing;
    return false;
  }
  await assertRejects(() => refreshing, Killed);
  return true;
}

function pick(index: Pair[], kind: Pair["kind"], champion: number, other: number) {
  const pair = index.find((p) => p.kind === kind && p.champion === champion && p.other === other);
  return pair && { games: pair.games, wins: pair.wins };
}
