/** The distance within which a word counts as a candidate. */
export const MAX_EDITS = 2;

/** A word as code points, so that a letter outside the basic plane is one letter. */
export function toCodePoints(word: string): Uint32Array {
  const points = new Uint32Array(word.length);
  let count = 0;
  for (let at = 0; at < word.length; count++) {
    const point = word.codePointAt(at)!;
    points[count] = point;
    at += point > 0xffff ? 2 : 1;
  }
  return count === word.length ? points : points.slice(0, count);
}

/**
 * Number of insertions, deletions, substitutions and transpositions of neighbours that lead from
 * one word to the other, or 3 when it takes more than two.
 *
 * The restricted distance of Damerau (1964), "A technique for computer detection and correction
 * of spelling errors": no letter is edited twice.
 */
export function countEdits(a: Uint32Array, b: Uint32Array): number {
  const beyond = MAX_EDITS + 1;
  if (Math.abs(a.length - b.length) > MAX_EDITS) return beyond;

  let start = 0;
  let aEnd = a.length;
  let bEnd = b.length;
  while (start < aEnd && start < bEnd && a[start] === b[start]) start++;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  const rows = aEnd - start;
  const columns = bEnd - start;
  if (rows === 0 || columns === 0) return Math.max(rows, columns);

  // Only cells within two of the diagonal can hold a distance of two or less.
  let [before, previous, current] = workRows(columns + 2);
  for (let j = 0; j <= columns; j++) previous[j] = Math.min(j, beyond);
  for (let i = 1; i <= rows; i++) {
    const first = Math.max(1, i - MAX_EDITS);
    const last = Math.min(columns, i + MAX_EDITS);
    current[first - 1] = first === 1 ? Math.min(i, beyond) : beyond;
    if (last === i + MAX_EDITS) previous[last] = beyond;
    let least = current[first - 1];
    for (let j = first; j <= last; j++) {
      const x = a[start + i - 1];
      const y = b[start + j - 1];
      let edits = Math.min(
        previous[j - 1] + (x === y ? 0 : 1),
        previous[j] + 1,
        current[j - 1] + 1,
      );
      if (i > 1 && j > 1 && x === b[start + j - 2] && y === a[start + i - 2]) {
        edits = Math.min(edits, before[j - 2] + 1);
      }
      current[j] = edits;
      if (edits < least) least = edits;
    }
    if (least > MAX_EDITS) return beyond;
    [before, previous, current] = [previous, current, before];
  }
  return Math.min(previous[columns], beyond);
}

let work = [new Int32Array(64), new Int32Array(64), new Int32Array(64)];

/** Three rows that are used again by every call: nothing in them outlives one. */
function workRows(length: number): Int32Array[] {
  if (work[0].length < length) work = work.map(() => new Int32Array(length * 2));
  return work;
}
