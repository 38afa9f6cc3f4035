import type { loadAdapter, trainAdapter } from "./correction_model.ts";
import type { Lexicon } from "./word_frequencies.ts";

/** What correcting and training need. */
export interface CorrectionModel {
  trainAdapter: typeof trainAdapter;
  loadAdapter: typeof loadAdapter;
  lexicon: Lexicon;
}

/** Loads the model when it is first needed: its tables and its words are no part of a cold start. */
export async function loadModel(): Promise<CorrectionModel> {
  const [model, words] = await Promise.all([
    import("./correction_model.ts"),
    import("./word_frequencies.ts"),
  ]);
  return {
    trainAdapter: model.trainAdapter,
    loadAdapter: model.loadAdapter,
    lexicon: await words.loadLexicon(),
  };
}
