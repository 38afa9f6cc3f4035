/** What is scheduled in the simulation: rows of every kind, over zones whose clocks change meanwhile. */
import type { ScheduleInput } from "../../../lib/schedules.ts";
import type { ScheduleSpec } from "../../../lib/schedule.ts";
import type { JobName } from "./jobs.ts";

/** Twenty hours in which five of the zones change their clocks. */
export const WORLD_START = new Date("2021-04-03T13:30:00Z");

/**
 * Auckland 14:00Z and Sydney 16:00Z an hour back, Lord Howe 15:00Z half an hour back, Santiago 03:00Z an hour
 * back over midnight, Mexico City 08:00Z an hour forward; Kathmandu is at 5:45 and stays there.
 */
export type Zone =
  | "UTC"
  | "Europe/Budapest"
  | "Asia/Kathmandu"
  | "Pacific/Auckland"
  | "Australia/Sydney"
  | "Australia/Lord_Howe"
  | "America/Santiago"
  | "America/Mexico_City";

export interface WorldRow extends ScheduleInput {
  id: string;
  job: JobName;
  spec: ScheduleSpec;
}

export const WORLD: WorldRow[] = [
  row("minutely", "quick", cron("* * * * *")),
  row("minutely_lord_howe", "quick", cron("* * * * *", "Australia/Lord_Howe")),
  row("minutely_flaky", "flaky", cron("* * * * *", "Asia/Kathmandu")),
  row("five_sydney", "quick", cron("*/5 * * * *", "Australia/Sydney")),
  row("odd_mexico", "quick", cron("7,22,37,52 * * * *", "America/Mexico_City")),
  row("hourly_santiago", "quick", cron("15 * * * *", "America/Santiago")),
  row("hourly_auckland", "quick", cron("30 * * * *", "Pacific/Auckland")),

  row("doubled_sydney", "quick", cron("30 2 * * *", "Australia/Sydney")),
  row("doubled_santiago", "quick", cron("30 23 * * *", "America/Santiago")),
  row("doubled_auckland", "quick", cron("*/30 1-4 * * *", "Pacific/Auckland")),
  row("skipped_mexico", "quick", cron("15,45 2 * * *", "America/Mexico_City")),
  row("skipped_mexico_fine", "quick", cron("*/20 0-5 * * *", "America/Mexico_City")),

  row("interval_7", "quick", { intervalMinutes: 7 }),
  row("interval_13", "flaky", { intervalMinutes: 13 }),
  row("interval_60", "quick", { intervalMinutes: 60 }),
  row("once", "quick", { runAt: new Date(WORLD_START.getTime() + 45 * 60_000) }),

  row("queue", "slow", cron("*/2 * * * *"), { overlap: "queue" }),
  row("overlapping", "slow", cron("* * * * *")),
  row("all", "quick", cron("*/3 * * * *", "Europe/Budapest"), {
    overlap: "queue",
    coalesce: "all",
    graceSeconds: 3_600,
  }),
  row("latest", "quick", cron("*/2 * * * *"), { graceSeconds: 1_800 }),
  row("sole", "quick", cron("*/2 * * * *"), { coalesce: "skip", graceSeconds: 1_800 }),
  row("strict", "quick", cron("*/4 * * * *"), { graceSeconds: 60 }),
  row("jitter", "quick", cron("*/6 * * * *"), { graceSeconds: 300, jitterSeconds: 90 }),
  row("edited", "quick", cron("*/11 * * * *")),

  row("limited_a", "limited", cron("*/2 * * * *")),
  row("limited_b", "limited", cron("*/2 * * * *")),
  row("limited_queue", "limited", cron("*/2 * * * *"), { overlap: "queue" }),
  row("stuck_10", "stuck", cron("*/10 * * * *")),
  row("hopeless_9", "hopeless", cron("*/9 * * * *")),
  row("items_8", "items", cron("*/8 * * * *")),
];

function cron(text: string, timeZone: Zone = "UTC"): ScheduleSpec {
  return { cron: text, timeZone };
}

function row(id: string, job: JobName, spec: ScheduleSpec, input: ScheduleInput = {}): WorldRow {
  // A bot of its own, so that a manual run can name the row.
  return { id, job, spec, botId: id, ...input };
}
