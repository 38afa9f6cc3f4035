import { hasEnded, isPaused, pauseEnd, type ScheduleRow } from "../../../lib/schedule_row.ts";

/** What holds a job back: none of its rows will fire before it ends. */
export interface Hold {
  reason: "paused" | "disabled";
  /** When the first of its pauses ends; null: not by itself. */
  until: Date | null;
}

/** The hold of a job by its rows; null while one of them is free, and where all have ended anyway. */
export function holdOf(rows: readonly ScheduleRow[], now: Date): Hold | null {
  const left = rows.filter((row) => !hasEnded(row));
  if (left.length === 0 || left.some((row) => row.enabled && !isPaused(row, now))) return null;
  const paused = left.filter(({ enabled }) => enabled);
  if (paused.length === 0) return { reason: "disabled", until: null };
  const ends = paused.map(pauseEnd).filter((end) => end !== null);
  const until = ends.length > 0 ? new Date(Math.min(...ends.map((end) => end.getTime()))) : null;
  return { reason: "paused", until };
}
