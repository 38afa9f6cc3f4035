// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { STRIP_SLOTS } from "../../../lib/dashboard_overview_store.ts";
import { formatDuration, formatPercent } from "../format.ts";
import { Breakable } from "../parts/breakable.tsx";
import { Act } from "../parts/act_form.tsx";
import { RetryNote } from "../parts/retry_note.tsx";
import { Status } from "../parts/status.tsx";
import { Strip } from "../parts/strip.tsx";
import { whyUrl } from "../timeline/mark_words.ts";
import { Clock, Coming, When } from "../parts/when.tsx";
import type { View } from "../view.ts";
import { isQuiet } from "./job_health.ts";
import type { OverviewRow } from "./rows.ts";

/** A job as a row of the overview. */
export function JobRow({ row, view }: { row: OverviewRow; view: View }) {
  const { job, last, figures, nextRunAt } = row;
  const href = `/ui/jobs/${job.id}`;
  return (
    <tr data-row id={`job-${job.id}`}>
      <th scope="row">
        <a href={href} class="name">{job.name}</a>
        <span class="schedule quiet">
          {row.schedule}
          {row.moreSchedules > 0 && ` +${row.moreSchedules} more`}
        </span>
        {job.tags.length > 1 && (
          <span>{job.tags.slice(1).map((tag) => <span class="tag">{tag}</span>)}</span>
        )}
      </th>
      <td data-label="Status">
        <HealthCell row={row} view={view} />
      </td>
      <td data-label="Last run">
        {last
          ? (
            <a href={`/ui/runs/${last.id}`} class="plain">
              <When at={last.startedAt} view={view} />
            </a>
          )
          : <span class="quiet">never</span>}
      </td>
      <td data-label="Duration">
        <Duration row={row} />
      </td>
      <td data-label="Next">
        {nextRunAt ? <Coming at={nextRunAt} view={view} /> : <span class="quiet">–</span>}
      </td>
      <td data-label="Last 60 slots" class="strip-cell">
        <Strip cells={row.cells} slots={STRIP_SLOTS} />
      </td>
      <td data-label="Success" class="number">
        {figures.successRate === null
          ? <span class="quiet">–</span>
          : (
            <span title={`${figures.successes} of the last ${figures.judged} that ended`}>
              {formatPercent(figures.successRate)}
            </span>
          )}
      </td>
      <td data-label="p50 / p95" class="number">
        {figures.p50Ms === null
          ? <span class="quiet">–</span>
          : (
            <span title={`Of the last ${figures.successes} successes`}>
              {formatDuration(figures.p50Ms)} / {formatDuration(figures.p95Ms!)}
            </span>
          )}
      </td>
      {view.canOperate && (
        <td class="acts">
          <Act
            to={`${href}/run`}
            label={`Run now: ${job.name}`}
            disabled={row.missingSetting ? `Not set: ${row.missingSetting}` : undefined}
            run
          >
            Run now
          </Act>
          {row.paused
            ? <Act to={`${href}/resume`} label={`Resume ${job.name}`}>Resume</Act>
            : <Act to={`${href}/pause`} label={`Pause ${job.name}`}>Pause</Act>}
        </td>
      )}
    </tr>
  );
}

function HealthCell({ row, view }: { row: OverviewRow; view: View }) {
  const { health, figures, runningId, missingSetting, lastError } = row;
  return (
    <>
      <div>
        {runningId && (
          <div>
            <a href={`/ui/runs/${runningId}`} class="plain">
              <Status of="running" />
            </a>
          </div>
        )}
        {!(runningId && isQuiet(health)) && (
          <Status of={health} title={(health === "paused" && row.pauseReason) || undefined} />
        )}
      </div>
      {health === "failing" && (
        <span class="note">
          {figures.failures > 1 && `${figures.failures}${figures.failsLonger ? "+" : ""}× `}
          since {figures.failsLonger && "before "}
          <Clock at={figures.failingSince!} view={view} />
        </span>
      )}
      {lastError && (
        <a class="note plain reason" href={`/ui/runs/${lastError.runId}`} title={lastError.text}>
          {lastError.text}
        </a>
      )}
      {figures.retryAt && <RetryNote at={figures.retryAt} view={view} />}
      <MissedNote row={row} view={view} />
      {health === "unconfigured" && (
        <code class="note">
          <Breakable text={missingSetting!} />
        </code>
      )}
      {row.paused && <PauseNote row={row} view={view} />}
      {!row.enabled && health !== "disabled" && <span class="note">disabled</span>}
    </>
  );
}

/** Which slot was missed, and the way to why; says so itself where the word of the status does not. */
export function MissedNote({ row, view }: { row: OverviewRow; view: View }) {
  const { job, health, missed } = row;
  if (missed === null) return null;
  return (
    <a class="note plain" href={whyUrl(job, { firstSlot: missed.slot }, view)}>
      {health !== "missed" && "missed its "}slot of <Clock at={missed.slot} view={view} />
    </a>
  );
}

/** Until when it is paused; says so itself where the word of its status does not. */
function PauseNote({ row, view }: { row: OverviewRow; view: View }) {
  const { health, pausedUntil, pauseReason } = row;
  return (
    <span class="note" title={pauseReason ?? undefined}>
      {health !== "paused" && "paused "}
      {pausedUntil
        ? (
          <>
            until <Clock at={pausedUntil} view={view} />
          </>
        )
        : "without end"}
    </span>
  );
}

/** Slower than 19 of 20, and by enough to notice. */
function isSlow({ lastMs, p50Ms, p95Ms }: OverviewRow["figures"]): boolean {
  return lastMs !== null && p95Ms !== null && lastMs > p95Ms * 1.5 && lastMs > p50Ms! * 2;
}

function Duration({ row: { figures } }: { row: OverviewRow }) {
  if (figures.lastMs === null) return <span class="quiet">–</span>;
  return (
    <>
      {formatDuration(figures.lastMs)}
      {isSlow(figures) && <span class="note warn">usually {formatDuration(figures.p50Ms!)}</span>}
    </>
  );
}
