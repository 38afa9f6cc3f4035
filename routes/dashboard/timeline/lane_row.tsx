import { formatClock, formatCount } from "../format.ts";
import { drawKind, kindOf } from "../parts/outcomes.ts";
import { Clock } from "../parts/when.tsx";
import type { View } from "../view.ts";
import type { Lane } from "./lanes.ts";
import { leadOf, sayAbsence, sayMark, whyUrl } from "./mark_words.ts";
import { type Piece, piecesOf, type Scale, WIDTH } from "./scale.ts";

/** Above and below the marks, which are 20 high. */
const EDGE = 4;

/** A job's lane: what ran and what did not lead to their pages, and what is expected stands as ghosts. */
export function LaneRow({ lane, scale, view }: { lane: Lane; scale: Scale; view: View }) {
  const { job, marks, absences, ghosts, next } = lane;
  const isEmpty = marks.length + absences.length + ghosts.length === 0;
  return (
    <div class="lane" data-row>
      <a class="name" href={`/ui/jobs/${job.id}`}>{job.name}</a>
      {isEmpty
        ? (
          <span class="quiet beyond">
            {next
              ? (
                <>
                  next <Clock at={next} view={view} />
                </>
              )
              : "nothing is to come"}
          </span>
        )
        : (
          <svg
            viewBox={`0 ${-EDGE} ${WIDTH} ${20 + 2 * EDGE}`}
            preserveAspectRatio="none"
            role="group"
            aria-label={`${job.name}: ${formatCount(marks.length, "bar")}, ${
              formatCount(ghosts.length, "slot")
            } to come`}
          >
            {ghosts.length > 0 && <Ghosts slots={ghosts} scale={scale} view={view} />}
            {absences.map((absence) => {
              const kind = kindOf(absence.reason);
              return (
                <a href={whyUrl(job, absence, view)}>
                  <title>{sayAbsence(absence, view)}</title>
                  <path class={`s-${kind}`} d={draw(kind, piecesOf(absence.spans, scale))} />
                </a>
              );
            })}
            {marks.map((mark) => {
              const kind = kindOf(mark.status);
              return (
                <a href={leadOf(mark, job, view)}>
                  <title>{sayMark(mark, view)}</title>
                  <path class={`s-${kind}`} d={draw(kind, mark.pieces)} />
                </a>
              );
            })}
          </svg>
        )}
    </div>
  );
}

function Ghosts({ slots, scale, view }: { slots: Date[]; scale: Scale; view: View }) {
  const pieces = piecesOf(slots.map((slot) => [slot.getTime(), slot.getTime()]), scale);
  return (
    <path class="ghost" d={draw("ok", pieces)}>
      <title>
        {`Next ${formatClock(slots[0], view.zone, view.now)}, ${formatCount(slots.length, "slot")}`}
      </title>
    </path>
  );
}

function draw(kind: Parameters<typeof drawKind>[0], pieces: readonly Piece[]): string {
  return pieces.map(({ x, width }) => drawKind(kind, x, width)).join("");
}
