import type { Sql } from "../../lib/db/sql.ts";
import { scheduleOf, type ScheduleRow } from "../../lib/schedule_row.ts";

const DAY_MS = 86_400_000;

/** How the runs of one job went in a history that is made up. */
export interface Story {
  /** Of the newest slots, how many failed. */
  failing?: number;
  /** Every n-th slot failed. */
  failsEvery?: number;
  /** Places, counted back from the newest slot, that were missed or skipped. */
  missed?: number[];
  skipped?: number[];
  /** Median duration. */
  typicalMs?: number;
  /** The newest success took this many times longer. */
  slowest?: number;
}

/** The error of a made-up failure; it holds markup, since errors often do. */
export const ERROR_TEXT =
  'connect ECONNREFUSED 10.0.3.7:5432 <script>alert("not run")</script> while reading error_logs';

/**
 * Writes a believable past for the jobs of a program: one run for each of the last `slots` slots of a job, or a
 * gap; always the same for the same instant.
 */
export async function fillHistory(
  sql: Sql,
  stories: Record<string, Story>,
  slots = 75,
): Promise<void> {
  const rows = await sql<ScheduleRow[]>`select * from scheduled_jobs where source = 'code'`;
  const [{ now }] = await sql<{ now: Date }[]>`select date_trunc('milliseconds', now()) as now`;
  for (const row of rows) {
    const past = lastSlotsOf(row, now, slots);
    if (past.length > 0) await fillRow(sql, row, past, stories[row.id] ?? {});
  }
}

function lastSlotsOf(row: ScheduleRow, now: Date, count: number): Date[] {
  const schedule = scheduleOf(row);
  // A new row counts its interval from now: its made-up past is counted from long ago.
  const anchor = new Date(row.anchor_at.getTime() - 400 * DAY_MS);
  const floor = new Date(now.getTime() - 600 * DAY_MS);
  const slots: Date[] = [];
  let at: Date | null = schedule.latestAtOrBefore(now, floor, anchor);
  while (at && slots.length < count) {
    slots.push(at);
    at = schedule.latestAtOrBefore(new Date(at.getTime() - 1), floor, anchor);
  }
  return slots;
}

async function fillRow(sql: Sql, row: ScheduleRow, slots: Date[], story: Story): Promise<void> {
  const { failing = 0, failsEvery = 0, missed = [], skipped = [], typicalMs = 1_800 } = story;
  const random = randomFrom(row.id);
  const runs = slots.flatMap((slot, place) => {
    if (missed.includes(place)) return [];
    const isSkipped = skipped.includes(place);
    const isFailed = !isSkipped &&
      (place < failing || (failsEvery > 0 && place % failsEvery === failsEvery - 1));
    const late = 200 + random() * 900;
    const slow = place === 0 ? story.slowest ?? 1 : 1;
    const duration = Math.round(typicalMs * slow * (0.7 + random() * 0.7));
    const startedAt = new Date(slot.getTime() + late);
    return [{
      job_id: row.id,
      job_type: row.job_type,
      trigger: "schedule",
      scheduled_for: slot,
      status: isSkipped ? "skipped" : isFailed ? "failed" : "success",
      reason: isSkipped ? "overlap" : isFailed ? "error" : null,
      error_message: isFailed ? ERROR_TEXT : null,
      attempt: isSkipped ? 0 : isFailed ? 3 : 1,
      failures: isFailed ? 3 : 0,
      created_at: slot,
      available_at: slot,
      started_at: isSkipped ? null : startedAt,
      finished_at: isSkipped ? slot : new Date(startedAt.getTime() + duration),
      duration_ms: isSkipped ? null : duration,
      claimed_by: isSkipped ? null : "3f1c22ab",
      deployment: "local",
    }];
  });
  await sql`insert into job_runs ${sql(runs)} on conflict do nothing`;
  for (const place of missed.filter((place) => place < slots.length)) {
    await sql`
      insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
      values (${row.id}, 'missed', ${slots[place]}, ${slots[place]}, 1)
      on conflict do nothing`;
  }
}

/** Numbers in [0, 1) that are the same for the same text (mulberry32). */
function randomFrom(text: string): () => number {
  let state = [...text].reduce(
    (sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 16_777_619),
    7,
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
