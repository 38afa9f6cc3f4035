import type { AnySql, Json, Tx } from "../lib/db/sql.ts";
import type { Counts, JobContext } from "../lib/job.ts";

/** One kind of rows that are to be deleted, a bounded batch at a time. */
export interface Sweep {
  /** Names the count in the run's result, such as `error_logs`. */
  name: string;
  /** How many rows are to go, for the progress bar. */
  count(sql: AnySql): Promise<number>;
  /** Deletes the next rows after a cursor that the last batch gave; null: from the beginning. */
  deleteBatch(tx: Tx, after: Json | null): Promise<SweptBatch>;
}

export interface SweptBatch {
  deleted: number;
  /** Where the next batch begins; null when nothing is left. */
  after: Json | null;
}

/** What the next attempt goes on with. */
type SweepCheckpoint = { sweep: number; after: Json | null; deleted: Counts };

/**
 * Deletes what the sweeps name, each batch in a transaction of its own, and gives the counts by name.
 *
 * The cursor only moves forward: it also ends in a dry run, which rolls every batch back, and never
 * goes again through the dead entries that a long delete leaves at the start of an index.
 */
export async function sweepAll(ctx: JobContext, sweeps: readonly Sweep[]): Promise<Counts> {
  const reached = (ctx.lastCheckpoint ?? { sweep: 0, after: null, deleted: {} }) as SweepCheckpoint;
  const deleted = {
    ...Object.fromEntries(sweeps.map(({ name }) => [name, 0])),
    ...reached.deleted,
  };
  const left = await countAll(ctx.sql, sweeps.slice(reached.sweep));
  let done = sum(deleted);
  const total = done + left;

  for (let i = reached.sweep; i < sweeps.length; i++) {
    let after = i === reached.sweep ? reached.after : null;
    do {
      ctx.signal.throwIfAborted();
      const batch = await ctx.transaction(async (tx) => {
        const batch = await sweeps[i].deleteBatch(tx, after);
        const next = batch.after === null ? i + 1 : i;
        const counts = { ...deleted, [sweeps[i].name]: deleted[sweeps[i].name] + batch.deleted };
        await ctx.checkpoint({ sweep: next, after: batch.after, deleted: counts });
        await ctx.progress(done + batch.deleted, Math.max(total, done + batch.deleted));
        return batch;
      });
      deleted[sweeps[i].name] += batch.deleted;
      done += batch.deleted;
      after = batch.after;
    } while (after !== null);
  }
  return deleted;
}

async function countAll(sql: AnySql, sweeps: readonly Sweep[]): Promise<number> {
  let total = 0;
  for (const sweep of sweeps) total += await sweep.count(sql);
  return total;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
