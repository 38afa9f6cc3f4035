import { add, drop, FIRST_LETTER, substitute, swap, toLetter } from "./edit_operation.ts";
import { GENERAL_COSTS } from "./general_rates.ts";

/**
 * The likeliest operations, in order, that turn a correction into a misspelling, both given as
 * code points; empty when they are equal.
 *
 * The cheapest path through the table of Wagner and Fischer (1974), with swaps of neighbours, over
 * the letters between the common beginning and the common end. An operation costs the negative
 * logarithm of its rate among people in general, so that the same pair has the same script for
 * every user and scripts can be shared. {@link FIRST_LETTER} precedes an edit of the first letter.
 */
export function alignEdits(misspelling: Uint32Array, correction: Uint32Array): number[] {
  let start = 0;
  let xEnd = correction.length;
  let yEnd = misspelling.length;
  while (start < xEnd && start < yEnd && correction[start] === misspelling[start]) start++;
  while (xEnd > start && yEnd > start && correction[xEnd - 1] === misspelling[yEnd - 1]) {
    xEnd--;
    yEnd--;
  }
  const rows = xEnd - start + 1;
  const columns = yEnd - start + 1;
  const { costs, steps, operations } = workTable(rows * columns);
  costs.fill(Infinity, 0, rows * columns);
  costs[0] = 0;

  for (let i = 0; i < rows; i++) {
    const x = correction[start + i];
    const before = correction[start + i - 1];
    const after = correction[start + i + 1];
    for (let j = 0; j < columns; j++) {
      const here = i * columns + j;
      const y = misspelling[start + j];
      const isLastRow = i === rows - 1;
      const isLastColumn = j === columns - 1;
      if (!isLastRow) {
        offer(here, here + columns, columns, drop(toLetter(x), x === before || x === after));
      }
      if (!isLastColumn) offer(here, here + 1, 1, add(toLetter(y), y === before || y === x));
      if (isLastRow || isLastColumn) continue;
      if (x === y) {
        offer(here, here + columns + 1, columns + 1, KEPT);
        continue;
      }
      offer(here, here + columns + 1, columns + 1, substitute(toLetter(x), toLetter(y)));
      if (i < rows - 2 && j < columns - 2 && x === misspelling[start + j + 1] && y === after) {
        const stride = 2 * columns + 2;
        offer(here, here + stride, stride, swap(toLetter(x), toLetter(y)));
      }
    }
  }

  const script: number[] = [];
  for (let at = rows * columns - 1; at > 0;) {
    const operation = operations[at];
    at -= steps[at];
    if (operation === KEPT) continue;
    script.push(operation);
    // In the first row no letter of the correction has been passed yet.
    if (start === 0 && at < columns) script.push(FIRST_LETTER);
  }
  return script.reverse();
}

const KEPT = 0xffff;

/** The table of the alignment under way: cost of each cell, and how it was reached. */
let table = {
  costs: new Float64Array(1024),
  steps: new Uint32Array(1024),
  operations: new Uint16Array(1024),
};

/** Makes room for so many cells; nothing in the table outlives one alignment. */
function workTable(cells: number): typeof table {
  if (table.costs.length < cells) {
    table = {
      costs: new Float64Array(cells),
      steps: new Uint32Array(cells),
      operations: new Uint16Array(cells),
    };
  }
  return table;
}

/** Takes the way from one cell to another by an operation if it is the cheapest so far. */
function offer(from: number, to: number, step: number, operation: number): void {
  const cost = table.costs[from] + (operation === KEPT ? 0 : GENERAL_COSTS[operation]);
  if (cost >= table.costs[to]) return;
  table.costs[to] = cost;
  table.steps[to] = step;
  table.operations[to] = operation;
}
