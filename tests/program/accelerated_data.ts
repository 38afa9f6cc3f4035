/** The data directory of a program whose clock goes faster: what is in it before, and what is found in it after. */
import { assertEquals } from "@std/assert";
import { jobs } from "../../jobs/mod.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config.ts";
import { openEmbedded } from "../../lib/db/embedded.ts";
import { migrate } from "../../lib/db/migrate.ts";
import { recordFirstFill } from "../../lib/first_fill_store.ts";
import { syncJobs } from "../../lib/sync.ts";
import { CollectingLog } from "../support/engine.ts";

/** Slots from the one instant on and before the other. */
export interface Period {
  from: Date;
  until: Date;
}

/** What came of a job's slots. */
export interface JobCount {
  runs: number;
  /** Of these, the ones that are not over. */
  unsettled: number;
  /** Of these, the ones that are over and no success, by status and reason: `skipped not_configured`. */
  others: Record<string, number>;
}

/**
 * A migrated database with a row for each job, as if it had been made at an instant.
 *
 * It needs no sample: loading that would take hours of a fast clock. Nor is a real day's grace of use: where a
 * minute is a tenth of a second, a machine that is busy for one second is late by ten minutes. So each slot is
 * run, one after the other, however late it is; this is the only way of counting them that does not count stalls.
 */
export async function prepareDataDir(
  dataDir: string,
  config: Config,
  startsAt: Date,
): Promise<void> {
  const { sql, close } = await openEmbedded({ dataDir });
  try {
    const clock = new ManualClock(startsAt);
    await migrate(sql);
    await recordFirstFill(sql, clock);
    await syncJobs({
      sql,
      clock,
      config,
      log: new CollectingLog(),
      jobs: new Map(jobs.map((job) => [job.id, job])),
    });
    await sql`
      update scheduled_jobs set grace_seconds = 86400, coalesce = 'all', overlap = 'queue'`;
    // One that runs at once has done so: when it would is for this machine to say, and not for its schedule.
    await sql`
      update scheduled_jobs
      set next_run_at = ${startsAt}::timestamptz + interval_minutes * interval '1 minute',
          planned_at = ${startsAt}::timestamptz + interval_minutes * interval '1 minute'
      where next_run_at is null`;
  } finally {
    await close();
  }
}

/** What the program left behind; fails where a slot is accounted for by a gap. */
export async function countRuns(
  dataDir: string,
  { from, until }: Period,
): Promise<Record<string, JobCount>> {
  const { sql, close } = await openEmbedded({ dataDir });
  try {
    const gaps = await sql`select job_id, reason, first_slot, last_slot, slots from schedule_gaps`;
    assertEquals([...gaps], [], "no slot is passed over");
    const found = await sql<{ id: string; outcome: string; runs: number }[]>`
      select s.id,
             concat_ws(' ', r.status, r.reason) as outcome,
             count(r.id)::int as runs
      from scheduled_jobs s
      left join job_runs r
        on r.job_id = s.id and r.scheduled_for >= ${from} and r.scheduled_for < ${until}
      group by 1, 2
      order by 1, 2`;
    const counts: Record<string, JobCount> = {};
    for (const { id, outcome, runs } of found) {
      const count = counts[id] ??= { runs: 0, unsettled: 0, others: {} };
      count.runs += runs;
      if (/^(pending|running)/.test(outcome)) count.unsettled += runs;
      else if (runs > 0 && !outcome.startsWith("success")) count.others[outcome] = runs;
    }
    return counts;
  } finally {
    await close();
  }
}
