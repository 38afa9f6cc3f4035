import { DURATION_BOUNDS_MS } from "../lib/duration_buckets.ts";
import type { Engine } from "../lib/engine_api.ts";
import { listPausedRows, readJobSchedules, readPulse } from "../lib/job_overview_store.ts";
import {
  readActiveCounts,
  readPauseCounts,
  readRunCounts,
  type RunCount,
} from "../lib/metrics_store.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { nextRuns } from "./next_run.ts";
import { formatMetrics, histogramSamples, type Metric, PROMETHEUS_TYPE } from "./prometheus.ts";
import { schedulerRuns } from "./pulse.ts";

/** Statuses that are counted from the beginning, so that the first failure is seen as an increase. */
const SETTLED = ["success", "failed", "skipped", "cancelled"];

/** Statuses of runs that did work, and so took time. */
const PERFORMED = ["success", "failed"];

/** Durations are whole milliseconds; `le` takes in its bound, a bucket does not: that is 1 ms at most. */
const BOUNDS_SECONDS = DURATION_BOUNDS_MS.map((ms) => ms / 1_000);

export function metricsRoutes({ engine }: AppDeps): Route[] {
  return [
    defineRoute(
      {
        method: "get",
        path: "/metrics",
        summary: "Counters and gauges for Prometheus, of the installation as a whole",
        description:
          "From the database: every process answers the same. Counters leave out dry runs.",
        tag: "system",
        role: "viewer",
        answers: { 200: { description: "Text format 0.0.4", contentType: "text/plain" } },
      },
      async (_, c) =>
        c.body(formatMetrics(await readMetrics(engine)), 200, { "Content-Type": PROMETHEUS_TYPE }),
    ),
  ];
}

async function readMetrics({ sql, clock, config, jobs }: Engine): Promise<Metric[]> {
  const known = [...jobs.keys()];
  const [counts, active, pauses, pulse, schedules, pausedRows] = await Promise.all([
    readRunCounts(sql),
    readActiveCounts(sql, clock),
    readPauseCounts(sql, clock),
    readPulse(sql, clock),
    readJobSchedules(sql, clock, known),
    listPausedRows(sql, clock, known),
  ]);
  const activeOf = new Map(active.map((row) => [row.job_type, row]));
  const pausesOf = new Map(pauses.map((row) => [row.job_type, row]));
  const next = nextRuns(schedules, pausedRows);
  const present = [...new Set([...known, ...activeOf.keys(), ...pausesOf.keys()])];
  const perJob = (valueOf: (job: string) => number | null | undefined) =>
    present.flatMap((job) => {
      const value = valueOf(job);
      return value == null ? [] : [{ labels: { job }, value }];
    });
  return [
    ...countersOf(counts, known),
    gauge("runs_pending", "Runs that wait", perJob((job) => activeOf.get(job)?.pending ?? 0)),
    gauge(
      "runs_running",
      "Runs that are running",
      perJob((job) => activeOf.get(job)?.running ?? 0),
    ),
    gauge(
      "oldest_pending_run_age_seconds",
      "How long the oldest run waits beyond its time; 0 when none does",
      perJob((job) => activeOf.get(job)?.oldest_due_seconds ?? 0),
    ),
    gauge(
      "schedules_paused",
      "Schedules that are paused",
      perJob((job) => pausesOf.get(job)?.paused ?? 0),
    ),
    gauge("schedules", "Schedules of a job", perJob((job) => pausesOf.get(job)?.schedules ?? 0)),
    gauge(
      "next_run_timestamp_seconds",
      "When the job runs next; absent when it will not",
      perJob((job) => toSeconds(next.get(job))),
    ),
    gauge(
      "last_success_timestamp_seconds",
      "When the job last succeeded; absent when it never did",
      perJob((job) => lastSuccess(counts, job)),
    ),
    gauge(
      "last_tick_age_seconds",
      "How long ago an alarm last passed over the database; absent before the first",
      pulse.age_seconds === null ? [] : [{ value: pulse.age_seconds }],
    ),
    gauge("scheduler_running", "1 while schedules are on here and ticks come", [
      { value: schedulerRuns(config, pulse) ? 1 : 0 },
    ]),
  ];
}

function countersOf(counts: RunCount[], known: string[]): Metric[] {
  const jobs = [...new Set([...known, ...counts.map(({ job_type }) => job_type)])];
  const of = (job: string, status: string) =>
    counts.filter((count) => count.job_type === job && count.status === status);
  return [
    {
      name: "edge_cron_runs_total",
      type: "counter",
      help: "Runs that ended, by job and status",
      samples: jobs.flatMap((job) =>
        SETTLED.map((status) => ({ labels: { job, status }, value: sumRuns(of(job, status)) }))
      ),
    },
    {
      name: "edge_cron_run_duration_seconds",
      type: "histogram",
      help: "Time that runs took over all their attempts, by job and status",
      samples: jobs.flatMap((job) =>
        PERFORMED.flatMap((status) => {
          const found = of(job, status);
          if (found.length === 0) return [];
          const buckets = Array.from({ length: BOUNDS_SECONDS.length + 1 }, (_, bucket) =>
            sumRuns(found.filter((count) => count.bucket === bucket)));
          const sumMs = found.reduce((sum, count) =>
            sum + count.duration_ms_sum, 0);
          return histogramSamples(BOUNDS_SECONDS, buckets, sumMs / 1_000, { job, status });
        })
      ),
    },
  ];
}

function gauge(name: string, help: string, samples: Metric["samples"]): Metric {
  return { name: `edge_cron_${name}`, type: "gauge", help, samples };
}

function sumRuns(counts: RunCount[]): number {
  return counts.reduce((sum, { runs }) => sum + runs, 0);
}

function lastSuccess(counts: RunCount[], job: string): number | undefined {
  const times = counts
    .filter(({ job_type, status }) => job_type === job && status === "success")
    .map(({ last_finished_at }) => last_finished_at.getTime() / 1_000);
  return times.length > 0 ? Math.max(...times) : undefined;
}

function toSeconds(instant: Date | undefined): number | undefined {
  return instant && instant.getTime() / 1_000;
}
