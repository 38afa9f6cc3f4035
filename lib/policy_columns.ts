/** The policies that a row has of its own, and the rule which of them cannot be together. */
import type { Policies } from "./job.ts";
import type { ScheduleRow } from "./schedule_row.ts";

export const POLICY_COLUMNS = [
  "grace_seconds",
  "coalesce",
  "overlap",
  "max_running",
  "jitter_seconds",
] as const satisfies (keyof ScheduleRow)[];

export type PolicyColumns = Pick<ScheduleRow, typeof POLICY_COLUMNS[number]>;

/** The columns for a job's policies. */
export function policyColumnsOf(policies: Policies): PolicyColumns {
  return {
    grace_seconds: policies.graceSeconds,
    coalesce: policies.coalesce,
    overlap: policies.overlap,
    max_running: policies.limit,
    jitter_seconds: policies.jitterSeconds,
  };
}

/** Two policies that cannot be together; `must` says what the first one needs, and why. */
export interface Contradiction {
  between:
    | ["coalesce", "overlap"]
    | ["coalesce", "grace_seconds"]
    | ["jitter_seconds", "grace_seconds"];
  must: string;
}

/** What contradicts what: refused in code and from a person, and never taken from the code beside what a person set. */
export function findContradictions(
  { coalesce, overlap, grace_seconds, jitter_seconds }: PolicyColumns,
): Contradiction[] {
  const found: Contradiction[] = [];
  if (coalesce === "all" && overlap === "skip") {
    found.push({
      between: ["coalesce", "overlap"],
      must: '"all" needs overlap "queue": of several late slots all but one would be skipped',
    });
  }
  if (coalesce !== "latest" && grace_seconds === null) {
    found.push({
      between: ["coalesce", "grace_seconds"],
      must:
        `"${coalesce}" needs grace_seconds: without it a slot may run only until the next one is due, and of several late slots none but the newest is left. Write how late one may run, such as grace_seconds 3600`,
    });
  }
  if (grace_seconds !== null && jitter_seconds > grace_seconds) {
    found.push({
      between: ["jitter_seconds", "grace_seconds"],
      must: `must not be over grace_seconds, ${grace_seconds}: a slot would be too late`,
    });
  }
  return found;
}

/** The same as sentences that name both sides with their values. */
export function describeContradictions(policies: PolicyColumns): string[] {
  const side = (column: keyof PolicyColumns) => `${column} ${JSON.stringify(policies[column])}`;
  return findContradictions(policies).map(({ between: [field, other], must }) =>
    `${side(field)} and ${side(other)} contradict each other: ${must}`
  );
}
