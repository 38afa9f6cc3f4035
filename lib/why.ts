/** Why a schedule did or did not run at an instant: each condition in its order, in words. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Sql } from "./db/sql.ts";
import { NotFoundError } from "./errors.ts";
import { type GapPlan, type GapReason, openGaps } from "./plan.ts";
import type { RunRow } from "./run.ts";
import type { Schedule } from "./schedule.ts";
import { isPaused, scheduleOf, type ScheduleRow } from "./schedule_row.ts";
import { readNow, readRow } from "./schedule_store.ts";
import { type GapRow, readGapAt, readLastTick, readRunOfSlot } from "./why_store.ts";

/** One thing that has to hold for a run; `holds` null: it was not looked at, or does not apply. */
export interface Condition {
  condition: string;
  holds: boolean | null;
  says: string;
}

export interface Explanation {
  schedule_id: string;
  at: Date;
  /** The slot in the minute of `at`; null when there is none. */
  slot: Date | null;
  previous_slot: Date | null;
  next_slot: Date | null;
  ran: boolean;
  /** The whole answer in one sentence. */
  answer: string;
  conditions: Condition[];
  run: RunRow | null;
}

const MINUTE_MS = 60_000;
const YEAR_MS = 366 * 24 * 60 * MINUTE_MS;

/** Explains a row at an instant, past or future. Throws `NotFoundError`, and `ScheduleError` for a row that was broken by hand. */
export async function explainWhy(
  deps: { sql: Sql; clock: Clock; config: Config },
  scheduleId: string,
  at: Date,
): Promise<Explanation> {
  const row = await readRow(deps.sql, scheduleId);
  if (!row) throw new NotFoundError(`There is no schedule "${scheduleId}"`);
  const now = await readNow(deps.sql, deps.clock);
  const schedule = scheduleOf(row);
  const run = await readRunOfSlot(deps.sql, row.id, at, minuteEnd(at));
  const slot = run?.scheduled_for ?? slotAt(schedule, row, at);
  const gap = slot && !run ? await gapAt(deps.sql, row, slot, now) : null;
  const conditions = [
    existed(row, at),
    isSlot(row, schedule, at, slot),
    ...(slot === null ? [] : [
      ...standing(row, slot, now, gap),
      due(slot, now),
      ...(slot > now ? [] : await decided(deps, row, slot, run, gap)),
    ]),
  ];
  return {
    schedule_id: row.id,
    at,
    slot,
    previous_slot: previousSlot(schedule, row, slot ?? at),
    next_slot: schedule.nextAfter(slot ?? at, row.anchor_at),
    ran: run !== null && run.started_at !== null,
    answer: conditions.findLast(({ holds }) => holds === false)?.says ?? conditions.at(-1)!.says,
    conditions,
    run,
  };
}

function existed(row: ScheduleRow, at: Date): Condition {
  const condition = "The schedule exists";
  if (row.deleted_at !== null && row.deleted_at <= at) {
    return no(condition, `It was deleted at ${iso(row.deleted_at)}`);
  }
  if (row.retired_at !== null && row.retired_at <= at) {
    return no(condition, `Its job left the code at ${iso(row.retired_at)}`);
  }
  if (minuteEnd(at) < row.created_at) return no(condition, `It was made at ${iso(row.created_at)}`);
  return yes(condition, `It was made at ${iso(row.created_at)}`);
}

function isSlot(row: ScheduleRow, schedule: Schedule, at: Date, slot: Date | null): Condition {
  const condition = "The schedule has a slot at that minute";
  if (slot) {
    const note = schedule.dstNote(slot);
    return yes(condition, `${iso(slot)} is a slot${note ? `: ${note}` : ""}`);
  }
  const previous = previousSlot(schedule, row, at);
  const next = schedule.nextAfter(at, row.anchor_at);
  const around = [
    previous && `the slot before is ${iso(previous)}`,
    next && `the next one is ${iso(next)}`,
  ].filter(Boolean).join(", ");
  return no(condition, `No slot of the schedule lies in that minute; ${around || "it has none"}`);
}

/** What can hold a row back: told from its gap for the past, from its columns for what is still open. */
function standing(
  row: ScheduleRow,
  slot: Date,
  now: Date,
  gap: GapRow | GapPlan | null,
): Condition[] {
  const reason = gap?.reason;
  const detail = gap?.detail ? ` (${gap.detail})` : "";
  const pausedThen = reason === "paused" ||
    (slot > now && isPaused(row, now) && (row.paused_until === null || row.paused_until > slot));
  const disabledThen = reason === "disabled" || (slot > now && !row.enabled);
  return [
    disabledThen
      ? no("It is enabled", "The schedule was disabled over that slot")
      : yes("It is enabled", "It was not disabled over that slot"),
    pausedThen
      ? no("It is not paused", `The schedule was paused over that slot${detail || pauseWords(row)}`)
      : yes("It is not paused", "It was not paused over that slot"),
  ];
}

