import type { SlotCell } from "../slots.ts";
import { formatCount } from "../format.ts";

/** The kinds of cells, each with a shape of its own: height and gaps tell them apart without colour. */
const SHAPES: Record<Kind, (x: number) => string> = {
  ok: (x) => `M${x} 8h3v12h-3z`,
  bad: (x) => `M${x} 0h3v20h-3z`,
  run: (x) => `M${x} 4h3v6h-3zM${x} 14h3v6h-3z`,
  miss: (x) => `M${x} 0h3v5h-3zM${x} 15h3v5h-3z`,
  skip: (x) => `M${x} 14h3v6h-3z`,
  still: (x) => `M${x} 17h3v3h-3z`,
};

const KINDS = {
  success: ["ok", "fine"],
  failed: ["bad", "failed"],
  running: ["run", "running"],
  pending: ["run", "waiting"],
  skipped: ["skip", "skipped"],
  cancelled: ["skip", "cancelled"],
  missed: ["miss", "missed"],
  coalesced: ["skip", "coalesced"],
  paused: ["still", "paused"],
  disabled: ["still", "disabled"],
  rescheduled: ["skip", "rescheduled"],
  scheduler_off: ["miss", "while the scheduler was off"],
} as const satisfies Record<SlotCell["outcome"], readonly [Kind, string]>;

type Kind = "ok" | "bad" | "run" | "miss" | "skip" | "still";

const PITCH = 4;

/** The last slots of a schedule as a strip, oldest on the left; one path a kind, so that a hundred strips stay light. */
export function Strip({ cells, slots }: { cells: readonly SlotCell[]; slots: number }) {
  const offset = slots - cells.length;
  const paths = new Map<Kind, string>();
  cells.forEach(({ outcome }, place) => {
    const [kind] = KINDS[outcome];
    paths.set(kind, (paths.get(kind) ?? "") + SHAPES[kind]((offset + place) * PITCH));
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
      {offset > 0 && (
        <path class="s-none" d={`M0 19h${offset * PITCH - 1}v1h-${offset * PITCH - 1}z`} />
      )}
      {[...paths].map(([kind, d]) => <path key={kind} class={`s-${kind}`} d={d} />)}
    </svg>
  );
}

/** "The last 60 slots: 57 fine, 2 failed, 1 missed". */
export function sayCells(cells: readonly SlotCell[]): string {
  if (cells.length === 0) return "No slot has come yet";
  const counts = new Map<string, number>();
  for (const { outcome } of cells) {
    const word = KINDS[outcome][1];
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
            <path class={`s-${kind}`} d={SHAPES[kind](0)} />
          </svg>
          {word}
        </span>
      ))}
    </p>
  );
}
