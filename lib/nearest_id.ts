/**
 * The id that somebody probably meant: the nearest within a third of its length, or undefined.
 *
 * Distance is Damerau and Levenshtein's in its restricted form (optimal string alignment): letters
 * put in, left out, replaced, or two neighbours swapped, each once.
 */
export function nearestId(written: string, ids: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Infinity;
  for (const id of ids) {
    const most = Math.max(2, Math.floor(id.length / 3));
    if (Math.abs(id.length - written.length) > most) continue;
    const distance = editDistance(written.toLowerCase(), id);
    if (distance <= most && distance < least) [nearest, least] = [id, distance];
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
