// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { CHARTED_RUNS, type ChartedRun } from "../../../lib/dashboard_job_store.ts";
import type { RunStatus } from "../../../lib/run.ts";
import { formatClock, formatCount, formatDuration } from "../format.ts";
import type { View } from "../view.ts";
import { kindOf } from "../parts/outcomes.ts";
import { wordOf } from "../parts/status.tsx";

/** Units of the drawing, which is stretched to the room that there is. */
const STEP = 10;
const WIDTH = CHARTED_RUNS * STEP;
const HEIGHT = 100;

/** How long the newest runs took, oldest on the left; what failed has a cross on its foot, what was cancelled is cut there. */
export function DurationChart({ runs, view }: { runs: readonly ChartedRun[]; view: View }) {
  const timed = runs.filter(({ duration_ms }) => duration_ms !== null).toReversed();
  if (timed.length === 0) return <p class="chart none quiet">No run has ended yet.</p>;
  const most = niceCeiling(Math.max(...timed.map(({ duration_ms }) => duration_ms!)));
  const y = (ms: number) => HEIGHT * (1 - ms / most);
  const offset = CHARTED_RUNS - timed.length;
  const count = (status: RunStatus) => timed.filter((run) => run.status === status).length;
  const cancelled = count("cancelled");
  return (
    <div class="chart">
      <div class="scale quiet" aria-hidden="true">
        {[1, 0.5, 0].map((share) => <span>{share === 0 ? "0" : formatDuration(most * share)}
        </span>)}
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="group"
        aria-label={`Durations of the last ${formatCount(timed.length, "run")}, ${
          count("failed")
        } failed${cancelled > 0 ? `, ${cancelled} cancelled` : ""}, at most ${
          formatDuration(Math.max(...timed.map(({ duration_ms }) => duration_ms!)))
        }`}
      >
        <path class="grid" d={`M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} />
        {timed.map((run, place) => {
          const x = (offset + place) * STEP;
          const top = Math.min(y(run.duration_ms!), HEIGHT - 1.5).toFixed(1);
          return (
            <a href={`/ui/runs/${run.id}`} tabindex={-1}>
              <title>
                {`${wordOf(run.status)}, ${formatDuration(run.duration_ms!)}, ${
                  formatClock(run.started_at, view.zone, view.now)
                }${run.dry_run ? ", dry run" : ""}`}
              </title>
              <path class="reach" d={`M${x} 0h${STEP}V${HEIGHT}h-${STEP}z`} />
              <path
                class={`s-${kindOf(run.status)}`}
                d={`M${x + 1.5} ${top}h${STEP - 3}V${HEIGHT}H${x + 1.5}z`}
              />
              <Mark status={run.status} x={x} top={Number(top)} />
            </a>
          );
        })}
      </svg>
    </div>
  );
}

/** How high a bar must be to have a mark within it. */
const MARKED_HEIGHT = 9;

/** What tells a bar without its colour; above a bar that is too low for it. */
function Mark({ status, x, top }: { status: RunStatus; x: number; top: number }) {
  if (status !== "failed" && status !== "cancelled") return null;
  const isInside = HEIGHT - top >= MARKED_HEIGHT;
  const foot = isInside ? HEIGHT : top;
  return (
    <path
      class={`mark s-${kindOf(status)}${isInside ? " inside" : ""}`}
      d={status === "failed"
        ? `M${x + 3} ${foot - 7}l4 5m0-5l-4 5`
        : `M${x + 1.5} ${foot - 5}h${STEP - 3}`}
    />
  );
}

/** Tops of the axis that read well, in milliseconds. */
const TOPS = [10, 20, 50, 100, 200, 300, 500, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000]
  .concat([10_000, 15_000, 20_000, 30_000, 40_000, 60_000, 90_000, 120_000, 180_000, 240_000])
  .concat([300_000, 600_000, 900_000, 1_200_000, 1_800_000, 2_700_000, 3_600_000, 7_200_000]);

/** The first top that is not below; whole hours beyond the last. */
function niceCeiling(ms: number): number {
  return TOPS.find((top) => top >= ms) ?? Math.ceil(ms / 7_200_000) * 7_200_000;
}
