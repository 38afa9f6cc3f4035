/** What is wrong with a field; nothing when nothing is. */
export function Problems({ of }: { of?: string[] }) {
  return of && of.length > 0 ? <span class="problem">{of.join("; ")}</span> : null;
}

/** What is wrong with a field and with the parts of its value, of all that is wrong with an input. */
export function problemsOf(errors: Record<string, string[]>, name: string): string[] {
  return Object.entries(errors).flatMap(([path, problems]) => {
    if (path === name) return problems;
    const part = path.startsWith(`${name}.`) ? path.slice(name.length + 1) : null;
    return part === null ? [] : problems.map((problem) => `${part}: ${problem}`);
  });
}

/** The `aria-invalid` of a field. */
export function isWrong(problems: string[] | undefined): "true" | undefined {
  return problems && problems.length > 0 ? "true" : undefined;
}
