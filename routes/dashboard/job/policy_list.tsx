import { formatWanted } from "../../../lib/percent.ts";
import type { toPolicies } from "../../job_detail_json.ts";
import { formatDuration } from "../format.ts";

/** What a job does about late slots, overlap, failures and slow runs, in words. */
export function PolicyList({ policies }: { policies: ReturnType<typeof toPolicies> }) {
  const { backoff, retries } = policies;
  const seconds = (value: number) => formatDuration(value * 1_000);
  const lines: [string, string][] = [
    [
      "A late slot still runs",
      policies.grace_seconds === null
        ? "until the next one is due"
        : `for ${seconds(policies.grace_seconds)}`,
    ],
    ["Of several late slots", COALESCE_WORDS[policies.coalesce]],
    [
      "While a run is active",
      policies.overlap === "skip" ? "the slot is skipped" : "the slot waits",
    ],
    [
      "Runs at once",
      policies.limit === null ? "as many as there are" : `at most ${policies.limit}`,
    ],
    [
      "Jitter",
      policies.jitter_seconds === 0 ? "none" : `up to ${seconds(policies.jitter_seconds)}`,
    ],
    ["Timeout", `${formatDuration(policies.timeout_ms)} for each attempt`],
    [
      "Retries",
      retries === 0
        ? "none"
        : `${retries}, the first after ${formatDuration(backoff.first_ms)}, then doubling`,
    ],
    ["Items that must succeed", formatWanted(policies.min_success_rate)],
    [
      "Counts as slow after",
      policies.slow_after_ms === null ? "never" : formatDuration(policies.slow_after_ms),
    ],
  ];
  return (
    <section class="card">
      <h2>Policies</h2>
      <dl class="pairs">
        {lines.map(([what, value]) => (
          <>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

const COALESCE_WORDS = {
  latest: "the newest runs for all",
  all: "each runs, in order",
  skip: "none runs",
};
