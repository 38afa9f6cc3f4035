import { noteClockEffect } from "./schedule/clock_effect.ts";
import { parseCron } from "./schedule/cron_fields.ts";
import { formatCron } from "./schedule/format_cron.ts";
import { placeCron } from "./schedule/cron_slots.ts";
import { ScheduleError } from "./schedule/error.ts";
import { findTimeZone } from "./schedule/time_zone.ts";

export { ScheduleError } from "./schedule/error.ts";
export { ScheduleCache } from "./schedule/cache.ts";
export { describeSchedule } from "./schedule/describe.ts";
export { jitterMs } from "./schedule/jitter.ts";

const MINUTE_MS = 60_000;

/** The longest interval, a year of 365 days; what comes less often is said better as cron. */
export const MAX_INTERVAL_MINUTES = 525_600;

/** A schedule as a person writes it. */
export type ScheduleSpec =
  | { cron: string; timeZone?: string }
  | { intervalMinutes: number }
  | { runAt: Date };

/** When a job runs. Slots are exact minutes of the zone's clock for cron; every instant is a whole millisecond. */
export interface Schedule {
  readonly kind: "cron" | "interval" | "once";
  /** The cron text as written; null for the other kinds. */
  readonly cron: string | null;
  /** The same meaning in five fields of `*` or sorted lists, months and weekdays by name; null for the other kinds. */
  readonly normalized: string | null;
  readonly intervalMinutes: number | null;
  readonly runAt: Date | null;
  /** IANA name. Intervals count elapsed time and do not depend on it. */
  readonly timeZone: string;
  /**
   * The first slot strictly after an instant; null when there is none.
   *
   * @param anchor Where an interval counts from: slots are anchor + k × interval, k ≥ 1. Without it, the instant itself.
   */
  nextAfter(instant: Date, anchor?: Date): Date | null;
  /** The slots in [from, to] in order, at most `limit`, and whether there are more. An interval's anchor is `from` when not given. */
  slotsBetween(
    from: Date,
    to: Date,
    limit: number,
    anchor?: Date,
  ): { slots: Date[]; more: boolean };
  /** The newest slot in [floor, instant], found without walking the slots between; null when there is none. An interval's anchor is `floor` when not given. */
  latestAtOrBefore(instant: Date, floor: Date, anchor?: Date): Date | null;
  /**
   * What a clock change did to a slot, in a sentence; null for ordinary slots. In the present tense for a slot after
   * `now`; without it every slot counts as past.
   */
  dstNote(slot: Date, now?: Date): string | null;
}

/**
 * Reads a schedule that can fire.
 *
 * @param defaultTimeZone IANA name, for specs that name none.
 * @throws {ScheduleError} for what never fires, contradicts itself or does not parse.
 */
export function parseSchedule(spec: ScheduleSpec, defaultTimeZone: string): Schedule {
  const given = (["cron", "intervalMinutes", "runAt"] as const).filter((key) => key in spec);
  if (given.length !== 1) {
    throw new ScheduleError(
      given.join(" and "),
      "exactly one of cron, intervalMinutes and runAt must be given",
    );
  }
  if ("cron" in spec) return parseCronSchedule(spec.cron, spec.timeZone ?? defaultTimeZone);
  findTimeZone(defaultTimeZone);
  if ("intervalMinutes" in spec) return parseInterval(spec.intervalMinutes, defaultTimeZone);
  return parseOnce(spec.runAt, defaultTimeZone);
}

function parseCronSchedule(cron: string, timeZone: string): Schedule {
  const fields = parseCron(cron);
  const slots = placeCron(fields, findTimeZone(timeZone));
  return {
    ...nothingSet(timeZone),
    kind: "cron",
    cron,
    normalized: formatCron(fields),
    nextAfter: (instant) => toDate(slots.next(toMs(instant))),
    slotsBetween: (from, to, limit) => collect(from, to, limit, (instant) => slots.next(instant)),
    latestAtOrBefore: (instant, floor) => {
      const slot = slots.previous(toMs(instant));
      return slot !== null && slot >= toMs(floor) ? new Date(slot) : null;
    },
    dstNote: (slot, now = slot) => {
      const effect = slots.explain(toMs(slot));
      return effect === null ? null : noteClockEffect(effect, timeZone, slot > now);
    },
  };
}

function parseInterval(intervalMinutes: number, timeZone: string): Schedule {
  if (
    !(Number.isInteger(intervalMinutes) && intervalMinutes >= 1 &&
      intervalMinutes <= MAX_INTERVAL_MINUTES)
  ) {
    throw new ScheduleError(
      `every ${intervalMinutes} minutes`,
      `an interval is a whole number of minutes from 1 to ${MAX_INTERVAL_MINUTES}`,
    );
  }
  const step = intervalMinutes * MINUTE_MS;
  const next = (instant: number, anchor: number) =>
    anchor + Math.max(1, Math.floor((instant - anchor) / step) + 1) * step;
  return {
    ...nothingSet(timeZone),
    kind: "interval",
    intervalMinutes,
    nextAfter: (instant, anchor = instant) => new Date(next(toMs(instant), toMs(anchor))),
    slotsBetween: (from, to, limit, anchor = from) =>
      collect(from, to, limit, (instant) => next(instant, toMs(anchor))),
    latestAtOrBefore: (instant, floor, anchor = floor) => {
      const steps = Math.floor((toMs(instant) - toMs(anchor)) / step);
      const slot = toMs(anchor) + steps * step;
      return steps >= 1 && slot >= toMs(floor) ? new Date(slot) : null;
    },
    dstNote: () => null,
  };
}

function parseOnce(runAt: Date, timeZone: string): Schedule {
  const at = runAt.getTime();
  if (Number.isNaN(at)) throw new ScheduleError(String(runAt), "it is not an instant");
  const next = (instant: number) => instant < at ? at : null;
  return {
    ...nothingSet(timeZone),
    kind: "once",
    runAt: new Date(at),
    nextAfter: (instant) => toDate(next(toMs(instant))),
    slotsBetween: (from, to, limit) => collect(from, to, limit, next),
    latestAtOrBefore: (instant, floor) =>
      toMs(floor) <= at && at <= toMs(instant) ? new Date(at) : null,
    dstNote: () => null,
  };
}

function nothingSet(timeZone: string) {
  return { cron: null, normalized: null, intervalMinutes: null, runAt: null, timeZone };
}

function collect(
  from: Date,
  to: Date,
  limit: number,
  next: (instant: number) => number | null,
): { slots: Date[]; more: boolean } {
  const slots: Date[] = [];
  let slot = next(toMs(from) - 1);
  while (slot !== null && slot <= toMs(to)) {
    if (slots.length === limit) return { slots, more: true };
    slots.push(new Date(slot));
    slot = next(slot);
  }
  return { slots, more: false };
}

function toDate(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}

/** Postgres' infinity arrives as an invalid Date, and no search from there would end well. */
function toMs(instant: Date): number {
  const ms = instant.getTime();
  if (Number.isNaN(ms)) {
    throw new RangeError(
      "Cannot look for slots as instants must be valid: current value is Invalid Date",
    );
  }
  return ms;
}
