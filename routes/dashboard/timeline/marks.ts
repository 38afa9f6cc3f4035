import { type RunStretch, STEPS, type TimelineRun } from "../../../lib/dashboard_timeline_store.ts";
import type { RunStatus } from "../../../lib/run.ts";
import { type Piece, piecesOf, type Scale } from "./scale.ts";

/** What a lane shows of its past: one run, or those of a stretch that are in one state. */
export type Mark =
  & { status: RunStatus; pieces: Piece[] }
  & ({ run: TimelineRun } | { runs: number; fromMs: number; toMs: number });

const MINUTE_MS = 60_000;

/** Stretches that runs are gathered in, in minutes: they divide a day. */
const STRETCHES = [15, 30, 60, 120, 240, 360, 720, 1_440];

/** The shortest stretch by which `most` marks are enough for that much time, in milliseconds. */
export function stretchMs(spanMs: number, most: number): number {
  const minutes = STRETCHES.find((minutes) => spanMs / (minutes * MINUTE_MS) <= most) ??
    STRETCHES.at(-1)!;
  return minutes * MINUTE_MS;
}

/**
 * The past of a lane from left to right: a mark for each run that is named, and one for each stretch and state
 * that has others as well.
 */
export function markRuns(
  named: readonly TimelineRun[],
  stretches: readonly Omit<RunStretch, "job_type">[],
  { stretch, now, ...scale }: Scale & { stretch: number; now: Date },
): Mark[] {
  const marks: Mark[] = [];
  const isNamed = Map.groupBy(
    named,
    ({ status, created_at }) => `${status} ${Math.floor(created_at.getTime() / stretch)}`,
  );
  for (const { status, stretch: place, runs, steps } of stretches) {
    if (isNamed.get(`${status} ${place}`)?.length === runs) continue;
    const fromMs = place * stretch;
    const spans = placesOf(steps).map((step) => {
      const ms = fromMs + step * stretch / STEPS;
      return [ms, ms] as const;
    });
    marks.push({ status, pieces: piecesOf(spans, scale), runs, fromMs, toMs: fromMs + stretch });
  }
  for (const run of named) {
    const span = [run.began_at.getTime(), (run.finished_at ?? now).getTime()] as const;
    marks.push({ status: run.status, pieces: piecesOf([span], scale), run });
  }
  return marks.sort((a, b) => a.pieces[0].x - b.pieces[0].x);
}

/** The numbers of the bits that are set, half of them at a time: beyond 32 bits shifts would be wrong. */
function placesOf(bits: number): number[] {
  const half = STEPS / 2;
  const places: number[] = [];
  const low = bits % 2 ** half;
  const high = Math.floor(bits / 2 ** half);
  for (let place = 0; place < half; place++) if (low >> place & 1) places.push(place);
  for (let place = 0; place < half; place++) if (high >> place & 1) places.push(half + place);
  return places;
}
