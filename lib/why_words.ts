import type { GapReason } from "./slot_account.ts";
import type { RunRow } from "./run.ts";
import { pauseEnd, type ScheduleRow } from "./schedule_row.ts";
import type { Condition } from "./why_conditions.ts";
import type { Gap } from "./why_facts.ts";

const GAP_WORDS: Record<GapReason, string> = {
  missed:
    "Nobody looked at it before its grace had run out: the program was not running, or was held up",
  coalesced: "Several slots were late at once, and one run stands for them all",
  paused: "The schedule was paused over that slot",
  disabled: "The schedule was disabled over that slot",
  rescheduled:
    "The schedule was changed or deleted, or its next run was set by hand, past that slot",
  scheduler_off:
    "The scheduler was switched off: SCHEDULER_ENABLED=false, or a timeline without schedules",
};

const SKIP_WORDS: Record<string, string> = {
  overlap: "the run before it was still active, and the schedule does not overlap",
  not_configured: "a setting that the job needs was not there",
  unknown_job_type: "no program that was running knew the job",
};

/** The reason of a failure that its message alone explains. */
const PLAIN_FAILURE = "error";

/** Why a slot has no run; `toldAt` is when the pass came that says so. */
export function formatGap(reason: GapReason, toldAt?: Date): string {
  const back = reason === "missed" && toldAt ? `; it looked again at ${iso(toldAt)}` : "";
  return `${GAP_WORDS[reason]}${back}`;
}

/** What can be told of a minute in an earlier schedule's time that has no run, and the gap that covers it. */
export function formatEarlier({ anchor_at }: ScheduleRow, gap: Gap | null): string {
  const said =
    `The present schedule is in force since ${iso(anchor_at)}; another one was before, ` +
    "and whether it had a slot in that minute is not known";
  if (!gap) return `${said}: nothing is recorded of it`;
  const count = gap.slots === null ? "More slots than were counted" : `${gap.slots} slots`;
  const detail = gap.detail ? ` ${gap.detail}` : "";
  return `${said}. ${count} from ${iso(gap.firstSlot)} to ${iso(gap.lastSlot)} have no run ` +
    `(${gap.reason}): ${formatGap(gap.reason, gap.toldAt)}${detail}`;
}

/** Who paused a row that is paused, until when and why: " by api:operator until 2026-01-05T12:00:00.000Z: vendor is down". */
export function formatPause(row: ScheduleRow): string {
  const end = pauseEnd(row);
  const who = row.paused_by === null ? "" : ` by ${row.paused_by}`;
  const until = end === null ? ", without end" : ` until ${end.toISOString()}`;
  return `${who}${until}${row.pause_reason === null ? "" : `: ${row.pause_reason}`}`;
}

/** For when the next run stays planned of a row that waits past slots of its schedule, and what plans it anew. */
export function formatPlannedBeyond({ planned_at }: ScheduleRow): string {
  const planned = iso(planned_at!);
  return `Its next run stays planned for ${planned}, past slots of its schedule, which was changed by SQL: ` +
    "set its next_run_at to NULL, or PATCH its schedule, to plan it anew";
}

/** Whether a run was performed, and what came of it. */
export function formatOutcome(run: RunRow): Condition {
  const condition = "The run was performed";
  const says = (holds: boolean, says: string): Condition => ({ condition, holds, says });
  const why = [run.reason, run.error_message]
    .filter((part) => part !== null && part !== PLAIN_FAILURE).join(": ");
  const attempts = `${run.attempt} ${run.attempt === 1 ? "attempt" : "attempts"}`;
  switch (run.status) {
    case "skipped": {
      const detail = run.error_message === null ? "" : ` (${run.error_message})`;
      return says(false, `It was skipped: ${SKIP_WORDS[run.reason!] ?? run.reason}${detail}`);
    }
    case "pending":
      return says(false, `It waits until ${iso(run.available_at)}${why && ` (${why})`}`);
    case "running":
      return says(true, `It is running since ${iso(run.started_at!)}, attempt ${run.attempt}`);
    case "cancelled":
      return says(false, `It was cancelled at ${iso(run.finished_at!)}`);
    case "failed":
      return says(true, `It failed after ${attempts}${why && `: ${why}`}`);
    case "success":
      return says(true, `It succeeded in ${run.duration_ms} ms after ${attempts}`);
  }
}

function iso(instant: Date): string {
  return instant.toISOString();
}
