import { z } from "zod";
import { defineJob } from "../../lib/job.ts";
import type { RememberedEntity } from "./memories_store.ts";
import type { Merge } from "./near_duplicates.ts";

/** What is compared with each other: of an entity with more, the newest. */
const MEMORIES_OF_ENTITY = 1_000;

const ENTITIES_PER_BATCH = 20;

/** Each time that something is told again, its importance gains this share of what it lacks of 1; our choice. */
const RECURRENCE_GAIN = 0.1;

/**
 * Source of the rule: seed 004, job type `memory_consolidation` with its recurrence detection; the measure
 * is ours, see `near_duplicates.ts`. What is merged is archived, so that a second run finds nothing more.
 */
export const memoryConsolidation = defineJob({
  id: "memory_consolidation",
  name: "Memory consolidation",
  description:
    "Merges memories of an entity that tell the same thing, keeps where they came from, and lets what recurs gain importance.",
  tags: ["profiles"],
  schedule: { cron: "30 4 * * *" },
  params: z.strictObject({}),
  async run(ctx) {
    const {
      countRememberedEntities,
      mergeMemories,
      readMemories,
      readRememberedAmong,
      readRememberedEntities,
    } = await import("./memories_store.ts");
    const { findNearDuplicates } = await import("./near_duplicates.ts");
    const { sql, asOf, botId } = ctx;
    const totals = await ctx.forEach<RememberedEntity, Merge[]>(
      {
        read: (after, limit) =>
          readRememberedEntities(sql, botId, after as [string, string] | null, limit),
        cursor: ({ entity_type, entity_id }) => [entity_type, entity_id],
        key: ({ entity_type, entity_id }) => `${entity_type}:${entity_id}`,
        only: (names) => readRememberedAmong(sql, botId, names),
        count: () => countRememberedEntities(sql, botId),
      },
      async (_entities, tx, merges) => {
        if (merges.length === 0) return { merged: 0 };
        return { merged: await mergeMemories(tx, merges, { asOf, gain: RECURRENCE_GAIN }) };
      },
      {
        batchSize: ENTITIES_PER_BATCH,
        prepare: async (entities) =>
          (await readMemories(sql, entities, asOf, MEMORIES_OF_ENTITY)).flatMap(findNearDuplicates),
      },
    );
    return {
      entities: totals.total,
      entities_failed: totals.failed,
      memories_merged: totals.merged ?? 0,
    };
  },
});
