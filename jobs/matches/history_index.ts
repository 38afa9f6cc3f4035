import type { Tx } from "../../lib/db/sql.ts";
import { type DocumentVersion, publishDocument } from "./history_document_store.ts";
import {
  beginGeneration,
  type ChangeCursor,
  countMatches,
  countNextChanges,
  countNextMatches,
  countWaitingChanges,
  holdIndex,
  swapGenerations,
} from "./history_index_store.ts";

/** Performs one piece of the work in a transaction; all pieces may share one. */
export type Step = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

export interface RefreshOptions {
  /** Count every match anew instead of what has changed. */
  full: boolean;
  /** The generation that an earlier attempt at this refresh has begun; null: none. */
  begun: number | null;
  /** Matches or changes in one piece. */
  batchSize: number;
  /** Told of the generation that was begun, in the transaction that begins it. */
  onBegun(generation: number): Promise<void>;
  /** Told of each piece, in its transaction. */
  onProgress(done: number, total: number): Promise<void>;
}

export interface RefreshResult {
  /** Whether every match was counted anew, or the rest of an unfinished rebuild was. */
  rebuilt: boolean;
  /** Changes counted in the live generation, beside the matches of a rebuild. */
  changes: number;
  document: DocumentVersion;
  isNew: boolean;
}

/**
 * Brings the history index up to date, in pieces that commit on their own, and publishes it.
 *
 * At any moment the live generation plus the waiting changes is all matches, and so is the one being
 * built for the matches up to its place: whatever is cut off between two pieces goes on from there.
 * A rebuild that was left unfinished is finished first, since it has taken changes that the live
 * generation lacks; who asks for a full one begins anew.
 */
export async function refreshIndex(step: Step, options: RefreshOptions): Promise<RefreshResult> {
  const { full, begun, onBegun } = options;
  if (full && begun === null) {
    await step(async (tx) => {
      await holdIndex(tx);
      await onBegun(await beginGeneration(tx));
    });
  }
  let rebuilt = false;
  let changes = 0;
  let isUpToDate = false;
  while (!isUpToDate) {
    rebuilt = await finishRebuild(step, options) || rebuilt;
    const counted = await countChanges(step, options);
    changes += counted.changes;
    isUpToDate = !counted.metRebuild;
  }
  const published = await step(async (tx) => publishDocument(tx, (await holdIndex(tx)).live));
  return { rebuilt, changes, ...published };
}

/** Counts matches into the generation that is being built until it takes over; false: there was none. */
async function finishRebuild(step: Step, options: RefreshOptions): Promise<boolean> {
  const { batchSize, onProgress } = options;
  let done = 0;
  let total: number | null = null;
  while (true) {
    const piece = await step(async (tx) => {
      const state = await holdIndex(tx);
      if (state.building === null) return "none";
      total ??= await countMatches(tx);
      const matches = await countNextMatches(tx, state.building, batchSize);
      done += matches;
      await onProgress(done, Math.max(done, total));
      if (matches === batchSize) return "more";
      await swapGenerations(tx, state);
      return "last";
    });
    if (piece !== "more") return piece === "last";
  }
}

/**
 * Counts the changes that wait, once through: what comes behind the cursor is for the next refresh.
 *
 * Stops at a rebuild that somebody began meanwhile: the live generation lacks what that has taken.
 */
async function countChanges(
  step: Step,
  options: RefreshOptions,
): Promise<{ changes: number; metRebuild: boolean }> {
  const { batchSize, onProgress } = options;
  let done = 0;
  let total: number | null = null;
  let after: ChangeCursor = { matchId: "", changeId: "0" };
  while (true) {
    const piece = await step(async (tx) => {
      const { live, building } = await holdIndex(tx);
      if (building !== null) return null;
      const counted = await countNextChanges(tx, live, after, batchSize);
      const known = done + counted.changes;
      // Counting goes through what a rebuild has dropped, too: only who has more to do needs to know.
      total ??= counted.changes < batchSize ? known : known + await countWaitingChanges(tx);
      if (known > 0) await onProgress(known, Math.max(known, total));
      return counted;
    });
    if (piece === null) return { changes: done, metRebuild: true };
    const { changes, last } = piece;
    done += changes;
    if (changes < batchSize || last === null) return { changes: done, metRebuild: false };
    after = last;
  }
}
