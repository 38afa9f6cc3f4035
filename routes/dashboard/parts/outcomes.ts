import type { SlotCell } from "../slots.ts";

/** The kinds of marks; each has a shape of its own, so that none is told by colour alone. */
export type Kind = "ok" | "bad" | "run" | "miss" | "skip" | "still";

export type Outcome = SlotCell["outcome"];

const OUTCOMES = {
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
} as const satisfies Record<Outcome, readonly [Kind, string]>;

/** How what became of a slot is drawn. */
export function kindOf(outcome: Outcome): Kind {
  return OUTCOMES[outcome][0];
}

/** What became of a slot, as a word after a count: "3 failed". */
export function sayOutcome(outcome: Outcome): string {
  return OUTCOMES[outcome][1];
}

/** Of a height of 20, where the parts of a kind's shape begin and how high they are. */
const SHAPES: Record<Kind, readonly (readonly [top: number, height: number])[]> = {
  ok: [[8, 12]],
  bad: [[0, 20]],
  run: [[4, 6], [14, 6]],
  miss: [[0, 5], [15, 5]],
  skip: [[14, 6]],
  still: [[17, 3]],
};

/** A mark of a kind as lines to be stroked, 20 high: half as long as the same as boxes. */
export function lineKind(kind: Kind, x: number): string {
  return SHAPES[kind].map(([top, height]) => `M${x} ${top}v${height}`).join("");
}

/** A mark of a kind as the data of an SVG path, 20 high. */
export function drawKind(kind: Kind, x: number, width: number): string {
  return SHAPES[kind].map(([top, height]) => `M${x} ${top}h${width}v${height}h-${width}z`).join("");
}
