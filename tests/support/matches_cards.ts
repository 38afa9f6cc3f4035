/** A model card as the system of seed 003 writes it, but for what the test says. */
export function aCard(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    elo: "mid",
    model_type: "xgb",
    timestamp: "2025-10-18T13:16:56",
    features: 3309,
    train_size: 80,
    val_size: 10,
    test_size: 10,
    calibrated: true,
    source_patch: "15.20",
    feature_version: "v1",
    model_file: "draft_mid_xgb_20251018_131656.pkl",
    calibrator_file: "calibrator_mid_20251018_131656.pkl",
    ...fields,
  };
}

/** A card for a model of that id. */
export function cardOf(modelId: string, fields: Record<string, unknown> = {}) {
  return aCard({ model_file: `${modelId}.pkl`, ...fields });
}
