// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { formatClock, formatDuration, partsOf } from "../format.ts";
import { renderPage } from "../parts/page.tsx";
import { sayReason } from "../parts/run_table.tsx";
import { wordOf } from "../parts/status.tsx";
import type { View } from "../view.ts";
import { type Lane, STEPS } from "./lanes.ts";

const HOUR_MS = 3_600_000;

/** Units of the drawing: a lane is this wide and high, whatever the screen. */
const WIDTH = 1_200;
const HEIGHT = 26;

/** A bar that is shorter would not be seen, nor hit. */
const LEAST_WIDTH = 4;

export interface TimelineProps {
  view: View;
  lanes: Lane[];
  from: Date;
  to: Date;
  hours: number;
}

/** A day back and a day ahead, a lane for each job. */
export function timelinePage({ view, lanes, from, to, hours }: TimelineProps): string {
  const scale = { from, to, view };
  return renderPage({
    view,
    title: "Timeline",
    section: "timeline",
    liveSeconds: 20,
    children: (
      <>
        <div class="head">
          <h1>{hours} hours back and ahead</h1>
          <ul class="chips">
            {[6, 12, 24].map((choice) => (
              <li>
                <a
                  class="chip"
                  href={`/ui/timeline?hours=${choice}`}
                  aria-current={choice === hours ? "true" : undefined}
                >
                  ± {choice} h
                </a>
              </li>
            ))}
          </ul>
        </div>
        {lanes.length === 0
          ? <p class="card empty">There is no job.</p>
          : (
            <div class="card timeline">
              <div class="lane axis">
                <span class="quiet">{view.zone}</span>
                <Axis {...scale} />
              </div>
              {lanes.map((lane) => <LaneRow lane={lane} {...scale} />)}
            </div>
          )}
        <p class="legend quiet">
          <span>
            <Key class="fill-ok" /> success
          </span>
          <span>
            <Key class="fill-bad" tall /> failed
          </span>
          <span>
            <Key class="fill-run" /> running or waiting
          </span>
          <span>
            <Key class="fill-quiet" /> skipped or cancelled
          </span>
          <span>
            <Key class="hatch" /> missed, paused or left out
          </span>
          <span>
            <Key class="ghost" /> expected
          </span>
        </p>
      </>
    ),
  });
}

interface Scale {
  from: Date;
  to: Date;
  view: View;
}

function placeOf(instant: Date, { from, to }: Scale): number {
  const share = (instant.getTime() - from.getTime()) / (to.getTime() - from.getTime());
  return Math.round(Math.max(0, Math.min(1, share)) * WIDTH * 10) / 10;
}

function Axis(scale: Scale) {
  const { from, to, view } = scale;
  const every = (to.getTime() - from.getTime()) / HOUR_MS > 24 ? 6 : 3;
  const hours: Date[] = [];
  const first = Math.ceil(from.getTime() / (HOUR_MS / 2)) * (HOUR_MS / 2);
  for (let at = first; at <= to.getTime(); at += HOUR_MS / 2) {
    const { hour, minute } = partsOf(new Date(at), view.zone);
    if (minute === "00" && Number(hour) % every === 0) hours.push(new Date(at));
  }
  return (
    <svg aria-hidden="true">
      {hours.map((at) => {
        const x = `${(placeOf(at, scale) / WIDTH * 100).toFixed(2)}%`;
        const { hour, weekday } = partsOf(at, view.zone);
        return (
          <>
            <line class="grid" x1={x} x2={x} y1="20" y2="30" />
            <text x={x} y="15" text-anchor="middle">{hour === "00" ? weekday : `${hour}:00`}</text>
          </>
        );
      })}
    </svg>
  );
}

/** What is drawn of one step, in units. */
const STEP = WIDTH / STEPS;

/** Steps as boxes, those that touch as one. */
function drawSteps(steps: readonly number[], top: number, height: number): string {
  const sorted = [...new Set(steps)].sort((a, b) => a - b);
  let path = "";
  for (let i = 0; i < sorted.length;) {
    let end = i;
    while (sorted[end + 1] === sorted[end] + 1) end++;
    const width = (sorted[end] - sorted[i] + 1) * STEP;
    path += `M${sorted[i] * STEP} ${top}h${width}v${height}h-${width}z`;
    i = end + 1;
  }
  return path;
}

function LaneRow({ lane, ...scale }: { lane: Lane } & Scale) {
  const { job, runs, successSteps, absences, ghosts } = lane;
  const { view } = scale;
  const now = placeOf(view.now, scale);
  const visible = runs.filter((run) => (run.finished_at ?? view.now) >= scale.from);
  return (
    <div class="lane" data-row>
      <a class="name" href={`/ui/jobs/${job.id}`}>{job.name}</a>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="group"
        aria-label={`${job.name}: ${ghosts.length} runs expected, ${visible.length} shown with a link`}
      >
        <path class="grid" d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
        {absences.filter(({ to }) => to >= scale.from).map(({ reason, from, to }) => {
          const x = placeOf(from, scale);
          return (
            <path
              class="hatch"
              d={`M${x} 9h${Math.max(LEAST_WIDTH, placeOf(to, scale) - x)}v8H${x}z`}
            >
              <title>
                {`${sayReason(reason)}: ${formatClock(from, view.zone, view.now)}${
                  from.getTime() === to.getTime()
                    ? ""
                    : ` to ${formatClock(to, view.zone, view.now)}`
                }`}
              </title>
            </path>
          );
        })}
        {ghosts.length > 0 && (
          <path
            class="ghost"
            d={drawSteps(ghosts.map((slot) => Math.round(placeOf(slot, scale) / STEP)), 7, 12)}
          >
            <title>
              {`Next: ${formatClock(ghosts[0], view.zone, view.now)}, ${ghosts.length} in all`}
            </title>
          </path>
        )}
        <path class="fill-ok" d={drawSteps(successSteps, 6, 14)} />
        {visible.toReversed().map((run) => {
          const x = placeOf(run.began_at, scale);
          const width = Math.max(LEAST_WIDTH, placeOf(run.finished_at ?? view.now, scale) - x);
          const tall = run.status === "failed";
          const ms = run.finished_at ? run.finished_at.getTime() - run.began_at.getTime() : null;
          const words = `${job.name}, ${formatClock(run.began_at, view.zone, view.now)}: ${
            wordOf(run.status).toLowerCase()
          }${run.reason ? ` (${sayReason(run.reason)})` : ""}${
            ms && run.status !== "skipped" ? `, ${formatDuration(ms)}` : ""
          }`;
          return (
            <a href={`/ui/runs/${run.id}`} aria-label={words}>
              <title>{words}</title>
              <path
                class={FILLS[run.status]}
                d={`M${x} ${tall ? 2 : 6}h${width}v${tall ? 22 : 14}h${-width}z`}
              />
            </a>
          );
        })}
        <path class="now" d={`M${now} 0v${HEIGHT}`} />
      </svg>
    </div>
  );
}

const FILLS = {
  success: "fill-ok",
  failed: "fill-bad",
  running: "fill-run",
  pending: "fill-run",
  skipped: "fill-quiet",
  cancelled: "fill-quiet",
};

function Key({ tall, ...more }: { class: string; tall?: boolean }) {
  return (
    <svg class="key" viewBox="0 0 8 20" aria-hidden="true">
      <path class={more.class} d={tall ? "M0 0h6v20h-6z" : "M0 5h6v12h-6z"} />
    </svg>
  );
}
