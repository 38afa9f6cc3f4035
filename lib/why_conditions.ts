/** What has to hold for a run, looked at for one slot. */
import { isPlannedBeyond, isSetBeyond } from "./plan.ts";
import { isPaused, pauseEnd, type ScheduleRow } from "./schedule_row.ts";
import { type Facts, isOfPresent, minuteStart } from "./why_facts.ts";
import {
  formatEarlier,
  formatGap,
  formatOutcome,
  formatPause,
  formatPlannedBeyond,
} from "./why_words.ts";

/** One thing that has to hold for a run. */
export interface Condition {
  condition: string;
  /** Null where it is not known. */
  holds: boolean | null;
  says: string;
}

const DAY_MS = 86_400_000;

/** How far back a slot before is looked for. */
const LOOK_BACK_MS = 366 * DAY_MS;

/** The conditions of a run in the order in which they are met; a later one is left out when nothing depends on it. */
export function judge(facts: Facts): Condition[] {
  const { slot, run, gap, now } = facts;
  const begun = [existed(facts), isSlot(facts)];
  if (slot === null || (!begun[0].holds && !gap)) return begun;
  const standing = [...begun, isEnabled(facts, slot), isNotPaused(facts, slot)];
  if (slot > now) {
    const { row } = facts;
    const waits = isPlannedBeyond(row, now) && slot < row.planned_at! ? [isPlanned(row)] : [];
    return [...standing, isNotJumpedOver(facts, slot), ...waits, hasCome(slot, now)];
  }
  const come = [...standing, hasCome(slot, now), wasDecided(facts, slot)];
  return run ? [...come, formatOutcome(run)] : come;
}

function existed({ row, at, slot, run }: Facts): Condition {
  const instant = slot ?? at;
  const begins = iso(row.created_at);
  const isBefore = instant < row.created_at && minuteStart(row.created_at) > instant;
  if (run) {
    const byHand = isBefore ? ", after that slot, which was set by hand" : "";
    const says = `It was made at ${begins}${byHand}`;
    return { condition: "The schedule exists", holds: true, says };
  }
  const says = row.deleted_at !== null && row.deleted_at <= instant
    ? `The schedule was deleted at ${iso(row.deleted_at)}`
    : row.retired_at !== null && row.retired_at <= instant
    ? `Its job left the code at ${iso(row.retired_at)}`
    : isBefore
    ? `The schedule did not exist yet: it was made at ${begins}`
    : null;
  return {
    condition: "The schedule exists",
    holds: says === null,
    says: says ?? `It was made at ${begins}`,
  };
}

function isSlot(facts: Facts): Condition {
  const { row, schedule, problem, at, slot } = facts;
  const condition = "The schedule has a slot in that minute";
  if (slot) return { condition, holds: true, says: nameSlot(facts, slot) };
  if (facts.isEarlier) return { condition, holds: null, says: formatEarlier(row, facts.gap) };
  if (!schedule) return { condition, holds: false, says: problem! };
  const previous = previousSlot(facts, at);
  const next = nextSlot(facts, at);
  const around = [
    previous && `the slot before it is ${iso(previous)}`,
    next && `the next one is ${iso(next)}`,
  ].filter(Boolean).join(", ");
  return {
    condition,
    holds: false,
    says: `No slot of the schedule lies in that minute${around && `; ${around}`}`,
  };
}

function nameSlot({ row, schedule, now }: Facts, slot: Date): string {
  const isRegular = isOfPresent(row, slot) &&
    schedule?.latestAtOrBefore(slot, slot, row.anchor_at) != null;
  if (!isRegular) {
    return `${
      iso(slot)
    } is no slot of the present schedule: it was set by hand, or the schedule was another one`;
  }
  const note = schedule!.dstNote(slot, now);
  return `${iso(slot)} is a slot${note ? `: ${note}` : ""}`;
}

function isEnabled({ row, now, gap }: Facts, slot: Date): Condition {
  const holds = gap?.reason !== "disabled" && (slot <= now || row.enabled);
  return {
    condition: "It is enabled",
    holds,
    says: holds ? "It was not disabled over that slot" : formatGap("disabled"),
  };
}

