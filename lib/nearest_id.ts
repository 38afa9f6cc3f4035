/** The nearest of some ids to what was written. */
export interface NearestId {
  id: string;
  /** Within a third of the id's length: somebody probably meant it. */
  isClose: boolean;
}

/** Of what is written, as much is looked at; no id is as long. */
const MAX_WRITTEN = 200;

/**
 * The nearest id, close ones first; undefined only where there are none.
 *
 * Distance is Damerau and Levenshtein's in its restricted form (optimal string alignment): letters
 * put in, left out, replaced, or two neighbours swapped, each once.
 */
export function nearestId(written: string, ids: Iterable<string>): NearestId | undefined {
  const wanted = written.slice(0, MAX_WRITTEN).toLowerCase();
  let nearest: NearestId | undefined;
  let least = Infinity;
  for (const id of ids) {
    const distance = editDistance(wanted, id);
    const isClose = distance <= Math.max(2, Math.floor(id.length / 3));
    const isNearer = isClose === nearest?.isClose ? distance < least : isClose || !nearest;
    if (isNearer) [nearest, least] = [{ id, isClose }, distance];
  }
  return nearest;
}

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, above[j] + 1, row[j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length];
}
