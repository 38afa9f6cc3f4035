import { assertEquals, assertMatch } from "@std/assert";
import { readNewestDocument } from "../../../jobs/matches/history_document_store.ts";
import { importMatches } from "../../../jobs/matches/matches_store.ts";
import { refreshHistoryIndex } from "../../../jobs/matches/refresh_history_index.ts";
import type { Json, Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { TestEngine } from "../../support/engine.ts";
import {
  aMatch,
  countPairs,
  readIndex,
  readMatches,
  someMatches,
} from "../../support/matches_factories.ts";
import { resultOf, runJob } from "../../support/run_job.ts";

databaseTest(
  "a run counts what came since the last one and says so as seed 003 does",
  async ({ sql }) => {
    await importMatches(sql, someMatches(30));
    const first = await runJob(sql, refreshHistoryIndex);
    assertEquals([first.status, first.progress], ["success", { done: 30, total: 30 }]);
    const pairs = countPairs(await readMatches(sql));
    const { digest, ...result } = first.result_json as Record<string, Json>;
    assertEquals(result, {
      rebuilt: false,
      changes: 30,
      matches: 30,
      champion_pairs: pairs.length,
      published: true,
    });
    assertEquals(digest, (await readNewestDocument(sql))!.digest);
    const lines = await messagesOf(sql, first.id);
    assertEquals(lines[0], "Starting history index refresh");
    assertMatch(lines[1], /^History index refreshed successfully in \d+\.\d\ds$/);
    assertEquals(lines[2], `Champion pairs: ${pairs.length}`);

    const again = await resultOf(sql, refreshHistoryIndex);
    assertEquals(again, { ...result, digest, changes: 0, published: false });
  },
);

databaseTest(
  "a full run counts all in batches and publishes nothing that is there already",
  async ({ sql }) => {
    await importMatches(sql, someMatches(30));
    await resultOf(sql, refreshHistoryIndex);
    const run = await runJob(sql, refreshHistoryIndex, { params: { full: true, batch_size: 7 } });
    const { rebuilt, matches, published } = run.result_json as Record<string, unknown>;
    assertEquals([rebuilt, matches, published], [true, 30, false]);
    assertEquals(run.progress, { done: 30, total: 30 });
  },
);

databaseTest("an index of no matches is an empty document", async ({ sql }) => {
  const result = await resultOf(sql, refreshHistoryIndex);
  assertEquals([result.matches, result.champion_pairs, result.published], [0, 0, true]);
});

for (const full of [false, true]) {
  databaseTest(
    `a dry run ${full ? "of a full refresh " : ""}changes nothing and counts what it would`,
    async ({ sql }) => {
      await importMatches(sql, someMatches(30));
      await resultOf(sql, refreshHistoryIndex);
      const before = await readIndex(sql);
      await importMatches(sql, [
        aMatch({ blue_picks: [91, 92, 93, 94, 95], red_picks: [96, 97, 98, 99, 100] }),
      ]);
      const run = await runJob(sql, refreshHistoryIndex, {
        dryRun: true,
        params: { full, batch_size: 10 },
      });
      assertEquals(run.status, "success");
      const { would_change, result } = run.result_json as {
        would_change: Record<string, { inserted: number }>;
        result: Record<string, unknown>;
      };
      assertEquals(would_change.history_pairs.inserted, full ? before.length + 45 : 45);
      assertEquals([result.matches, result.published], [31, true]);
      assertEquals(await readIndex(sql), before);
      assertEquals((await readNewestDocument(sql))!.matches, 30);
      assertEquals((await sql`select from match_changes`).length, 1);
    },
  );
}

databaseTest(
  "a run that is interrupted in the middle goes on in another process",
  async ({ sql }) => {
    await importMatches(sql, someMatches(60));
    await resultOf(sql, refreshHistoryIndex);
    const params = { full: true, batch_size: 10 };

    const second = Promise.withResolvers<void>();
    let pieces = 0;
    const interrupted = {
      ...refreshHistoryIndex,
      run: (ctx: Parameters<typeof refreshHistoryIndex.run>[0]) =>
        refreshHistoryIndex.run({
          ...ctx,
          transaction: async (work) => {
            const result = await ctx.transaction(work);
            if (++pieces === 4) {
              second.resolve();
              await new Promise((_, reject) =>
                ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason))
              );
            }
            return result;
          },
        }),
    };
    let runId: string;
    {
      await using first = new TestEngine(sql, { jobs: [interrupted] });
      runId =
        (await first.engine.requestRun("refresh_history_index", { params, triggeredBy: "test" }))
          .id;
      await second.promise;
    }
    const [{ generation: begun }] =
      await sql`select generation from history_generations where status = 'building'`;
    await importMatches(sql, [aMatch({ match_id: "A_1" }), aMatch({ match_id: "Z_1" })]);

    await using next = new TestEngine(sql, { jobs: [refreshHistoryIndex] });
    await next.tickAndWait();
    const run = await next.engine.waitForRun(runId, 0);
    assertEquals([run.status, run.attempt], ["success", 2]);
    const [{ generation: live }] = await sql`select generation from history_generations`;
    assertEquals(live, begun);
    assertEquals(await readIndex(sql), countPairs(await readMatches(sql)));
  },
);

databaseTest("versions of the document go when three newer ones are there", async ({ sql }) => {
  for (const n of [1, 2, 3, 4, 5]) {
    await importMatches(sql, [aMatch({ match_id: `EUW1_${n}` })]);
    await resultOf(sql, refreshHistoryIndex);
  }
  const versions = await sql`
    select matches, count(*)::int as parts
    from history_index_versions
    join history_index_parts using (version)
    group by version, matches
    order by version`;
  assertEquals([...versions], [3, 4, 5].map((matches) => ({ matches, parts: 5 })));
});

async function messagesOf(sql: Sql, runId: string): Promise<string[]> {
  const lines = await sql<{ message: string }[]>`
    select message
    from run_logs
    where run_id = ${runId}
    order by seq`;
  return lines.map(({ message }) => message);
}
