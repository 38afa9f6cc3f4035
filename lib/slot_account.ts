/** The account of one row's slots: each that came due becomes a run or lies in a gap. */
import { jitterMs, type Schedule } from "./schedule.ts";
import type { PlannedRow } from "./schedule_row.ts";

export type GapReason =
  | "missed"
  | "coalesced"
  | "paused"
  | "disabled"
  | "rescheduled"
  | "scheduler_off";

/** A slot that becomes a run. */
export interface SlotPlan {
  slot: Date;
  trigger: "schedule" | "catch_up";
  /** The slot, or later by the row's jitter. */
  availableAt: Date;
  /** A DST gap or double that the slot comes from, in words. */
  note: string | null;
}

/** A stretch of slots that become no run; `slots` null: more than `MAX_COUNTED`. */
export interface GapPlan {
  reason: GapReason;
  firstSlot: Date;
  lastSlot: Date;
  slots: number | null;
  /** Who paused and why; null where nobody did. */
  detail: string | null;
}

export interface RowPlan {
  /** The `next_run_at` that was read: the plan holds only while it stands. */
  seen: Date | null;
  /** The `planned_at` that was read, for the same: a row that is due at once says nothing else of its past. */
  seenPlanned: Date | null;
  /** Null: the row will not fire again. */
  next: Date | null;
  slots: SlotPlan[];
  gaps: GapPlan[];
}

/** Counting slots costs time (a minutely row makes 43,200 a month): beyond this it is "more". */
export const MAX_COUNTED = 1_000;

/** A dispatch that comes later than this catches up; the slowest clock, a minute's, is allowed its beat. */
const ON_TIME_MS = 90_000;

/** Half-open: `from` is in it, `to` is not. */
export interface Stretch {
  from: Date;
  to: Date;
}

/** Gathers the plan of one row. */
export class SlotAccount {
  gaps: GapPlan[] = [];
  private readonly planned: Date[] = [];
  private resumeAt: Date | null = null;

  constructor(
    private readonly row: PlannedRow,
    private readonly schedule: Schedule,
    private readonly now: Date,
    /** See `Past`. */
    private readonly dispatchedUntil: Date | null = null,
  ) {}

  /** The instant that a person set runs whatever its age; returns where regular slots go on. */
  planByHand(): Date {
    const { row, now } = this;
    const instant = row.next_run_at ?? now;
    this.planned.push(instant);
    const regular = row.planned_at ?? after(now);
    const jumpedOverTo = earlier(instant, after(now));
    if (regular > jumpedOverTo) return regular;
    this.addGap("rescheduled", { from: regular, to: jumpedOverTo });
    // The instant may be a regular slot itself: it has its run.
    return after(jumpedOverTo);
  }

  /** The slots in which the scheduler was off, up to and with `until`; returns where the others begin. */
  skipOff(from: Date, until: Date): Date {
    if (from > until) return from;
    this.addGap("scheduler_off", { from, to: after(until) });
    return after(until);
  }

  /** Late slots by the row's policies; those in a pause or while disabled are gaps of their own. */
  planRegular(first: Date): void {
    const { row, now } = this;
    const newest = this.newestIn({ from: first, to: after(now) });
    if (newest === null) return;
    const inGraceFrom = row.grace_seconds === null
      ? newest
      : later(first, new Date(now.getTime() - row.grace_seconds * 1_000));
    // Nearly every row: the slot it was planned for is due, and no other.
    if (newest.getTime() === first.getTime() && newest >= inGraceFrom && !this.wasHeldBack) {
      this.planned.push(newest);
      return;
    }
    const open: Stretch[] = [];
    for (const part of this.partsOf({ from: first, to: after(now) })) {
      if (part.reason !== null) {
        this.addGap(part.reason, part);
        continue;
      }
      if (part.from < inGraceFrom) {
        this.addGap("missed", { from: part.from, to: earlier(part.to, inGraceFrom) });
      }
      if (part.to > inGraceFrom) open.push({ from: later(part.from, inGraceFrom), to: part.to });
    }
    this.coalesce(open);
  }

  /** Every slot since `from` as a gap, named `reason` where nothing held it back. */
  close(from: Date, reason: GapReason): void {
    for (const part of this.partsOf({ from, to: after(this.now) })) {
      this.addGap(part.reason ?? reason, part);
    }
  }

  addGap(reason: GapReason, stretch: Stretch): void {
    if (stretch.from >= stretch.to) return;
    const gap = gapOf(this.schedule, this.row.anchor_at, reason, stretch);
    if (gap) this.gaps.push({ ...gap, detail: reason === "paused" ? pauseDetail(this.row) : null });
  }

  toPlan(): RowPlan {
    const { row, now } = this;
    return {
      seen: row.next_run_at,
      seenPlanned: row.planned_at,
      next: this.resumeAt ?? this.schedule.nextAfter(now, row.anchor_at),
      slots: this.planned.map((slot) => this.slotPlan(slot)),
      gaps: this.gaps,
    };
  }

