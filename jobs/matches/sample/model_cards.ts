import { patchOf } from "./matches_sample.ts";

/** Example cards of the three models that predict a draft's winner, trained the night before a day. */
export function exampleModelCards(day: Date): { name: string; card: Record<string, unknown> }[] {
  return [
    exampleCard(day, "low", 41_280, { roc_auc: 0.641, log_loss: 0.661, brier: 0.2341, ece: 0.021 }),
    exampleCard(day, "mid", 52_410, { roc_auc: 0.658, log_loss: 0.653, brier: 0.2302, ece: 0.017 }),
    exampleCard(day, "high", 9_870, { roc_auc: 0.629, log_loss: 0.667, brier: 0.2374, ece: 0.034 }),
  ];
}

function exampleCard(
  day: Date,
  elo: string,
  trainSize: number,
  metrics: Record<string, number>,
): { name: string; card: Record<string, unknown> } {
  const date = day.toISOString().slice(0, 10);
  const compact = date.replaceAll("-", "");
  const testSize = Math.round(trainSize / 10);
  return {
    name: `modelcard_${elo}.json`,
    card: {
      elo,
      model_type: "xgb",
      timestamp: `${date}T01:15:00`,
      features: 3_469,
      train_size: trainSize,
      val_size: testSize,
      test_size: testSize,
      calibrated: true,
      calibrator_method: "isotonic",
      source_patch: patchOf(day),
      feature_version: "v1",
      model_file: `draft_${elo}_xgb_${compact}_011500.pkl`,
      calibrator_file: `calibrator_${elo}_${compact}_011500.pkl`,
      metrics,
    },
  };
}
