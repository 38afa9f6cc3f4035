import type { Config } from "../lib/config.ts";
import { STALE_TICK_SECONDS } from "../lib/engine_state_store.ts";
import type { SchedulerPulse } from "../lib/job_overview_store.ts";

/** Whether the last tick is too long ago, as alarms come every minute; no tick yet is too long ago as well. */
export function isStale({ age_seconds }: SchedulerPulse): boolean {
  return age_seconds === null || age_seconds > STALE_TICK_SECONDS;
}

/** Whether schedules are on here and something ticks. */
export function schedulerRuns(config: Config, pulse: SchedulerPulse): boolean {
  return config.schedulerEnabled && config.timelineRunsSchedules && !isStale(pulse);
}
