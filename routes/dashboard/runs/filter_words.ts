import { sayReason } from "../parts/run_table.tsx";

/** Which runs a filter that can be read chooses: "all runs", "the runs of Count words with the status failed". */
export function sayFilter(
  texts: Record<string, string>,
  names: ReadonlyMap<string, string>,
  zone: string,
): string {
  const { job, status, reason, trigger, lost, since, until, error } = texts;
  const parts = [
    job && `of ${names.get(job) ?? job}`,
    status && `with the status ${status}`,
    reason && `with the reason ${sayReason(reason)}`,
    trigger && `with the trigger ${sayReason(trigger)}`,
    lost && (lost === "true" ? "lost at least once" : "never lost"),
    since && `from ${sayTime(since)}`,
    until && `until ${sayTime(until)}`,
    (since || until) && `in ${zone}`,
    error && `with “${error}” in the error`,
  ].filter(Boolean);
  return parts.length === 0 ? "all runs" : `the runs ${parts.join(" ")}`;
}

function sayTime(text: string): string {
  return text.replace("T", " ");
}
