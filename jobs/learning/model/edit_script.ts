import { add, drop, FIRST_LETTER, substitute, swap, toLetter } from "./edit_operation.ts";
import { GENERAL_COSTS } from "./general_rates.ts";

/**
 * The likeliest operations, in order, that turn a correction into a misspelling, both given as
 * code points; empty when they are equal.
 *
 * The cheapest path through the table of Wagner and Fischer (1974), with swaps of neighbours, where
 * an operation costs the negative logarithm of its rate among people in general: so the same pair
 * has the same script for every user, and scripts can be shared.
 */
export function alignEdits(misspelling: Uint32Array, correction: Uint32Array): number[] {
  const columns = misspelling.length + 1;
  const cells = columns * (correction.length + 1);
  const costs = new Float64Array(cells).fill(Infinity);
  const steps = new Uint8Array(cells);
  const operations = new Uint16Array(cells);
  costs[0] = 0;

  const offer = (from: number, to: number, step: number, operation: number) => {
    const cost = costs[from] + (operation === KEPT ? 0 : GENERAL_COSTS[operation]);
    if (cost >= costs[to]) return;
    costs[to] = cost;
    steps[to] = step;
    operations[to] = operation;
  };

  for (let i = 0; i <= correction.length; i++) {
    const x = correction[i];
    const before = correction[i - 1];
    for (let j = 0; j <= misspelling.length; j++) {
      const here = i * columns + j;
      const y = misspelling[j];
      if (i < correction.length) {
        const doubled = x === before || x === correction[i + 1];
        offer(here, here + columns, DOWN, drop(toLetter(x), doubled));
      }
      if (j < misspelling.length) {
        offer(here, here + 1, RIGHT, add(toLetter(y), y === before || y === x));
      }
      if (i === correction.length || j === misspelling.length) continue;
      const letters = [toLetter(x), toLetter(y)] as const;
      offer(here, here + columns + 1, DIAGONAL, x === y ? KEPT : substitute(...letters));
      if (x !== y && x === misspelling[j + 1] && y === correction[i + 1]) {
        offer(here, here + 2 * columns + 2, DOUBLE_DIAGONAL, swap(...letters));
      }
    }
  }
  return trace(columns, steps, operations);
}

const KEPT = 0xffff;
const DOWN = 1;
const RIGHT = 2;
const DIAGONAL = 3;
const DOUBLE_DIAGONAL = 4;

/** Walks back from the last cell and marks an edit of the correction's first letter as such. */
function trace(columns: number, steps: Uint8Array, operations: Uint16Array): number[] {
  const script: number[] = [];
  let at = steps.length - 1;
  while (at > 0) {
    const operation = operations[at];
    at -= STRIDES[steps[at]](columns);
    if (operation === KEPT) continue;
    // Still in the first row: the edit is at or before the first letter.
    if (at < columns) script.push(FIRST_LETTER);
    script.push(operation);
  }
  return script.reverse();
}

const STRIDES = [
  () => 0,
  (columns: number) => columns,
  () => 1,
  (columns: number) => columns + 1,
  (columns: number) => 2 * columns + 2,
];
