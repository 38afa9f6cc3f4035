import { CHARTED_RUNS, type ChartedRun } from "../../../lib/dashboard_job_store.ts";
import { formatClock, formatCount, formatDuration } from "../format.ts";
import type { View } from "../view.ts";
import { wordOf } from "../parts/status.tsx";

const WIDTH = 720;
const HEIGHT = 150;
const TOP = 8;
const LEFT = 64;
const BASE = HEIGHT - 6;
const STEP = (WIDTH - LEFT) / CHARTED_RUNS;

const FILLS = { success: "fill-ok", failed: "fill-bad", running: "fill-run" } as const;

/** How long the newest runs took, oldest on the left; what failed is red and has a cross on its foot. */
export function DurationChart({ runs, view }: { runs: readonly ChartedRun[]; view: View }) {
  const timed = runs.filter(({ duration_ms }) => duration_ms !== null).toReversed();
  if (timed.length === 0) return <p class="quiet">No run has ended yet.</p>;
  const most = niceCeiling(Math.max(...timed.map(({ duration_ms }) => duration_ms!)));
  const y = (ms: number) => BASE - (ms / most) * (BASE - TOP);
  const offset = CHARTED_RUNS - timed.length;
  const failed = timed.filter(({ status }) => status === "failed").length;
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="group"
      aria-label={`Durations of the last ${
        formatCount(timed.length, "run")
      }, ${failed} failed, at most ${
        formatDuration(Math.max(...timed.map(({ duration_ms }) => duration_ms!)))
      }`}
    >
      {[0, 0.5, 1].map((share) => (
        <>
          <path class="grid" d={`M${LEFT} ${y(most * share)}H${WIDTH}`} />
          <text x={LEFT - 8} y={y(most * share) + 4} text-anchor="end">
            {share === 0 ? "0" : formatDuration(most * share)}
          </text>
        </>
      ))}
      {timed.map((run, place) => {
        const x = LEFT + (offset + place) * STEP + 1.5;
        const top = Math.min(y(run.duration_ms!), BASE - 2);
        const fill = FILLS[run.status as keyof typeof FILLS] ?? "fill-quiet";
        return (
          <a href={`/ui/runs/${run.id}`} tabindex={-1}>
            <title>
              {`${wordOf(run.status)}, ${formatDuration(run.duration_ms!)}, ${
                formatClock(run.started_at, view.zone, view.now)
              }${run.dry_run ? ", dry run" : ""}`}
            </title>
            <path class="reach" d={`M${x} ${TOP}h${STEP - 3}V${BASE}h${3 - STEP}z`} />
            <path
              class={fill}
              d={`M${x.toFixed(1)} ${top.toFixed(1)}h${(STEP - 3).toFixed(1)}V${BASE}h${
                (3 - STEP).toFixed(1)
              }z`}
            />
            {run.status === "failed" && (
              <path class="cross" d={`M${x + 1.5} ${BASE - 8}l5 5m0-5l-5 5`} />
            )}
          </a>
        );
      })}
    </svg>
  );
}

/** Tops of the axis that read well, in milliseconds. */
const TOPS = [10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000]
  .concat([60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000]);

/** The first top that is not below; whole hours beyond the last. */
function niceCeiling(ms: number): number {
  return TOPS.find((top) => top >= ms) ?? Math.ceil(ms / 7_200_000) * 7_200_000;
}
