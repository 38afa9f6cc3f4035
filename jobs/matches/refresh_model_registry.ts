import { z } from "zod";
import { type Counts, defineJob } from "../../lib/job.ts";
import type { ModelCard } from "./model_card.ts";
import type { CardContent, ListedCard } from "./model_cards.ts";
import { requestTimeoutParam } from "./request_timeout_param.ts";

/** A card that was read and checked. */
type ReadCard = Pick<CardContent, "answer"> & { model: ModelCard };

/**
 * Source of the rule: seed 003, job 2, "Re-read model cards to pick up newly trained models", every 5
 * minutes with a grace of 1 minute.
 *
 * A model goes when its card is not listed any more. One whose card cannot be read stays as it is.
 * Of two cards for one model, the one that the model is known from holds.
 */
export const refreshModelRegistry = defineJob({
  id: "refresh_model_registry",
  name: "Refresh model registry",
  description:
    "Reads the model cards and records which models are new, changed or gone; a bad card is told and keeps nobody else from being read.",
  tags: ["matches"],
  schedule: { intervalMinutes: 5 },
  params: z.strictObject({ request_timeout_ms: requestTimeoutParam() }),
  // Bad cards are told as items; where most of them are bad, the fault is not the cards'.
  policies: { graceSeconds: 60, minSuccessRate: 0.5, slowAfterMs: 240_000 },
  async run(ctx) {
    ctx.log.info("Starting model registry refresh");
    const { listModelCards } = await import("./list_model_cards.ts");
    const { cardSource } = await import("./model_cards.ts");
    const { forgetCardAnswers, writeCardAnswer } = await import("./model_card_store.ts");
    const registry = await import("./model_registry_store.ts");
    const { cards, asked } = await listModelCards(ctx);
    const sources = cards.map(({ source }) => source);

    async function read([card]: ListedCard[]): Promise<ReadCard> {
      const { content, answer } = await card.read();
      return { model: await check(content), answer };
    }

    const totals = await ctx.forEach<ListedCard, ReadCard>(
      cardSource(cards),
      async ([{ source }], tx, { model, answer }) => {
        const { modelId } = model;
        const known = await registry.readModelSource(tx, modelId);
        if (known !== undefined && known !== source && sources.includes(known)) {
          throw new Error(`Model ${modelId} has another card already: ${known}`);
        }
        const change = await registry.writeModel(tx, source, model);
        const removed = await registry.removeOtherModels(tx, source, modelId);
        if (answer) await writeCardAnswer(tx, answer);
        if (change) ctx.log.info(`Model ${modelId} is ${change}`, { source });
        for (const id of removed) ctx.log.info(`Model ${id} is removed`, { source });
        const counts: Counts = { removed: removed.length };
        return change ? { ...counts, [change]: 1 } : counts;
      },
      // One by one: a bad card would have the others of its batch fetched again.
      { batchSize: 1, prepare: read },
    );

    const unlisted = await ctx.transaction(async (tx) => {
      await forgetCardAnswers(tx, asked);
      return await registry.removeUnlistedModels(tx, sources);
    });
    for (const id of unlisted) ctx.log.info(`Model ${id} is removed`);

    const result = {
      models: await registry.countModels(ctx.sql),
      new: totals.new ?? 0,
      changed: totals.changed ?? 0,
      removed: (totals.removed ?? 0) + unlisted.length,
      bad_cards: totals.failed,
    };
    const models = `${result.models} ${result.models === 1 ? "model" : "models"}`;
    ctx.log.info(`Model registry refreshed: ${models}${describe(result)}`);
    return result;
  },
});

/** Throws an Error that says in a line what is wrong with a card. */
async function check(content: unknown): Promise<ModelCard> {
  const { readModelCard } = await import("./model_card.ts");
  try {
    return readModelCard(content);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const problems = error.issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join(".")}: ${message}` : message
    );
    throw new Error(`Not a model card: ${problems.join("; ")}`);
  }
}

/** " (+1 new, 2 changed)", or nothing when nothing is other than it was. */
function describe(counts: { new: number; changed: number; removed: number; bad_cards: number }) {
  const parts = [
    counts.new > 0 && `+${counts.new} new`,
    counts.changed > 0 && `${counts.changed} changed`,
    counts.removed > 0 && `-${counts.removed} removed`,
    counts.bad_cards > 0 && `${counts.bad_cards} bad cards`,
  ].filter(Boolean);
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}
