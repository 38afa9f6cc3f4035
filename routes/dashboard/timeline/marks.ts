import type { RunSpan, TimelineRun } from "../../../lib/dashboard_timeline_store.ts";
import type { RunStatus } from "../../../lib/run.ts";
import { type Piece, piecesOf, type Scale } from "./scale.ts";

/** What a lane shows of its past: one run, or those of a stretch that are in one state. */
export type Mark =
  & { status: RunStatus; pieces: Piece[] }
  & ({ run: TimelineRun } | { runs: number; fromMs: number; toMs: number });

const MINUTE_MS = 60_000;

/** Stretches that runs are gathered in, in minutes: they divide a day. */
const STRETCHES = [15, 30, 60, 120, 180, 240, 360, 720, 1_440];

/** The shortest stretch by which `most` marks are enough for that much time, in milliseconds. */
export function stretchMs(spanMs: number, most: number): number {
  const minutes = STRETCHES.find((minutes) => spanMs / (minutes * MINUTE_MS) <= most) ??
    STRETCHES.at(-1)!;
  return minutes * MINUTE_MS;
}

/**
 * The past of a lane from left to right: a mark for each run that is named, and one for the others of each
 * stretch and state.
 */
export function markRuns(
  named: readonly TimelineRun[],
  spans: readonly RunSpan[],
  { stretch, now, ...scale }: Scale & { stretch: number; now: Date },
): Mark[] {
  const nowMs = now.getTime();
  const isNamed = countNamed(named);
  const groups = new Map<
    string,
    { status: RunStatus; fromMs: number; spans: [number, number][] }
  >();
  for (const { status, createdMs, beganMs, finishedMs } of spans) {
    if (isNamed(status, beganMs)) continue;
    const fromMs = Math.floor(createdMs / stretch) * stretch;
    const key = `${fromMs} ${status}`;
    const group = groups.get(key) ?? { status, fromMs, spans: [] };
    group.spans.push([beganMs, finishedMs ?? nowMs]);
    groups.set(key, group);
  }
  const marks: Mark[] = [...groups.values()].map(({ status, fromMs, spans }) => ({
    status,
    pieces: piecesOf(spans, scale),
    runs: spans.length,
    fromMs,
    toMs: fromMs + stretch,
  }));
  for (const run of named) {
    const span = [run.began_at.getTime(), run.finished_at?.getTime() ?? nowMs] as const;
    marks.push({ status: run.status, pieces: piecesOf([span], scale), run });
  }
  return marks.sort((a, b) => a.pieces[0].x - b.pieces[0].x);
}

/** Tells whether a span is one of the named runs, each of them once. */
function countNamed(named: readonly TimelineRun[]) {
  const left = new Map<string, number>();
  for (const { status, began_at } of named) {
    const key = `${status} ${began_at.getTime()}`;
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return (status: RunStatus, beganMs: number): boolean => {
    const key = `${status} ${beganMs}`;
    const count = left.get(key) ?? 0;
    if (count === 0) return false;
    left.set(key, count - 1);
    return true;
  };
}
