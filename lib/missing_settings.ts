import type { Config } from "./config.ts";
import type { AnyJob } from "./job.ts";

/** The variables that a job cannot do without and that are not set; none when it can run. */
export function missingSettings(job: AnyJob, config: Config): readonly string[] {
  const missing = job.missingSetting?.(config) ?? [];
  return typeof missing === "string" ? [missing] : missing;
}

/** "LLM_BASE_URL is not set", "LLM_BASE_URL and LLM_MODEL are not set". */
export function sayNotSet(names: readonly string[]): string {
  const [last, ...others] = names.toReversed();
  if (others.length === 0) return `${last} is not set`;
  return `${others.toReversed().join(", ")} and ${last} are not set`;
}