function pauseWords({ paused_by, pause_reason, paused_until }: ScheduleRow): string {
  const who = paused_by ? ` by ${paused_by}` : "";
  const until = paused_until ? ` until ${iso(paused_until)}` : "";
  return `${who}${until}${pause_reason ? `: ${pause_reason}` : ""}`;
}

function due(slot: Date, now: Date): Condition {
  const condition = "The slot has come";
  return slot <= now
    ? yes(condition, `It came at ${iso(slot)}`)
    : no(condition, `It comes at ${iso(slot)}; it is ${iso(now)} now`);
}

/** What became of a slot whose time has come. */
async function decided(
  deps: { sql: Sql; config: Config },
  row: ScheduleRow,
  slot: Date,
  run: RunRow | null,
  gap: GapRow | GapPlan | null,
): Promise<Condition[]> {
  if (run) return [yes("A pass decided it in time", wayOf(run)), outcomeOf(run)];
  if (gap) return [no("A pass decided it in time", gapWords(gap.reason))];
  if (slot < row.created_at) {
    return [no("A pass decided it in time", "The schedule was made after that slot")];
  }
  const tick = await readLastTick(deps.sql);
  const ticked = tick ? `the last pass was at ${iso(tick)}` : "there was no pass yet";
  return [
    deps.config.schedulerEnabled
      ? no("A pass decided it in time", `It is due and waits for the next pass; ${ticked}`)
      : no("A pass decided it in time", "SCHEDULER_ENABLED is false: nothing is dispatched"),
  ];
}

function wayOf(run: RunRow): string {
  return run.trigger === "catch_up"
    ? `Run ${run.id} was made late, at ${iso(run.created_at)}`
    : `Run ${run.id} was made at ${iso(run.created_at)}`;
}

function outcomeOf(run: RunRow): Condition {
  const condition = "The run was performed";
  const why = [run.reason, run.error_message].filter((part) => part !== null).join(": ");
  const attempts = `${run.attempt} ${run.attempt === 1 ? "attempt" : "attempts"}`;
  switch (run.status) {
    case "skipped":
      return no(condition, `It was skipped: ${SKIP_WORDS[run.reason!] ?? run.reason}`);
    case "pending":
      return no(condition, `It waits until ${iso(run.available_at)}${why ? ` (${why})` : ""}`);
    case "running":
      return yes(condition, `It is running since ${iso(run.started_at!)}, ${attempts} so far`);
    case "cancelled":
      return no(condition, `It was cancelled at ${iso(run.finished_at!)}`);
    case "failed":
      return yes(condition, `It failed after ${attempts}: ${why}`);
    case "success":
      return yes(condition, `It succeeded in ${run.duration_ms} ms after ${attempts}`);
  }
}

const SKIP_WORDS: Record<string, string> = {
  overlap: "the run before it was still active, and the schedule does not overlap",
  not_configured: "a setting that the job needs was not there",
  unknown_job_type: "no program that was running knew the job",
};

function gapWords(reason: GapReason): string {
  switch (reason) {
    case "missed":
      return "No pass came before its grace had run out";
    case "coalesced":
      return "Several slots were late at once, and a later one ran for them all";
    case "paused":
      return "The schedule was paused over that slot";
    case "disabled":
      return "The schedule was disabled over that slot";
    case "rescheduled":
      return "The schedule was changed, or its next run was set by hand, past that slot";
    case "scheduler_off":
      return "The scheduler was switched off (SCHEDULER_ENABLED=false)";
  }
}

async function gapAt(
  sql: Sql,
  row: ScheduleRow,
  slot: Date,
  now: Date,
): Promise<GapRow | GapPlan | null> {
  const written = await readGapAt(sql, row.id, slot);
  if (written) return written;
  return openGaps(row, now).find((gap) => gap.firstSlot <= slot && slot <= gap.lastSlot) ?? null;
}

function slotAt(schedule: Schedule, row: ScheduleRow, at: Date): Date | null {
  return schedule.latestAtOrBefore(
    new Date(minuteEnd(at).getTime() - 1),
    minuteStart(at),
    row.anchor_at,
  );
}

function previousSlot(schedule: Schedule, row: ScheduleRow, at: Date): Date | null {
  const before = new Date(at.getTime() - 1);
  return schedule.latestAtOrBefore(before, new Date(at.getTime() - YEAR_MS), row.anchor_at);
}

function minuteStart(at: Date): Date {
  return new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS);
}

function minuteEnd(at: Date): Date {
  return new Date(minuteStart(at).getTime() + MINUTE_MS);
}

function iso(instant: Date): string {
  return instant.toISOString();
}

function yes(condition: string, says: string): Condition {
  return { condition, holds: true, says };
}

function no(condition: string, says: string): Condition {
  return { condition, holds: false, says };
}
