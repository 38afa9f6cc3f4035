/**
 * `deno task test:week`: seven days of the real program by a clock that goes faster; prints a table and ends with 1
 * when a job has other than its runs.
 */
import { hasFaketime } from "../support/faketime.ts";
import { MONDAY, runThrough } from "./accelerated.ts";

/** The README's schedules from a Monday 00:00 until before the next one. */
const RUNS: Record<string, number> = {
  detect_no_change_words: 7,
  trigger_model_retraining: 7,
  cleanup_old_error_logs: 7,
  detect_improvement_patterns: 1,
  generate_progress_snapshots: 1,
  create_daily_snapshots: 168,
  refresh_recommendations: 1,
  refresh_history_index: 168,
  refresh_model_registry: 2016,
  refresh_patch_meta: 7,
  profile_maintenance: 168,
  memory_consolidation: 7,
  memory_decay: 7,
  cleanup_old_runs: 7,
};

/** Ctrl-C: what was started is ended first. */
const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => ending.abort(new Error(`ended by ${signal}`)));
}

try {
  Deno.exit(await countWeek() ? 0 : 1);
} catch (error) {
  console.error(ending.signal.aborted ? String(ending.signal.reason) : error);
  Deno.exit(1);
}

async function countWeek(): Promise<boolean> {
  if (!hasFaketime()) {
    throw new Error("faketime is not on this machine: install Debian's package of that name");
  }
  const until = new Date("2026-01-12T00:00:00Z");
  const counts = await runThrough({ from: MONDAY, until }, ending.signal);
  print("job", "expected", "runs", "unsettled", "other than success");
  let isExact = true;
  for (const job of new Set([...Object.keys(RUNS), ...Object.keys(counts)])) {
    const expected = RUNS[job] ?? 0;
    const { runs, unsettled, others } = counts[job] ?? { runs: 0, unsettled: 0, others: {} };
    isExact &&= runs === expected && unsettled === 0;
    const rest = Object.entries(others).map(([outcome, count]) => `${count} ${outcome}`);
    print(job, String(expected), String(runs), String(unsettled), rest.join(", "));
  }
  console.log(isExact ? "exact" : "WRONG");
  return isExact;
}

function print(job: string, ...[expected, runs, unsettled, others]: string[]): void {
  const numbers = [expected, runs, unsettled].map((text) => text.padStart(10)).join("");
  console.log(`${job.padEnd(28)}${numbers}  ${others}`.trimEnd());
}
