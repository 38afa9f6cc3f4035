/** What the simulation's runs do: short work in checkpointed steps that fails, hangs or is slow by plan. */
import { z } from "zod";
import type { Json } from "../../../lib/db/sql.ts";
import {
  type AnyJob,
  defineJob,
  type ItemSource,
  type JobContext,
  type Policies,
} from "../../../lib/job.ts";
import { hashBelow } from "./random.ts";

export type JobName = "quick" | "flaky" | "slow" | "limited" | "stuck" | "hopeless" | "items";

/** Runs of the job `limited` that may be running at once. */
export const LIMIT = 2;

/** Items of a run of the job `items`, and the one that always fails. */
export const ITEMS = 20;
export const POISON = 13;

/** The simulation's minute is a fraction of a second: what waits for a clock waits for that one. */
const RETRIES = { retries: 2, backoff: { firstMs: 60_000, maxMs: 240_000, spread: 0.2 } };

/** Never ends by itself, whatever it is told. */
const NEVER = new Promise<never>(() => {});

/** The jobs of the simulation; `worker` signs what is written to the ledger. */
export function simulationJobs(worker: string): AnyJob[] {
  const steps = (mostMs: number) => (ctx: JobContext) => workInSteps(ctx, worker, mostMs);
  return [
    job("quick", steps(200)),
    job("slow", steps(600)),
    job("limited", steps(250), { limit: LIMIT }),
    job("flaky", async (ctx) => {
      if (hashBelow(`${ctx.jobId} ${ctx.asOf} ${ctx.attempt}`, 100) < 20) {
        throw new Error("planned");
      }
      return await steps(200)(ctx);
    }),
    job("hopeless", () => Promise.reject(new Error("planned")), { retries: 1 }),
    job("stuck", async (ctx) => {
      if (ctx.attempt === 1) await NEVER;
      return await steps(200)(ctx);
    }, { timeoutMs: 300 }),
    job("items", (ctx) => workThroughItems(ctx, worker)),
  ];
}

/** One to three steps, each in a transaction with its checkpoint; returns how many there are. */
async function workInSteps(ctx: JobContext, worker: string, mostMs: number): Promise<Json> {
  const steps = 1 + hashBelow(ctx.runId, 3);
  for (let step = Number(ctx.lastCheckpoint ?? 0) + 1; step <= steps; step++) {
    await rest(hashBelow(`${ctx.runId} ${step}`, mostMs), ctx.signal);
    await ctx.transaction(async (tx) => {
      await tx`
        insert into ledger (run_id, step, attempt, worker)
        values (${ctx.runId}, ${step}, ${ctx.attempt}, ${worker})`;
      await ctx.checkpoint(step);
    });
    ctx.log.info(`Step ${step} of ${steps}`);
  }
  return { steps };
}

async function workThroughItems(ctx: JobContext, worker: string): Promise<Json> {
  return await ctx.forEach(ITEM_SOURCE, async (items, tx) => {
    if (items.includes(POISON)) throw new Error("planned");
    await tx`
      insert into ledger (run_id, step, attempt, worker)
      select ${ctx.runId}, item, ${ctx.attempt}, ${worker}
      from unnest(${items}::int[]) as item`;
  }, { batchSize: 6, prepare: () => rest(100, ctx.signal) });
}

const ITEM_SOURCE: ItemSource<number> = {
  read: (after, limit) => {
    const first = Number(after ?? 0) + 1;
    const left = Math.max(0, Math.min(limit, ITEMS + 1 - first));
    return Promise.resolve(Array.from({ length: left }, (_, i) => first + i));
  },
  cursor: (item) => item,
  key: (item) => String(item),
  only: (keys) => Promise.resolve(keys.map(Number)),
};

function job(
  id: JobName,
  run: (ctx: JobContext) => Promise<Json | void>,
  policies: Partial<Policies> = {},
): AnyJob {
  return defineJob<unknown>({
    id,
    name: id,
    description: "Part of the simulation.",
    tags: [],
    // Its rows are made by the simulation.
    schedule: { cron: "* * * * *" },
    params: z.looseObject({}),
    policies: { ...RETRIES, ...policies },
    run,
  });
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