  private coalesce(open: Stretch[]): void {
    if (this.row.coalesce === "all") return this.takeAll(open);
    const newest = open.reduce<Date | null>((found, part) => this.newestIn(part) ?? found, null);
    if (newest === null) return;
    const oldest = this.oldestIn(open);
    const runs = this.row.coalesce === "latest" || oldest?.getTime() === newest.getTime();
    for (const part of open) {
      this.addGap("coalesced", { from: part.from, to: runs ? earlier(part.to, newest) : part.to });
    }
    if (runs) this.planned.push(newest);
  }

  /** Every slot in order; beyond the cap the next pass goes on where this one stops. */
  private takeAll(open: Stretch[]): void {
    for (const { from, to } of open) {
      const room = MAX_COUNTED - this.planned.length;
      const { slots, more } = this.schedule.slotsBetween(
        from,
        new Date(to.getTime() - 1),
        room,
        this.row.anchor_at,
      );
      this.planned.push(...slots);
      if (more) {
        const done = slots.at(-1) ?? new Date(from.getTime() - 1);
        return this.stopBefore(this.schedule.nextAfter(done, this.row.anchor_at)!);
      }
    }
  }

  /** Leaves a slot and all that comes after it to the next pass. */
  private stopBefore(slot: Date): void {
    this.resumeAt = slot;
    this.gaps = this.gaps.filter(({ firstSlot }) => firstSlot < slot);
  }

  private get wasHeldBack(): boolean {
    return this.row.disabled_at !== null || this.row.paused_at !== null;
  }

  /** The stretch cut at the row's pause and at the time it was disabled, in order. */
  private partsOf(whole: Stretch): (Stretch & { reason: GapReason | null })[] {
    const { row, now } = this;
    const enabledAt = row.enabled_at ?? this.enabledBySqlAt(whole);
    const still = [
      { reason: "disabled" as const, from: row.disabled_at, to: enabledAt },
      { reason: "paused" as const, from: row.paused_at, to: row.paused_until },
    ]
      .filter((part) => part.from !== null && (part.to === null || part.to > part.from))
      .sort((a, b) => a.from!.getTime() - b.from!.getTime());
    const parts: (Stretch & { reason: GapReason | null })[] = [];
    let at = whole.from;
    for (const { reason, from, to } of still) {
      const begin = later(at, from!);
      const end = earlier(whole.to, to ?? after(now));
      if (begin >= end) continue;
      if (at < begin) parts.push({ from: at, to: begin, reason: null });
      parts.push({ from: begin, to: end, reason });
      at = end;
    }
    if (at < whole.to) parts.push({ from: at, to: whole.to, reason: null });
    return parts;
  }

  /**
   * Nobody knows when a plain UPDATE enabled the row: the newest slot is due, unless the row was disabled at the last
   * dispatch, which found nothing to do for it, and the slot is older than that.
   */
  private enabledBySqlAt(whole: Stretch): Date | null {
    const newest = this.newestIn(whole);
    const { dispatchedUntil } = this;
    return newest && dispatchedUntil && newest <= dispatchedUntil ? after(dispatchedUntil) : newest;
  }

  private slotPlan(slot: Date): SlotPlan {
    const { row, now } = this;
    const passedOver = this.planned.length > 1 ||
      this.gaps.some(({ reason }) => reason === "missed" || reason === "coalesced");
    const isLate = now.getTime() - slot.getTime() > ON_TIME_MS;
    return {
      slot,
      trigger: isLate || passedOver ? "catch_up" : "schedule",
      availableAt: new Date(slot.getTime() + jitterMs(row.id, row.jitter_seconds)),
      note: this.schedule.dstNote(slot),
    };
  }

  private newestIn({ from, to }: Stretch): Date | null {
    return this.schedule.latestAtOrBefore(new Date(to.getTime() - 1), from, this.row.anchor_at);
  }

  private oldestIn(open: Stretch[]): Date | undefined {
    for (const { from, to } of open) {
      const { slots } = this.schedule.slotsBetween(
        from,
        new Date(to.getTime() - 1),
        1,
        this.row.anchor_at,
      );
      if (slots.length > 0) return slots[0];
    }
  }
}
/** The stretch of slots in which a row stood still, as a gap; undefined when no slot fell into it. */
function gapOf(
  schedule: Schedule,
  anchor: Date,
  reason: GapReason,
  { from, to }: Stretch,
): GapPlan | undefined {
  const last = new Date(to.getTime() - 1);
  const { slots, more } = schedule.slotsBetween(from, last, MAX_COUNTED, anchor);
  if (slots.length === 0) return undefined;
  return {
    reason,
    firstSlot: slots[0],
    lastSlot: more ? schedule.latestAtOrBefore(last, from, anchor)! : slots.at(-1)!,
    slots: more ? null : slots.length,
    detail: null,
  };
}
function pauseDetail({ paused_by, pause_reason }: PlannedRow): string | null {
  const who = paused_by === null ? null : `by ${paused_by}`;
  return [who, pause_reason].filter((part) => part !== null).join(": ") || null;
}
/** The first instant after one: columns hold whole milliseconds. */
export function after(instant: Date): Date {
  return new Date(instant.getTime() + 1);
}

export function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
