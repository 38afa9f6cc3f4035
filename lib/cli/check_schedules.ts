import { describeSchedule, type Schedule } from "../schedule.ts";
import { warnOfClockChanges } from "../schedule/clock_warnings.ts";
import { warnOfCronText } from "../schedule/cron_warnings.ts";
import { toDenoCron } from "../schedule/deno_dialect.ts";
import { findPileUps, type PileUp } from "../schedule/pile_ups.ts";

const YEAR_MS = 365 * 86_400_000;
const NEXT_SLOTS = 5;
const LABEL_WIDTH = 12;

/** A job with its schedule; `anchor` is where an interval counts from, now when absent. */
export interface CheckedJob {
  id: string;
  schedule: Schedule;
  anchor?: Date;
}

/**
 * Reports on each job's schedule: as written, in words, what Deno.cron is given, the next five slots in the zone and
 * in UTC, and warnings; at the end, minutes in which many jobs start.
 */
export async function formatScheduleReport(jobs: CheckedJob[], now: Date): Promise<string> {
  const parts = await Promise.all(jobs.map((job) => formatJob(job, now)));
  return [...parts, ...formatPileUps(findPileUps(jobs, now))].join("\n\n") + "\n";
}

async function formatJob({ id, schedule, anchor }: CheckedJob, now: Date): Promise<string> {
  return [
    id,
    formatLine("written", formatWritten(schedule)),
    formatLine("in words", await describeSchedule(schedule)),
    formatLine("Deno.cron", formatAlarm(schedule)),
    ...formatLines("next", formatNextSlots(schedule, now, anchor)),
    ...formatLines("warning", warn(schedule, now)),
  ].join("\n");
}

function formatWritten(schedule: Schedule): string {
  if (schedule.cron !== null) return `${schedule.cron}  in ${schedule.timeZone}`;
  if (schedule.intervalMinutes === 1) return "every minute";
  if (schedule.intervalMinutes !== null) return `every ${schedule.intervalMinutes} minutes`;
  return `once at ${schedule.runAt!.toISOString()}`;
}

function formatAlarm(schedule: Schedule): string {
  const given = toDenoCron(schedule);
  if (given === null) return "nothing: the minute alarm carries it";
  return `${given.text}  ${
    given.isExact ? "exactly" : "as a hint that the minute alarm completes"
  }`;
}

function formatNextSlots(schedule: Schedule, now: Date, anchor = now): string[] {
  const format = createLocalFormat(schedule.timeZone);
  const lines: string[] = [];
  let slot = schedule.nextAfter(now, anchor);
  while (slot !== null && lines.length < NEXT_SLOTS) {
    lines.push(`${format(slot)}  ${slot.toISOString().slice(0, 19)}Z`);
    slot = schedule.nextAfter(slot, anchor);
  }
  return lines.length === 0 ? ["never again"] : lines;
}

/** "Sun 2026-03-29 03:00 +02:00" */
function createLocalFormat(timeZone: string): (instant: Date) => string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "longOffset",
  });
  return (instant) => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, value]),
    );
    const offset = parts.timeZoneName.replace("GMT", "") || "+00:00";
    return `${parts.weekday.slice(0, 3)} ${parts.year}-${parts.month}-${parts.day} ` +
      `${parts.hour}:${parts.minute} ${offset}`;
  };
}

function warn(schedule: Schedule, now: Date): string[] {
  if (schedule.cron === null) return [];
  const from = now.getTime();
  return [
    ...warnOfCronText(schedule.cron),
    ...warnOfClockChanges(schedule.cron, schedule.timeZone, from, from + YEAR_MS),
  ];
}

function formatPileUps(pileUps: PileUp[]): string[] {
  return pileUps.map(({ jobIds, firstAt, times }) =>
    [
      `pile-up: ${jobIds.length} jobs start together ${times === 1 ? "once" : `${times} times`} ` +
      `within a week, first at ${
        firstAt.toISOString().slice(0, 16)
      }Z; other minutes or a jitter spread them`,
      ...jobIds.map((id) => `  ${id}`),
    ].join("\n")
  );
}

/** Labels the first of several lines and aligns the others under it. */
function formatLines(label: string, lines: string[]): string[] {
  return lines.map((line, i) => formatLine(i === 0 ? label : "", line));
}

function formatLine(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}
