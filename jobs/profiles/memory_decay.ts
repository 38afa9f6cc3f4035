import { z } from "zod";
import { defineJob } from "../../lib/job.ts";

const MEMORIES_PER_BATCH = 5_000;

/**
 * Source of the rule: seed 004, job type `memory_decay`; the law is that of radioactive decay, half-life and
 * threshold are our choice and parameters of the row. Running again as of the same instant changes nothing,
 * and runs of a day each come to the same as one of all the days.
 */
export const memoryDecay = defineJob({
  id: "memory_decay",
  name: "Memory decay",
  description:
    "Lets what is remembered and not looked at lose importance by half in each half-life; what weighs too little is archived, never deleted.",
  tags: ["profiles"],
  schedule: { cron: "45 4 * * *" },
  params: z.strictObject({
    half_life_days: z.number().min(0.01).max(36_500).default(30)
      .describe("Days in which importance halves."),
    archive_below: z.number().min(0).max(1).default(0.05)
      .describe("Importance under which a memory is archived."),
  }),
  async run(ctx) {
    const { countFadingMemories, fadeMemories, readFadingAmong, readFadingMemories } = await import(
      "./memory_decay_store.ts"
    );
    const { half_life_days: halfLifeDays, archive_below: archiveBelow } = ctx.params;
    const rule = { asOf: ctx.asOf, botId: ctx.botId, halfLifeDays, archiveBelow };
    const totals = await ctx.forEach<string>(
      {
        read: (after, limit) => readFadingMemories(ctx.sql, rule, after as string | null, limit),
        cursor: (id) => id,
        key: (id) => id,
        only: (ids) => readFadingAmong(ctx.sql, rule, ids),
        count: () => countFadingMemories(ctx.sql, rule),
      },
      async (ids, tx) => ({ ...await fadeMemories(tx, ids, rule) }),
      { batchSize: MEMORIES_PER_BATCH },
    );
    return {
      memories: totals.total,
      memories_failed: totals.failed,
      faded: totals.faded ?? 0,
      archived: totals.archived ?? 0,
    };
  },
});
