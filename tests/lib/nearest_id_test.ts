import { assertEquals } from "@std/assert";
import { nearestId } from "../../lib/nearest_id.ts";

const IDS = [
  "detect_no_change_words",
  "trigger_model_retraining",
  "cleanup_old_runs",
  "cleanup_old_error_logs",
];

for (
  const [written, id] of [
    ["detect_no_change_word", "detect_no_change_words"],
    ["detect_no_chnage_words", "detect_no_change_words"],
    ["DETECT_NO_CHANGE_WORDS", "detect_no_change_words"],
    ["detect-no-change-words", "detect_no_change_words"],
    ["cleanup_runs", "cleanup_old_runs"],
    ["trigger_retraining", "trigger_model_retraining"],
  ]
) {
  Deno.test(`nearestId("${written}") is ${id}, and close`, () => {
    assertEquals(nearestId(written, IDS), { id, isClose: true });
  });
}

for (
  const [written, id] of [
    ["backup", "cleanup_old_runs"],
    ["logs", "cleanup_old_runs"],
    ["", "cleanup_old_runs"],
    ["x".repeat(10_000), "detect_no_change_words"],
  ]
) {
  Deno.test(`nearestId("${written.slice(0, 30)}") is ${id}, and far`, () => {
    assertEquals(nearestId(written, IDS), { id, isClose: false });
  });
}

Deno.test("two neighbours swapped are one mistake, not two", () => {
  assertEquals(nearestId("abdc", ["abcd", "abdxy"]), { id: "abcd", isClose: true });
});

for (const ids of [["abcde", "abcdefghijkl"], ["abcdefghijkl", "abcde"]]) {
  Deno.test(`of ${ids}, the close one comes before the nearer one that is far for its length`, () => {
    assertEquals(nearestId("abcdefgh", ids), { id: "abcdefghijkl", isClose: true });
  });
}

Deno.test("without ids there is none", () => {
  assertEquals(nearestId("backup", []), undefined);
});
