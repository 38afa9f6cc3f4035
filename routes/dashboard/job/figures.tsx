import { formatDuration, formatPercent } from "../format.ts";
import { RetryNote } from "../parts/retry_note.tsx";
import type { OverviewRow } from "../overview/rows.ts";
import { Clock, Coming, When } from "../parts/when.tsx";
import type { View } from "../view.ts";

/** How a job went, in a few figures. */
export function Figures({ overview, view }: { overview: OverviewRow; view: View }) {
  const { figures, last, nextRunAt, pausedUntil, pauseReason, paused } = overview;
  return (
    <dl class="figures card">
      <div>
        <dt>Last run</dt>
        <dd>
          {last
            ? (
              <a href={`/ui/runs/${last.id}`}>
                <When at={last.startedAt} view={view} />
              </a>
            )
            : "never"}
        </dd>
      </div>
      <div>
        <dt>Next</dt>
        <dd>{nextRunAt ? <Coming at={nextRunAt} view={view} /> : "–"}</dd>
      </div>
      <div>
        <dt>Success, last {figures.judged || "runs"}</dt>
        <dd>{figures.successRate === null ? "–" : formatPercent(figures.successRate)}</dd>
      </div>
      <div>
        <dt>p50 / p95</dt>
        <dd>
          {figures.p50Ms === null
            ? "–"
            : `${formatDuration(figures.p50Ms)} / ${formatDuration(figures.p95Ms!)}`}
        </dd>
      </div>
      {figures.failures > 0 && (
        <div>
          <dt>Failing since</dt>
          <dd class="bad">
            {figures.failsLonger && "before "}
            <Clock at={figures.failingSince!} view={view} />{" "}
            <span class="note">
              {figures.failsLonger && "over "}
              {figures.failures} in a row
            </span>
            {figures.retryAt && <RetryNote at={figures.retryAt} view={view} />}
          </dd>
        </div>
      )}
      {paused && (
        <div>
          <dt>Paused</dt>
          <dd>
            {pausedUntil
              ? (
                <>
                  until <Clock at={pausedUntil} view={view} />
                </>
              )
              : "without end"}
            {pauseReason && <span class="note">{pauseReason}</span>}
          </dd>
        </div>
      )}
    </dl>
  );
}
