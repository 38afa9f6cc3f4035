import type { Schedule } from "../schedule.ts";

const WEEK_MS = 7 * 86_400_000;

/** Fewer jobs than this in one minute are no pile-up. */
export const PILE_UP_JOBS = 5;

/** Jobs that come more often than every quarter of an hour meet everything and are left out. */
const MOST_SLOTS = 7 * 24 * 4;

/** Jobs that start in the same minute. */
export interface PileUp {
  jobIds: string[];
  firstAt: Date;
  /** How often these jobs, and no others, meet within the week. */
  times: number;
}

/** Finds the minutes of the week after `now` in which many jobs start, the largest crowd first. */
export function findPileUps(
  jobs: { id: string; schedule: Schedule; anchor?: Date }[],
  now: Date,
): PileUp[] {
  const jobsAt = new Map<number, string[]>();
  const until = new Date(now.getTime() + WEEK_MS);
  for (const { id, schedule, anchor } of jobs) {
    const { slots, more } = schedule.slotsBetween(now, until, MOST_SLOTS, anchor);
    if (more) continue;
    for (const slot of slots) {
      const minute = Math.floor(slot.getTime() / 60_000) * 60_000;
      jobsAt.set(minute, [...jobsAt.get(minute) ?? [], id]);
    }
  }
  const crowds = new Map<string, PileUp>();
  for (const [minute, jobIds] of [...jobsAt].sort(([a], [b]) => a - b)) {
    if (jobIds.length < PILE_UP_JOBS) continue;
    const key = jobIds.join("\n");
    const crowd = crowds.get(key) ?? { jobIds, firstAt: new Date(minute), times: 0 };
    crowds.set(key, { ...crowd, times: crowd.times + 1 });
  }
  return [...crowds.values()].sort((a, b) => b.jobIds.length - a.jobIds.length);
}
