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

/** Of a height of 20, how high the parts of a kind's shape are and where they begin. */
const SHAPES: Record<Kind, { height: number; tops: readonly number[] }> = {
  ok: { height: 12, tops: [8] },
  bad: { height: 20, tops: [0] },
  run: { height: 6, tops: [4, 14] },
  miss: { height: 5, tops: [0, 15] },
  skip: { height: 6, tops: [14] },
  still: { height: 3, tops: [17] },
};

/** How high the lines of `lineKind` are to be stroked. */
export function heightOf(kind: Kind): number {
  return SHAPES[kind].height;
}

/** The middle lines of a kind's shape, `width` long: dashed, they are a mark for each of many slots. */
export function lineKind(kind: Kind, x: number, width: number): string {
  const { height, tops } = SHAPES[kind];
  return tops.map((top) => `M${x} ${top + height / 2}h${width}`).join("");
}

/** A mark of a kind as the data of an SVG path, 20 high. */
export function drawKind(kind: Kind, x: number, width: number): string {
  const { height, tops } = SHAPES[kind];
  return tops.map((top) => `M${x} ${top}h${width}v${height}h-${width}z`).join("");
}