/** What is over is told by its gap, what is to come by the row. */
function isNotPaused({ row, now, gap }: Facts, slot: Date): Condition {
  const condition = "It is not paused";
  const end = pauseEnd(row);
  const isPausedThen = slot > now && isPaused(row, now) && (end === null || end > slot);
  if (gap?.reason !== "paused" && !isPausedThen) {
    return { condition, holds: true, says: "It was not paused over that slot" };
  }
  const isThisPause = isPaused(row, now) && slot >= row.paused_at! && row.deleted_at === null;
  const words = isThisPause ? formatPause(row) : gap?.detail ? ` ${gap.detail}` : "";
  return { condition, holds: false, says: `${formatGap("paused")}${words}` };
}

function isNotJumpedOver({ row, now }: Facts, slot: Date): Condition {
  const condition = "It is not jumped over by hand";
  if (!isSetBeyond(row, now) || row.next_run_at! <= slot) {
    return { condition, holds: true, says: "Its next run was not set beyond that slot" };
  }
  const isNever = Number.isNaN(row.next_run_at!.getTime());
  const setTo = isNever ? "never" : iso(row.next_run_at!);
  return { condition, holds: false, says: `Its next run was set by hand, to ${setTo}` };
}

/** Said only where it does not hold: no pass makes a run of a slot before the planned one. */
function isPlanned(row: ScheduleRow): Condition {
  return { condition: "A run is planned for it", holds: false, says: formatPlannedBeyond(row) };
}

function hasCome(slot: Date, now: Date): Condition {
  const holds = slot <= now;
  return {
    condition: "The slot has come",
    holds,
    says: holds ? `It came at ${iso(slot)}` : `It comes at ${iso(slot)}; it is ${iso(now)} now`,
  };
}

/** Whether a pass over the schedule made a run of a slot that has come. */
function wasDecided(facts: Facts, slot: Date): Condition {
  const { run, gap, row } = facts;
  const condition = "A pass made a run of it";
  if (run) {
    const late = run.trigger === "catch_up" ? "late, " : "";
    const says = `Run ${run.id} was made ${late}at ${iso(run.created_at)}`;
    return { condition, holds: true, says };
  }
  if (gap) return { condition, holds: false, says: formatGap(gap.reason, gap.toldAt) };
  const says = isUntold(row, slot) ? nameWait(facts) : nameUnknown(facts, slot);
  return { condition, holds: false, says };
}

/** Whether no pass had to tell of a slot yet: regular ones from the planned one on, and one set by hand. */
function isUntold({ enabled, planned_at, next_run_at }: ScheduleRow, slot: Date): boolean {
  if (next_run_at?.getTime() === slot.getTime()) return true;
  return planned_at === null ? enabled : planned_at <= slot;
}

function nameWait({ schedulerRuns, lastTickAt }: Facts): string {
  if (!schedulerRuns) return formatGap("scheduler_off");
  const last = lastTickAt ? `the last one was at ${iso(lastTickAt)}` : "there was none yet";
  return `It is due and waits for the next pass; ${last}`;
}

function nameUnknown({ row, now, retentionDays }: Facts, slot: Date): string {
  const isOld = now.getTime() - slot.getTime() > retentionDays * DAY_MS;
  if (isOld) {
    return `Nothing is recorded of it any more: what is older than ${retentionDays} days is deleted`;
  }
  const said = "Nothing is recorded of it";
  return isPlannedBeyond(row, now) ? `${said}. ${formatPlannedBeyond(row)}` : said;
}

/** The slot before an instant; null when the present schedule has none in the year before. */
export function previousSlot({ schedule, row }: Facts, at: Date): Date | null {
  const before = new Date(at.getTime() - 1);
  const floor = new Date(at.getTime() - LOOK_BACK_MS);
  const slot = schedule?.latestAtOrBefore(before, floor, row.anchor_at);
  return slot && isOfPresent(row, slot) ? slot : null;
}

/** The slot after an instant; null when there is none, or an earlier schedule's may have come first. */
export function nextSlot({ schedule, row, isEarlier }: Facts, at: Date): Date | null {
  return isEarlier ? null : schedule?.nextAfter(at, row.anchor_at) ?? null;
}

function iso(instant: Date): string {
  return instant.toISOString();
}
