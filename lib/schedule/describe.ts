import type { Schedule } from "../schedule.ts";

/**
 * A schedule in words: "At 02:00, every day (Europe/Budapest)", "Every 5 minutes", "Once, on 2026-03-29 at 02:00 (UTC)".
 *
 * cronstrue is loaded with the first cron that is described.
 */
export async function describeSchedule(schedule: Schedule): Promise<string> {
  if (schedule.intervalMinutes !== null) return describeInterval(schedule.intervalMinutes);
  if (schedule.runAt !== null) {
    return `Once, on ${formatLocal(schedule.runAt, schedule.timeZone)} (${schedule.timeZone})`;
  }
  const { toString } = await import("cronstrue");
  const words = toString(schedule.cron!, { use24HourTimeFormat: true, verbose: true });
  return `${words} (${schedule.timeZone})`;
}

function describeInterval(minutes: number): string {
  const units = [["day", 1440], ["hour", 60], ["minute", 1]] as const;
  const [unit, size] = units.find(([, size]) => minutes % size === 0)!;
  const count = minutes / size;
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

/** "2026-03-29 at 02:00", as the clock of the zone shows it. */
function formatLocal(instant: Date, timeZone: string): string {
  const [date, time] = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
  }).format(instant).split(" ");
  return `${date} at ${time}`;
}
