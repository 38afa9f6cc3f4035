// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { renderPage } from "../parts/page.tsx";
import { Pager } from "../parts/pager.tsx";
import type { View } from "../view.ts";
import { HourLines } from "./hour_lines.tsx";
import { LaneRow } from "./lane_row.tsx";
import type { Lane } from "./lanes.ts";
import { TimelineLegend } from "./legend.tsx";
import type { Scale } from "./scale.ts";

/** How far a timeline may look back and ahead. */
export const HOURS = [6, 12, 24];

export interface TimelineProps {
  view: View;
  lanes: Lane[];
  scale: Scale;
  hours: number;
  /** Which page of how many, over how many jobs. */
  page: number;
  pages: number;
  jobs: number;
}

/** A day back and a day ahead, a lane for each job. */
export function timelinePage(
  { view, lanes, scale, hours, page, pages, jobs }: TimelineProps,
): string {
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
            {HOURS.map((choice) => (
              <li>
                <a
                  class="chip"
                  href={timelineUrl(choice, page)}
                  aria-current={choice === hours ? "true" : undefined}
                >
                  ± {choice} h
                </a>
              </li>
            ))}
          </ul>
        </div>
        {lanes.length === 0
          ? (
            <p class="card empty">
              There is no job: <code>jobs/mod.ts</code> lists none.
            </p>
          )
          : (
            <div class="card timeline">
              <HourLines scale={scale} view={view} />
              {lanes.map((lane) => <LaneRow lane={lane} scale={scale} view={view} />)}
            </div>
          )}
        <Pager
          firstUrl={page > 1 ? timelineUrl(hours, 1) : null}
          nextUrl={page < pages ? timelineUrl(hours, page + 1) : null}
          first="First jobs"
          next="Next jobs"
        >
          Page {page} of {pages}, {jobs} jobs
        </Pager>
        <TimelineLegend />
      </>
    ),
  });
}

function timelineUrl(hours: number, page: number): string {
  return `/ui/timeline?hours=${hours}${page > 1 ? `&page=${page}` : ""}`;
}
