import { z } from "zod";
import { defineJob, type JobContext } from "../../lib/job.ts";
import type { RefreshResult, Step } from "./history_index.ts";

/** Matches in one transaction: a server takes some seconds for them, the embedded database some tenths. */
const SERVER_BATCH = 25_000;
const EMBEDDED_BATCH = 1_000;

interface Params {
  full: boolean;
  batch_size?: number;
}

/**
 * Source of the rule: seed 003, job 1, "Build HistoryIndex with synergy/counter matrices", every hour
 * with a grace of 5 minutes. It loads all matches each time; here only what has changed is counted.
 */
export const refreshHistoryIndex = defineJob<Params>({
  id: "refresh_history_index",
  name: "Refresh history index",
  description:
    "Counts the games and wins of every two champions, on one side (synergy) and against each other (counter), from the matches that came or changed since the last refresh.",
  tags: ["matches"],
  schedule: { intervalMinutes: 60 },
  params: z.strictObject({
    full: z.boolean().default(false)
      .describe("Count every match anew, as after a TRUNCATE or a change of the index by hand."),
    batch_size: z.int().min(1).max(100_000).optional()
      .describe("Matches counted in one transaction."),
  }),
  policies: { graceSeconds: 300, slowAfterMs: 600_000 },
  async run(ctx) {
    const begunMs = performance.now();
    ctx.log.info("Starting history index refresh");

    // The pieces build on each other's rows: a dry run undoes all of them together.
    const { document, changes, isNew, rebuilt } = ctx.dryRun
      ? await ctx.transaction((tx) => refresh(ctx, (work) => work(tx)))
      : await refresh(ctx, (work) => ctx.transaction(work));

    const seconds = ((performance.now() - begunMs) / 1000).toFixed(2);
    ctx.log.info(`History index refreshed successfully in ${seconds}s`);
    ctx.log.info(`Champion pairs: ${document.champion_pairs}`);
    return {
      rebuilt,
      changes,
      matches: document.matches,
      champion_pairs: document.champion_pairs,
      published: isNew,
      digest: document.digest,
    };
  },
});

async function refresh(ctx: JobContext<Params>, step: Step): Promise<RefreshResult> {
  const { refreshIndex } = await import("./history_index.ts");
  const checkpoint = ctx.lastCheckpoint as { generation: number } | null;
  const isEmbedded = ctx.config.databaseUrl === null;
  return await refreshIndex(
    (work) => {
      ctx.signal.throwIfAborted();
      return step(work);
    },
    {
      full: ctx.params.full,
      begun: checkpoint?.generation ?? null,
      batchSize: ctx.params.batch_size ?? (isEmbedded ? EMBEDDED_BATCH : SERVER_BATCH),
      onBegun: (generation) => ctx.checkpoint({ generation }),
      onProgress: (done, total) => ctx.progress(done, total),
    },
  );
}
