import { type JudgedRun, RUNS_JUDGED } from "../../../lib/dashboard_overview_store.ts";

/** How a job does, as one word of `Status`. */
export type Health =
  | "failing"
  | "late"
  | "unconfigured"
  | "paused"
  | "disabled"
  | "new"
  | "fine";

/** In the order in which they matter. */
export const HEALTHS: readonly Health[] = [
  "failing",
  "late",
  "unconfigured",
  "paused",
  "disabled",
  "new",
  "fine",
];

/** A slot that is this old and neither dispatched nor told as a gap is late; alarms come every minute. */
const LATE_AFTER_MS = 90_000;

/** What a job's newest runs say; shares and durations are null where no run tells them. */
export interface RunFigures {
  /** Runs that failed one after the other, the newest included; a skipped or cancelled one says nothing. */
  failures: number;
  failingSince: Date | null;
  /** Whether the runs that were looked at all failed, so that it has failed for longer, and more often. */
  failsLonger: boolean;
  successes: number;
  /** Successes and failures. */
  judged: number;
  successRate: number | null;
  lastMs: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
}

/** Adds a job's newest runs up; newest first. */
export function addUp(runs: readonly JudgedRun[]): RunFigures {
  const judged = runs.filter(({ status }) => status === "success" || status === "failed");
  const firstGood = judged.findIndex(({ status }) => status === "success");
  const failures = firstGood < 0 ? judged.length : firstGood;
  const good = judged.filter(({ status }) => status === "success");
  const durations = good.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)
    .sort((a, b) => a - b);
  return {
    failures,
    failsLonger: failures > 0 && firstGood < 0 && runs.length === RUNS_JUDGED,
    failingSince: failures > 0 ? new Date(judged[failures - 1].atMs) : null,
    successes: good.length,
    judged: judged.length,
    successRate: judged.length > 0 ? good.length / judged.length : null,
    lastMs: judged[0]?.durationMs ?? null,
    p50Ms: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
  };
}

/** The value at a share of the way through sorted numbers, between its neighbours in proportion. */
function percentile(sorted: number[], share: number): number | null {
  if (sorted.length === 0) return null;
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

/** What is known of a job's schedule and settings. */
export interface JobState {
  figures: RunFigures;
  hasRun: boolean;
  enabled: boolean;
  /** Whether its own row is paused now. */
  paused: boolean;
  missingSetting: string | null;
  /** The earliest slot that is due, over its rows. */
  dueAt: Date | null;
}

/** The word for a job's state: what a person has to look at comes first. */
export function judgeJob(state: JobState, now: Date): Health {
  if (state.figures.failures > 0) return "failing";
  if (isLate(state.dueAt, now)) return "late";
  if (state.missingSetting !== null) return "unconfigured";
  if (state.paused) return "paused";
  if (!state.enabled) return "disabled";
  return state.hasRun ? "fine" : "new";
}

function isLate(dueAt: Date | null, now: Date): boolean {
  return dueAt !== null && now.getTime() - dueAt.getTime() > LATE_AFTER_MS;
}
