/** The stretch of time that a timeline shows, in milliseconds since 1970. */
export interface Scale {
  fromMs: number;
  toMs: number;
}

/** Units of the drawing: a lane is this wide, whatever the screen. */
export const WIDTH = 1_200;

/** A bar that is shorter would not be seen, nor hit. */
const LEAST_WIDTH = 4;

/** Where an instant stands, in units; what lies outside stands at the edge. */
export function placeOf(ms: number, { fromMs, toMs }: Scale): number {
  const share = (ms - fromMs) / (toMs - fromMs);
  return Math.round(Math.max(0, Math.min(1, share)) * WIDTH * 10) / 10;
}

/** How long a time the shortest bar covers, in milliseconds; less what rounding to tenths of a unit takes. */
export function barMs({ fromMs, toMs }: Scale): number {
  return Math.floor((LEAST_WIDTH - 0.2) / WIDTH * (toMs - fromMs));
}

/** A piece of a bar, in units. */
export interface Piece {
  x: number;
  width: number;
}

/** Spans of time as pieces from left to right, those that touch as one. */
export function piecesOf(spans: readonly (readonly [from: number, to: number])[], scale: Scale) {
  const pieces: Piece[] = [];
  const sorted = spans.map(([from, to]) => {
    const x = placeOf(from, scale);
    return { x, width: Math.max(LEAST_WIDTH, placeOf(to, scale) - x) };
  }).sort((a, b) => a.x - b.x);
  for (const piece of sorted) {
    const last = pieces.at(-1);
    if (!last || piece.x > last.x + last.width) pieces.push(piece);
    else last.width = Math.max(last.width, piece.x + piece.width - last.x);
  }
  return pieces.map(({ x, width }) => ({ x, width: Math.round(width * 10) / 10 }));
}
