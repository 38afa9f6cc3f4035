import { InvalidInputError } from "./errors.ts";
import { sayIssue } from "./issue_words.ts";
import type { AnyJob } from "./job.ts";

/**
 * The parameters of a job, with its defaults filled in.
 *
 * Throws `InvalidInputError` with what is wrong, by field (`params.days`).
 */
export function parseParams(job: AnyJob, input: unknown): unknown {
  const parsed = job.params.safeParse(input ?? {}, { error: sayIssue });
  if (parsed.success) return parsed.data;
  const fields: Record<string, string[]> = {};
  for (const issue of parsed.error.issues) {
    const unknown = issue.code === "unrecognized_keys" ? issue.keys : [null];
    for (const key of unknown) {
      const path = ["params", ...issue.path, ...(key === null ? [] : [key])].join(".");
      (fields[path] ??= []).push(key === null ? issue.message : "is not a parameter of this job");
    }
  }
  const summary = Object.entries(fields).map(([path, errors]) => `${path}: ${errors.join(", ")}`);
  throw new InvalidInputError(
    `The parameters do not fit job "${job.id}": ${summary.join("; ")}`,
    fields,
  );
}
