/** `deno task check-schedules`: what each schedule in the code means, when it fires next, and what to beware of. */
import { type CheckedJob, formatScheduleReport } from "../../lib/cli/check_schedules.ts";
import { runCommand } from "../../lib/cli/command.ts";
import { stampNow } from "../../lib/clock.ts";
import { parseJobSchedule } from "../../lib/job_schedule.ts";
import { ScheduleError } from "../../lib/schedule.ts";
import { jobs } from "../mod.ts";

await runCommand("deno task check-schedules", async ({ config, log }) => {
  const checked: CheckedJob[] = [];
  for (const job of jobs) {
    try {
      checked.push({ id: job.id, schedule: parseJobSchedule(job, config) });
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      log.error(`${job.id}: ${error.message}`);
    }
  }
  console.log((await formatScheduleReport(checked, stampNow())).trimEnd());
  return checked.length === jobs.length ? 0 : 1;
});
