import type { Schedule } from "../schedule.ts";

/**
 * Says a schedule in words: "At 02:00, every day (Europe/Budapest)", "Every 5 minutes", "Once, on 2026-03-29 at 02:00 (UTC)".
 *
 * cronstrue is loaded with the first cron that is described.
 */
export async function describeSchedule(schedule: Schedule): Promise<string> {
  if (schedule.intervalMinutes !== null) return describeInterval(schedule.intervalMinutes);
  const words = schedule.runAt === null
    ? await describeCron(schedule.cron!, schedule.normalized!)
    : `Once, on ${formatLocal(schedule.runAt, schedule.timeZone)}`;
  return `${words} (${schedule.timeZone})`;
}

/** cronstrue knows neither `FRI#L` nor `1W,15W`, so the normal form is tried next and is quoted at last. */
async function describeCron(written: string, normalized: string): Promise<string> {
  const { toString } = await import("cronstrue");
  const hasFixedTimes = normalized.split(" ")[1] !== "*";
  const options = { use24HourTimeFormat: true, verbose: hasFixedTimes };
  for (const text of [spellUnevenSteps(written, normalized), normalized]) {
    try {
      return toString(text, options)
        .replace(/every (\d+) days in a month/, "every $1 days from day 1 of each month");
    } catch {
      continue;
    }
  }
  return `Cron "${normalized}"`;
}

/** Minutes, hours, days of a month, months and weekdays that a cycle has; the days of a month differ. */
const CYCLES = [60, 24, NaN, 12, 7];

/** `*\/7` starts again with each hour, so that it is no "every 7 minutes": such places are written as their values. */
function spellUnevenSteps(written: string, normalized: string): string {
  const places = written.trim().split(/\s+/);
  const values = normalized.split(" ");
  if (places.length !== values.length) return written;
  return places.map((place, index) => {
    const steps = [...place.matchAll(/(?:^|,)(?:\*|\d+)\/(\d+)/g)].map(([, step]) => Number(step));
    return steps.some((step) => CYCLES[index] % step > 0) ? values[index] : place;
  }).join(" ");
}

function describeInterval(minutes: number): string {
  const [unit, size] = ([["day", 1440], ["hour", 60], ["minute", 1]] as const)
    .find(([, size]) => minutes % size === 0)!;
  const count = minutes / size;
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

/** "2026-03-29 at 02:00", on the clock of the zone. Swedish writes dates as ISO does. */
function formatLocal(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" })
    .format(instant).replace(" ", " at ");
}
