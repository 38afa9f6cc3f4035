/** What is wrong with a field; nothing when nothing is. */
export function Problems({ of }: { of?: string[] }) {
  return of && of.length > 0 ? <span class="problem">{of.join("; ")}</span> : null;
}
