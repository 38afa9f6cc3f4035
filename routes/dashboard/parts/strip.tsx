import type { SlotCell } from "../slots.ts";
import { formatCount } from "../format.ts";
import { heightOf, type Kind, kindOf, lineKind, sayOutcome } from "./outcomes.ts";

/** From the beginning of a cell to that of the next one; the dashes of `.strip` in charts.css say the same. */
const PITCH = 4;
const CELL = 3;

/** The last slots of a schedule as a strip, oldest on the left; a dashed line a streak, so that a hundred strips stay light. */
export function Strip({ cells, slots }: { cells: readonly SlotCell[]; slots: number }) {
  const offset = slots - cells.length;
  const paths = new Map<Kind, string>();
  for (const { kind, from, length } of streaksOf(cells)) {
    const line = lineKind(kind, (offset + from) * PITCH, length * PITCH - PITCH + CELL);
    paths.set(kind, (paths.get(kind) ?? "") + line);
  }
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
      {offset > 0 && (
        <path class="s-none" stroke-width="1" d={`M0 19.5h${offset * PITCH - PITCH + CELL}`} />
      )}
      {[...paths].map(([kind, d]) => (
        <path class={`s-${kind}`} stroke-width={heightOf(kind)} d={d} />
      ))}
    </svg>
  );
}

/** Neighbours of one kind, in order. */
function streaksOf(cells: readonly SlotCell[]): { kind: Kind; from: number; length: number }[] {
  const streaks: { kind: Kind; from: number; length: number }[] = [];
  cells.forEach(({ outcome }, from) => {
    const kind = kindOf(outcome);
    const last = streaks.at(-1);
    if (last?.kind === kind) last.length++;
    else streaks.push({ kind, from, length: 1 });
  });
  return streaks;
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
          <svg class="strip one" viewBox={`0 0 ${CELL} 20`} aria-hidden="true">
            <path class={`s-${kind}`} stroke-width={heightOf(kind)} d={lineKind(kind, 0, CELL)} />
          </svg>
          {word}
        </span>
      ))}
    </p>
  );
}
