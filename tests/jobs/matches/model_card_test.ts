import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { readModelCard } from "../../../jobs/matches/model_card.ts";
import { aCard } from "../../support/matches_cards.ts";

Deno.test("a card is read as the system of seed 003 writes it", () => {
  const card = aCard({ timestamp: "2025-10-18T13:16:56.352603" });
  assertEquals(readModelCard(card), {
    modelId: "draft_mid_xgb_20251018_131656",
    elo: "mid",
    trainedAt: new Date("2025-10-18T13:16:56.352Z"),
    card,
  });
});

Deno.test("a card may name its model, and have an offset and further fields", () => {
  const card = aCard({ model_id: "mid-7", timestamp: "2025-10-18T15:16:56+02:00", licence: "MIT" });
  const { modelId, trainedAt, card: kept } = readModelCard(card);
  assertEquals(modelId, "mid-7");
  assertEquals(trainedAt, new Date("2025-10-18T13:16:56Z"));
  assertEquals(kept.licence, "MIT");
});

for (
  const { wrong, fields } of [
    { wrong: "no model file", fields: { model_file: undefined } },
    { wrong: "a path for a model file", fields: { model_file: "../model.pkl" } },
    { wrong: "no time", fields: { timestamp: "yesterday" } },
    { wrong: "a patch that is none", fields: { source_patch: "latest" } },
    { wrong: "a text for a size", fields: { train_size: "80" } },
    { wrong: "a metric that is no number", fields: { metrics: { roc_auc: "high" } } },
  ]
) {
  Deno.test(`a card with ${wrong} is refused`, () => {
    const error = assertThrows(() => readModelCard(aCard(fields)), z.ZodError);
    assertEquals(error.issues[0].path[0], Object.keys(fields)[0]);
  });
}
