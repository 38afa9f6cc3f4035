/** What came of a simulation. */
export interface Verdict {
  checks: Check[];
  /** What happened, in numbers. */
  facts: [what: string, count: number | string][];
}

/** One thing that must hold. */
export interface Check {
  what: string;
  /** How much was looked at. */
  seen: number;
  /** How much of it does not hold; the first few in words. */
  wrong: number;
  examples: string[];
}

const MOST_EXAMPLES = 10;

/** A check of which nothing was seen yet. */
export function openCheck(what: string): Check {
  return { what, seen: 0, wrong: 0, examples: [] };
}

/** Adds one observation to a check. */
export function note(check: Check, holds: boolean, describe: () => string): void {
  check.seen++;
  if (holds) return;
  check.wrong++;
  if (check.examples.length < MOST_EXAMPLES) check.examples.push(describe());
}

/** A check of rows of which each says itself whether it holds. */
export function checkRows(what: string, rows: { text: string; holds: boolean }[]): Check {
  const check = openCheck(what);
  for (const { text, holds } of rows) note(check, holds, () => text);
  return check;
}

/** The table for people. */
export function formatVerdict({ facts, checks }: Verdict): string {
  return [
    "",
    ...facts.map(([what, count]) => `${what.padEnd(48)} ${String(count).padStart(18)}`),
    "",
    ...checks.flatMap(({ what, seen, wrong, examples }) => [
      `${what.padEnd(80)} ${String(seen).padStart(7)} seen  ${wrong ? `${wrong} WRONG` : "holds"}`,
      ...examples.map((example) => `    ${example}`),
    ]),
  ].join("\n");
}
