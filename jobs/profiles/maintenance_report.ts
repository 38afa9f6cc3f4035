import type { Json, Sql } from "../../lib/db/sql.ts";
import { listResults, sumUpRun } from "./maintenance_store.ts";
import { type Outcome, toResult } from "./profile_asker.ts";

/** Entities whose results a run shows; all of them are in `profile_maintenances`. */
const RESULTS_SHOWN = 100;

/** What a run came to, over all of its attempts. */
export async function reportOf(sql: Sql, runId: string): Promise<Record<string, Json>> {
  const sums = await sumUpRun(sql, runId);
  const results = await listResults(sql, runId, RESULTS_SHOWN);
  return { ...sums, results: results as unknown as Json };
}

/** What a dry run would come to, with each entity's diff: it leaves no rows to read that from. */
export class DryReport {
  private readonly results: Json[] = [];
  private readonly sums = {
    attributes_before: 0,
    attributes_after: 0,
    withheld: 0,
    prompt_tokens: 0,
    completion_tokens: 0,
  };

  add(outcome: Outcome): void {
    const { asked, diff } = outcome;
    const result = toResult(outcome);
    this.sums.attributes_before += result.attributes_before;
    this.sums.attributes_after += result.attributes_after;
    this.sums.withheld += asked.withheld;
    this.sums.prompt_tokens += asked.promptTokens;
    this.sums.completion_tokens += asked.completionTokens;
    if (this.results.length < RESULTS_SHOWN) {
      this.results.push({ ...result, diff: diff as unknown as Json });
    }
  }

  toJson(): Record<string, Json> {
    return { ...this.sums, results: this.results };
  }
}
