import type { AttemptRow } from "../../../lib/history_store.ts";
import type { RunRow } from "../../../lib/run.ts";
import { formatDuration, formatNumber } from "../format.ts";

/** How far a run is, and when it will be done if it goes on as it did. */
export function ProgressBar(
  { run, attempts, now }: { run: RunRow; attempts: readonly AttemptRow[]; now: Date },
) {
  const { progress } = run;
  if (run.status !== "running") return null;
  const words = progress === null
    ? "Running; it does not say how far it is"
    : progress.total === null
    ? `${formatNumber(progress.done)} done`
    : `${formatNumber(progress.done)} of ${formatNumber(progress.total)}`;
  return (
    <div class="card progress">
      <label>
        <span>{words}</span>
        <span class="quiet">{etaOf(run, attempts.at(-1), now)}</span>
        {progress?.total ? <progress value={progress.done} max={progress.total} /> : <progress />}
      </label>
    </div>
  );
}

/** Of an attempt that goes on where another ended the speed is not known. */
function etaOf(run: RunRow, attempt: AttemptRow | undefined, now: Date): string {
  const { progress } = run;
  if (!progress?.total || progress.done <= 0 || !attempt || attempt.attempt > 1) return "";
  const elapsedMs = now.getTime() - attempt.started_at.getTime();
  const leftMs = elapsedMs * (progress.total - progress.done) / progress.done;
  return leftMs > 0 ? `about ${formatDuration(Math.max(1_000, leftMs))} left` : "";
}
