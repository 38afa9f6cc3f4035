import type { Config } from "./config.ts";
import type { AnyJob } from "./job.ts";
import { parseSchedule, type Schedule, type ScheduleSpec } from "./schedule.ts";

/** The schedule that a job declares under a configuration, as its author wrote it. */
export function scheduleSpecOf(job: AnyJob, config: Config): ScheduleSpec {
  return typeof job.schedule === "function" ? job.schedule(config) : job.schedule;
}

/** The same, parsed; throws `ScheduleError` for what never fires. */
export function parseJobSchedule(job: AnyJob, config: Config): Schedule {
  return parseSchedule(scheduleSpecOf(job, config), config.defaultTimeZone);
}
