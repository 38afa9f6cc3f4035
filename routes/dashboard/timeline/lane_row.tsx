import { formatClock, formatCount } from "../format.ts";
import { drawKind, kindOf } from "../parts/outcomes.ts";
import { Clock } from "../parts/when.tsx";
import type { View } from "../view.ts";
import type { Ghosts } from "./ghosts.ts";
import type { Hold } from "./hold.ts";
import type { Lane } from "./lanes.ts";
import { leadOf, sayAbsence, sayHold, sayMark, whyUrl } from "./mark_words.ts";
import { type Piece, piecesOf, type Scale, WIDTH } from "./scale.ts";

/** Above and below the marks, which are 20 high. */
const EDGE = 4;

/**
 * A job's lane: what ran and what did not lead to their pages, and what is expected stands as ghosts; where the
 * scale holds none, words say what is to come.
 */
export function LaneRow({ lane, scale, view }: { lane: Lane; scale: Scale; view: View }) {
  const { job, marks, absences, ghosts, hold } = lane;
  const { next } = ghosts;
  const isEmpty = marks.length + absences.length + ghosts.slots.length === 0 && !hold;
  return (
    <div class="lane" data-row>
      <a class="name" href={`/ui/jobs/${job.id}`}>{job.name}</a>
      {ghosts.slots.length === 0 && (
        <span class="quiet beyond">
          {hold && sayHold(hold, view)}
          {hold && next && ", "}
          {next && (
            <>
              next <Clock at={next} view={view} />
            </>
          )}
          {!hold && !next && "nothing is to come"}
        </span>
      )}
      {!isEmpty &&
        (
          <svg
            viewBox={`0 ${-EDGE} ${WIDTH} ${20 + 2 * EDGE}`}
            preserveAspectRatio="none"
            role="group"
            aria-label={`${job.name}: ${formatCount(marks.length, "bar")}, ${
              saySlots(ghosts)
            } to come`}
          >
            {hold && <Held hold={hold} scale={scale} view={view} />}
            {ghosts.slots.length > 0 && <GhostBars ghosts={ghosts} scale={scale} view={view} />}
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

/** From now until the hold ends. */
function Held({ hold, scale, view }: { hold: Hold; scale: Scale; view: View }) {
  const kind = kindOf(hold.reason);
  const span = [view.now.getTime(), hold.until?.getTime() ?? scale.toMs] as const;
  return (
    <path class={`s-${kind}`} d={draw(kind, piecesOf([span], scale))}>
      <title>{sayHold(hold, view)}</title>
    </path>
  );
}

function GhostBars({ ghosts, scale, view }: { ghosts: Ghosts; scale: Scale; view: View }) {
  const { slots } = ghosts;
  const pieces = piecesOf(slots.map((slot) => [slot.getTime(), slot.getTime()]), scale);
  return (
    <path class="ghost" d={draw("ok", pieces)}>
      <title>
        {`Next ${formatClock(slots[0], view.zone, view.now)}, ${saySlots(ghosts)}`}
      </title>
    </path>
  );
}

/** "12 slots", or "300+ slots" where they were not counted to the end. */
function saySlots({ count, isMore }: Ghosts): string {
  return isMore ? `${count}+ slots` : formatCount(count, "slot");
}

function draw(kind: Parameters<typeof drawKind>[0], pieces: readonly Piece[]): string {
  return pieces.map(({ x, width }) => drawKind(kind, x, width)).join("");
}
