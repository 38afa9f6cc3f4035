import type { AnyJob } from "../../../lib/job.ts";
import { formatClock, formatCount, formatDuration } from "../format.ts";
import { writeLocalTime } from "../local_time.ts";
import { sayOutcome } from "../parts/outcomes.ts";
import { sayReason } from "../parts/run_table.tsx";
import { wordOf } from "../parts/status.tsx";
import type { View } from "../view.ts";
import type { Absence } from "./absences.ts";
import type { Hold } from "./hold.ts";
import type { Mark } from "./marks.ts";

/** Where a mark leads: to its run, or to the runs of its stretch. */
export function leadOf(mark: Mark, job: AnyJob, { zone }: View): string {
  if ("run" in mark) return `/ui/runs/${mark.run.id}`;
  const [since, until] = [mark.fromMs, mark.toMs].map((ms) => writeLocalTime(new Date(ms), zone));
  return `/ui/runs?job=${job.id}&status=${mark.status}&since=${since}&until=${until}`;
}

/** What a mark stands for: "14:05, success, 2.1 s", or "12 runs from 14:00 to 15:00, fine". */
export function sayMark(mark: Mark, { zone, now }: View): string {
  const clock = (at: Date) => formatClock(at, zone, now);
  if (!("run" in mark)) {
    const stretch = `from ${clock(new Date(mark.fromMs))} to ${clock(new Date(mark.toMs))}`;
    return `${formatCount(mark.runs, "run")} ${stretch}, ${sayOutcome(mark.status)}`;
  }
  const { began_at, finished_at, status, reason } = mark.run;
  const ms = finished_at === null || status === "skipped"
    ? 0
    : finished_at.getTime() - began_at.getTime();
  return [
    clock(began_at),
    wordOf(status).toLowerCase() + (reason && reason !== "error" ? ` (${sayReason(reason)})` : ""),
    ms > 0 && formatDuration(ms),
  ].filter(Boolean).join(", ");
}

/** What became of slots that have no run: "Thu 02:00, missed", or "Thu 02:00 to 05:00, 2 times, missed". */
export function sayAbsence(absence: Absence, { zone, now }: View): string {
  const { reason, firstSlot, lastSlot, spans } = absence;
  const [first, last] = [firstSlot, lastSlot].map((slot) => formatClock(slot, zone, now));
  const stretch = firstSlot.getTime() === lastSlot.getTime() ? first : `${first} to ${last}`;
  const times = spans.length > 1 ? `, ${spans.length} times` : "";
  return `${stretch}${times}, ${sayOutcome(reason)}`;
}

/** Why nothing is to come for now: "paused", "paused until Sat 14:00", "disabled". */
export function sayHold({ reason, until }: Hold, { zone, now }: View): string {
  return sayOutcome(reason) + (until ? ` until ${formatClock(until, zone, now)}` : "");
}

/** Where it is explained why a slot has no run. */
export function whyUrl(
  job: AnyJob,
  { firstSlot }: Pick<Absence, "firstSlot">,
  { zone }: View,
): string {
  return `/ui/jobs/${job.id}?why=${writeLocalTime(firstSlot, zone)}#why`;
}
