/** A job whose every effect is a row of a ledger, so that a test can count what was done, and how often. */
import { z } from "zod";
import type { Sql } from "../../lib/db/sql.ts";
import { type AnyJob, defineJob, type JobContext, type JobDefinition } from "../../lib/job.ts";

/** Makes the ledger; nothing in it hinders an effect from being written twice. */
export async function createLedger(sql: Sql): Promise<void> {
  await sql`
    create table ledger (
      run_id uuid not null, step integer not null, attempt integer not null, worker text not null)`;
}

const params = z.object({
  /** Transactions that the run makes, each with its checkpoint. */
  steps: z.int().min(1).default(3),
  /** The first attempt stays here until it is ended from outside: after that many steps, before the next. */
  staysAfter: z.int().nullable().default(null),
});

export type LedgerParams = z.infer<typeof params>;

/** Where a handler is; a test may do something there. */
export type Place = "handler" | "transaction" | "step";

/** What a handler does beside its steps. */
export interface LedgerHooks {
  /** At each place of each attempt. */
  at?: (place: Place, ctx: JobContext<LedgerParams>) => Promise<void> | void;
  /** Lets a first attempt that stays (`staysAfter`) go on. */
  goesOn?: Promise<void>;
}

/** A job that writes its steps to the ledger and goes on after its checkpoint. */
export function ledgerJob(
  overrides: Partial<JobDefinition<LedgerParams>>,
  worker: string,
  { at = () => {}, goesOn }: LedgerHooks = {},
): AnyJob {
  return defineJob<LedgerParams>({
    id: "ledger",
    name: "Ledger",
    description: "Writes its steps to a ledger.",
    tags: [],
    schedule: { cron: "* * * * *" },
    params,
    async run(ctx) {
      await at("handler", ctx);
      const { steps, staysAfter } = ctx.params;
      const done = Number(ctx.lastCheckpoint ?? 0);
      for (let step = done; step <= steps; step++) {
        if (step > done) {
          await writeStep(ctx, step, worker, () => at("transaction", ctx));
          await at("step", ctx);
        }
        if (step === staysAfter && ctx.attempt === 1) await aborted(ctx.signal, goesOn);
      }
      return { done_before: done, steps };
    },
    ...overrides,
  });
}

async function writeStep(
  ctx: JobContext,
  step: number,
  worker: string,
  inTransaction: () => Promise<void> | void,
): Promise<void> {
  await ctx.transaction(async (tx) => {
    await tx`
      insert into ledger (run_id, step, attempt, worker)
      values (${ctx.runId}, ${step}, ${ctx.attempt}, ${worker})`;
    await ctx.checkpoint(step);
    await inTransaction();
  });
}

/** Rejects when the signal aborts, unless the other promise comes first. */
async function aborted(signal: AbortSignal, unless?: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  await Promise.race([promise, unless ?? promise]);
  signal.removeEventListener("abort", onAbort);
}

/** What the ledger holds of a run, in order: `step/attempt`. */
export async function readLedger(sql: Sql, runId: string): Promise<string[]> {
  const rows = await sql<{ step: number; attempt: number }[]>`
    select step, attempt from ledger where run_id = ${runId} order by step, attempt`;
  return rows.map(({ step, attempt }) => `${step}/${attempt}`);
}
