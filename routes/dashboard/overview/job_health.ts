import {
  type JudgedRun,
  RUNS_JUDGED,
  type SlotGap,
} from "../../../lib/dashboard_overview_store.ts";

/** How a job does, as one word of `Status`; a job that is paused or disabled may do worse things beside. */
export type Health =
  | "failing"
  | "missed"
  | "late"
  | "unconfigured"
  | "paused"
  | "disabled"
  | "new"
  | "fine";

/** In the order in which they matter. */
export const HEALTHS: readonly Health[] = [
  "failing",
  "missed",
  "late",
  "unconfigured",
  "paused",
  "disabled",
  "new",
  "fine",
];

/** Whether a state says only that nothing is wrong: of a job that runs just now, that is told instead. */
export function isQuiet(health: Health): boolean {
  return health === "fine" || health === "new";
}

/** A slot that is this old and neither dispatched nor told as a gap is late; alarms come every minute. */
const LATE_AFTER_MS = 90_000;

/** A missed slot is told for so long, though others came after it. */
const MISSED_FOR_MS = 24 * 3_600_000;

/** What a job's newest runs say; shares and durations are null where no run tells them. */
export interface RunFigures {
  /**
   * Runs that failed one after the other, the newest included, with those that failed and are tried again; a
   * skipped or cancelled one says nothing.
   */
  failures: number;
  failingSince: Date | null;
  /** When the newest of them is tried again; null where it has ended, or is at it. */
  retryAt: Date | null;
  /** Whether the runs that were looked at all failed, so that it has failed for longer, and more often. */
  failsLonger: boolean;
  successes: number;
  /** Successes and failures that ended. */
  judged: number;
  successRate: number | null;
  lastMs: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
}

/** Adds a job's newest runs up; newest first. */
export function addUp(runs: readonly JudgedRun[]): RunFigures {
  const judged = runs.filter(hasJudgement);
  const telling = runs.filter((run) => run.retry !== null || hasJudgement(run));
  const firstGood = telling.findIndex(({ status }) => status === "success");
  const failed = firstGood < 0 ? telling : telling.slice(0, firstGood);
  const good = judged.filter(({ status }) => status === "success");
  const durations = good.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)
    .sort((a, b) => a - b);
  return {
    failures: failed.length,
    failsLonger: failed.length > 0 && firstGood < 0 && runs.length === RUNS_JUDGED,
    failingSince: failed.length > 0 ? new Date(failedAt(failed.at(-1)!)) : null,
    retryAt: failed[0]?.retry && failed[0].status === "pending"
      ? new Date(failed[0].retry.againAtMs)
      : null,
    successes: good.length,
    judged: judged.length,
    successRate: judged.length > 0 ? good.length / judged.length : null,
    lastMs: judged[0]?.durationMs ?? null,
    p50Ms: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
  };
}

function hasJudgement({ status }: JudgedRun): boolean {
  return status === "success" || status === "failed";
}

function failedAt({ atMs, retry }: JudgedRun): number {
  return retry?.failedAtMs ?? atMs;
}

/** Whether a run that began has ended; one that was skipped before it began says nothing. */
export function hasEverEnded(runs: readonly JudgedRun[]): boolean {
  return runs.some(({ status, durationMs }) =>
    status !== "pending" && status !== "running" && durationMs !== null
  );
}

/** A slot that was missed. */
export interface Missed {
  slot: Date;
  /** Whether a success since, whoever asked for it, made up for it: then it is told, but nothing has to be done. */
  isMadeUp: boolean;
}

/**
 * The newest slot that was missed; null where there is none.
 *
 * It counts for a day, and one that nothing made up for also for as long as no other slot followed it. Of what is
 * held back on purpose (a pause, say) nothing is missed.
 *
 * @param runs Newest first.
 * @param gaps Newest first.
 * @param newestSlotMs The newest slot with a run or a gap.
 */
export function lastMissed(
  runs: readonly JudgedRun[],
  gaps: readonly SlotGap[],
  newestSlotMs: number,
  now: Date,
): Missed | null {
  const slot = gaps.find(({ reason }) => reason === "missed")?.lastSlot;
  if (!slot) return null;
  const isMadeUp = slot.getTime() <= madeUpTo(runs);
  const isRecent = now.getTime() - slot.getTime() <= MISSED_FOR_MS;
  return isRecent || (!isMadeUp && slot.getTime() >= newestSlotMs) ? { slot, isMadeUp } : null;
}

/** The last success; beyond the runs that are looked at nobody knows, so that nothing is claimed. */
function madeUpTo(runs: readonly JudgedRun[]): number {
  const success = runs.find(({ status }) => status === "success");
  if (success) return success.atMs;
  return runs.length === RUNS_JUDGED ? runs.at(-1)!.atMs : -Infinity;
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
  /** Whether any run that began has ended. */
  hasRun: boolean;
  /** The newest slot that was missed. */
  missed: Missed | null;
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
  if (state.missed !== null && !state.missed.isMadeUp) return "missed";
  if (isLate(state.dueAt, now)) return "late";
  if (state.missingSetting !== null) return "unconfigured";
  if (state.paused) return "paused";
  if (!state.enabled) return "disabled";
  return state.hasRun ? "fine" : "new";
}

function isLate(dueAt: Date | null, now: Date): boolean {
  return dueAt !== null && now.getTime() - dueAt.getTime() > LATE_AFTER_MS;
}
