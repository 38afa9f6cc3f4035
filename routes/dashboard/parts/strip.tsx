import type { SlotCell } from "../slots.ts";
import { formatCount } from "../format.ts";
import { type Kind, kindOf, lineKind, sayOutcome } from "./outcomes.ts";

const PITCH = 4;

/** Of a cell that is 3 wide. */
const MIDDLE = 1.5;

/** The last slots of a schedule as a strip, oldest on the left; one path a kind, so that a hundred strips stay light. */
export function Strip({ cells, slots }: { cells: readonly SlotCell[]; slots: number }) {
  const offset = slots - cells.length;
  const paths = new Map<Kind, string>();
  cells.forEach(({ outcome }, place) => {
    const kind = kindOf(outcome);
    paths.set(kind, (paths.get(kind) ?? "") + lineKind(kind, (offset + place) * PITCH + MIDDLE));
  });
  const words = sayCells(cells);
  return (
    <svg
      class="strip"
      preserveAspectRatio="xMinYMid"
      viewBox={`0 0 ${slots * PITCH} 20`}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {offset > 0 && <path class="s-none" d={`M0 19.5h${offset * PITCH - 1}`} />}
      {[...paths].map(([kind, d]) => <path key={kind} class={`s-${kind}`} d={d} />)}
    </svg>
  );
}

/** "The last 60 slots: 57 fine, 2 failed, 1 missed". */
export function sayCells(cells: readonly SlotCell[]): string {
  if (cells.length === 0) return "No slot has come yet";
  const counts = new Map<string, number>();
  for (const { outcome } of cells) {
    const word = sayOutcome(outcome);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const parts = [...counts].map(([word, count]) => `${count} ${word}`);
  return `The last ${formatCount(cells.length, "slot")}: ${parts.join(", ")}`;
}

/** What the shapes of a strip mean. */
export function StripLegend() {
  const kinds: [Kind, string][] = [
    ["ok", "fine"],
    ["bad", "failed"],
    ["run", "running"],
    ["miss", "missed"],
    ["skip", "skipped"],
    ["still", "paused"],
  ];
  return (
    <p class="legend quiet">
      {kinds.map(([kind, word]) => (
        <span>
          <svg class="strip one" viewBox="0 0 3 20" aria-hidden="true">
            <path class={`s-${kind}`} d={lineKind(kind, MIDDLE)} />
          </svg>
          {word}
        </span>
      ))}
    </p>
  );
}
