import type { Schedule } from "./schedule.ts";
import { toDenoCron } from "./schedule/deno_dialect.ts";
import { fnv1a } from "./schedule/fnv1a.ts";

/** One registration with Deno.cron. An alarm only wakes the dispatcher; what is due, the database knows. */
export interface Alarm {
  /** `[A-Za-z0-9 _-]`, at most 64 characters, unique. */
  name: string;
  /** What Deno.cron is given: UTC, in the part of its dialect that it reads as everybody does. */
  schedule: string;
  /** The jobs that it was made for; empty for the minute alarm beside alarms per job. */
  jobIds: string[];
}

/** `CRON_MODE`: an alarm for each job, one for all, or as many as the place allows. */
export type CronMode = "auto" | "per-job" | "single";

/** The alarm that comes every minute and completes all others. */
export const MINUTE_ALARM = "dispatch";

/** Crons per revision on Deno Deploy's free plan (documented). */
const FREE_PLAN_CRONS = 10;

/** Deno 2.9.6 takes 32 registrations in one turn of the event loop; this stays below. */
const MOST_CRONS = 31;

/**
 * Plans which alarms the jobs need.
 *
 * The minute alarm is always one of them. A one-off job has no alarm of its own.
 *
 * @returns The alarms and, for the start log, sentences on what the free plan allows and what was decided from it.
 * @throws {RangeError} when two jobs have the same id.
 */
export function planAlarms(
  jobs: { id: string; schedule: Schedule }[],
  mode: CronMode,
  isDeploy: boolean,
): { alarms: Alarm[]; notes: string[] } {
  const names = nameAlarms(jobs.map(({ id }) => id));
  const wanted = jobs.length + 1;
  const isSingle = mode === "single" || (mode === "auto" && !fits(wanted, isDeploy));
  const minuteAlarm = { name: MINUTE_ALARM, schedule: "* * * * *" };
  if (isSingle) {
    return {
      alarms: [{ ...minuteAlarm, jobIds: jobs.map(({ id }) => id) }],
      notes: [explainPlan(wanted), explainSingle(wanted, mode, isDeploy)],
    };
  }
  const own = jobs.flatMap(({ id, schedule }) => {
    const cron = toDenoCron(schedule);
    return cron === null ? [] : [{ name: names.get(id)!, schedule: cron.text, jobIds: [id] }];
  });
  return {
    alarms: [...own, { ...minuteAlarm, jobIds: [] }],
    notes: [explainPlan(wanted), ...warnOfLimit(wanted)],
  };
}

/**
 * Registers the alarms, synchronously, so that Deno Deploy finds them while it evaluates the top level.
 *
 * Retries are left to the engine. A rejection of `onAlarm` goes to `onError` and on to Deno, which counts the firing
 * as failed; an error of Deno.cron itself, such as a lost cron socket, goes to `onError`.
 */
export function registerAlarms(
  cron: typeof Deno.cron,
  alarms: Alarm[],
  onAlarm: (name: string) => Promise<void>,
  onError: (name: string, error: unknown) => void,
): void {
  for (const { name, schedule } of alarms) {
    const fire = async () => {
      try {
        await onAlarm(name);
      } catch (error) {
        onError(name, error);
        throw error;
      }
    };
    // The promise settles only when the cron ends, so nobody awaits it.
    cron(name, schedule, { backoffSchedule: [] }, fire).catch((error) => onError(name, error));
  }
}

function fits(crons: number, isDeploy: boolean): boolean {
  return crons <= (isDeploy ? FREE_PLAN_CRONS : MOST_CRONS);
}

function explainPlan(wanted: number): string {
  const verdict = wanted <= FREE_PLAN_CRONS ? "within" : "more than";
  const jobs = wanted - 1;
  return `${jobs} ${jobs === 1 ? "job" : "jobs"} and the minute alarm are ${wanted} crons, ` +
    `${verdict} the ${FREE_PLAN_CRONS} of Deno Deploy's free plan`;
}

function explainSingle(wanted: number, mode: CronMode, isDeploy: boolean): string {
  const how = "one alarm a minute serves all jobs";
  if (mode === "single") return `${how}, as CRON_MODE=single asks for`;
  return isDeploy
    ? `${how}; on a plan with ${wanted} crons or more, CRON_MODE=per-job gives each its own`
    : `${how}, as Deno takes at most ${MOST_CRONS + 1} registrations in one turn`;
}

function warnOfLimit(wanted: number): string[] {
  if (wanted <= MOST_CRONS) return [];
  return [
    `CRON_MODE=per-job: Deno may refuse those beyond ${MOST_CRONS + 1} registrations in one turn`,
  ];
}

/** Job ids as they are where Deno.cron takes them; others are cut to fit and told apart by their hash. */
function nameAlarms(ids: string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const id of ids) {
    if (names.has(id)) {
      throw new RangeError(`Cannot plan alarms as job ids must be unique: "${id}" is not`);
    }
    names.set(id, isCronName(id) && id !== MINUTE_ALARM ? id : hashName(id));
  }
  return names;
}

function isCronName(text: string): boolean {
  return /^[A-Za-z0-9 _-]{1,64}$/.test(text);
}

function hashName(id: string): string {
  const hash = fnv1a(id).toString(16).padStart(8, "0");
  return `${id.replace(/[^A-Za-z0-9 _-]/g, "_").slice(0, 55)}-${hash}`;
}
