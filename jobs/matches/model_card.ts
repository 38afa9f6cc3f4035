import { z } from "zod";

/** A model as its card tells; further fields are kept as they are. */
export interface ModelCard {
  /** The card's `model_id`, else the name of its `model_file` without its extension. */
  modelId: string;
  /** The group of players that it predicts for, such as `mid`. */
  elo: string;
  trainedAt: Date;
  /** The whole card as it was given. */
  card: Record<string, unknown>;
}

/**
 * Reads a model card.
 *
 * Source of the fields: the cards that the system of seed 003 writes as
 * `ml_pipeline/models/modelcards/modelcard_ELO_TIME.json`; its times without an offset are taken as UTC.
 * Throws `z.ZodError`.
 */
export function readModelCard(given: unknown): ModelCard {
  const card = cardSchema().parse(given);
  const { model_id, model_file, elo, timestamp } = card;
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/.test(timestamp);
  return {
    modelId: model_id ?? model_file.replace(/\.\w+$/, ""),
    elo,
    trainedAt: new Date(hasOffset ? timestamp : `${timestamp}Z`),
    card,
  };
}

function cardSchema() {
  const name = () => z.string().regex(/^[\w.-]{1,200}$/, "must be a name of a-z, 0-9, _, . and -");
  return z.looseObject({
    model_id: name().optional(),
    model_file: name(),
    elo: z.string().regex(/^\w{1,20}$/, "must be a group such as mid"),
    model_type: z.string().min(1).max(100),
    timestamp: z.iso.datetime({ offset: true, local: true }),
    source_patch: z.string().regex(/^\d{1,3}\.\d{1,3}$/, "must be a patch such as 15.20"),
    features: z.int().min(1),
    train_size: z.int().min(1),
    val_size: z.int().min(0).optional(),
    test_size: z.int().min(0).optional(),
    calibrated: z.boolean(),
    metrics: z.record(z.string(), z.number().nullable()).optional(),
  });
}
