import { assertEquals } from "@std/assert";
import { nearestId } from "../../lib/nearest_id.ts";

const IDS = [
  "detect_no_change_words",
  "trigger_model_retraining",
  "cleanup_old_runs",
  "cleanup_old_error_logs",
];

for (
  const [written, meant] of [
    ["detect_no_change_word", "detect_no_change_words"],
    ["detect_no_chnage_words", "detect_no_change_words"],
    ["DETECT_NO_CHANGE_WORDS", "detect_no_change_words"],
    ["detect-no-change-words", "detect_no_change_words"],
    ["cleanup_runs", "cleanup_old_runs"],
    ["trigger_retraining", "trigger_model_retraining"],
    ["backup", undefined],
    ["", undefined],
    ["x".repeat(10_000), undefined],
  ] as const
) {
  Deno.test(`nearestId("${written.slice(0, 30)}") is ${meant}`, () => {
    assertEquals(nearestId(written, IDS), meant);
  });
}

Deno.test("two neighbours swapped are one mistake, not two", () => {
  assertEquals(nearestId("abdc", ["abcd", "abdxy"]), "abcd");
});
