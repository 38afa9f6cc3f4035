/** Why a schedule did or did not run at an instant: each condition in its order, in words. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Sql } from "./db/sql.ts";
import { NotFoundError } from "./errors.ts";
import type { RunRow } from "./run.ts";
import { readRow } from "./schedule_store.ts";
import { type Condition, judge, nextSlot, previousSlot } from "./why_conditions.ts";
import { gatherFacts } from "./why_facts.ts";
import { formatOutcome } from "./why_words.ts";

export interface Explanation {
  schedule_id: string;
  at: Date;
  /** The slot in the minute of `at`; null when there is none. */
  slot: Date | null;
  previous_slot: Date | null;
  next_slot: Date | null;
  /** Whether the work was begun. */
  ran: boolean;
  /** The whole answer in one sentence. */
  answer: string;
  conditions: Condition[];
  run: RunRow | null;
}

/** Explains a row of a job at an instant, past or future; deleted rows too. Throws `NotFoundError`. */
export async function explainWhy(
  deps: { sql: Sql; clock: Clock; config: Config },
  jobType: string,
  at: Date,
  scheduleId: string = jobType,
): Promise<Explanation> {
  const row = await readRow(deps.sql, scheduleId);
  if (row?.job_type !== jobType) {
    throw new NotFoundError(`Job "${jobType}" has no schedule "${scheduleId}"`);
  }
  const facts = await gatherFacts(deps, row, at);
  const { slot, run } = facts;
  const conditions = judge(facts);
  return {
    schedule_id: row.id,
    at,
    slot,
    previous_slot: previousSlot(facts, slot ?? at),
    next_slot: nextSlot(facts, slot ?? at),
    ran: run !== null && run.started_at !== null && run.status !== "skipped",
    // What became of a run says more than any condition before it.
    answer:
      (run ? formatOutcome(run) : conditions.find(({ holds }) => !holds) ?? conditions.at(-1)!)
        .says,
    conditions,
    run,
  };
}
