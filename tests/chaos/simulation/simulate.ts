/** Several processes on one Postgres, virtual hours in minutes, and something befalls one of them all the time. */
import { parseConfig } from "../../../lib/config.ts";
import { connectPostgres } from "../../../lib/db/connect.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { createEngine } from "../../../lib/engine.ts";
import { createLog } from "../../../lib/log.ts";
import { createLedger } from "../../support/ledger_job.ts";
import { createSharedClock, readSharedClock, sharedClock } from "../../support/shared_clock.ts";
import { Crowd, delay } from "./crowd.ts";
import { simulationJobs } from "./jobs.ts";
import { type AccountedUntil, judge } from "./judge.ts";
import { People } from "./people.ts";
import { seededRandom } from "./random.ts";
import { type Check, note, openCheck, type Verdict } from "./verdict.ts";
import { WORLD_START } from "./world.ts";

export interface SimulationOptions {
  /** A migrated database with nothing in it. */
  url: string;
  /** Virtual hours, and how much faster than real ones they pass. */
  hours: number;
  rate: number;
  processes: number;
  /** What befalls whom, and who does what, follows from it; the exact moments do not. */
  seed: number;
  /** Real time from one blow to the next, on average. */
  upsetEveryMs: number;
  /** Ends it before its time, with all that it started. */
  signal?: AbortSignal;
}

const LEASE_REAL_MS = 2_000;
const ACT_EVERY_MS = 300;
/** Share of the time in which people may reach into the future. */
const LAST_ACTS_FROM = 0.9;
/** How a process tells that its connections were cut. */
const CUT_OFF =
  /terminating connection|CONNECTION_(CLOSED|ENDED)|ECONNRESET|EPIPE|socket has been ended/;
/** Real time without any progress after which the rest is stuck, when the disturbance is over. */
const PATIENCE_MS = 30_000;

export async function simulate(
  options: SimulationOptions,
  say: (line: string) => void,
): Promise<Verdict> {
  const sql = connectPostgres({ url: options.url, max: 4, applicationName: "simulation" });
  const crowd = new Crowd(
    sql,
    {
      url: options.url,
      lease: { leaseMs: LEASE_REAL_MS * options.rate, heartbeatMs: LEASE_REAL_MS / 4 },
      tickEveryMs: 120,
    },
    LEASE_REAL_MS,
    seededRandom(options.seed),
  );
  try {
    const verdict = new Simulation(options, sql, crowd, say).run();
    // Where it is ended from outside, what it still waits for fails and matters to nobody.
    verdict.catch(() => {});
    return await Promise.race([verdict, rejectWhenAborted(options.signal)]);
  } finally {
    await crowd.kill();
    await sql.end({ timeout: 1 });
  }
}

function rejectWhenAborted(signal?: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal!.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}

class Simulation {
  private readonly random: () => number;
  private readonly people: People;
  private readonly endsAt: Date;

  constructor(
    private readonly options: SimulationOptions,
    private readonly sql: Sql,
    private readonly crowd: Crowd,
    private readonly say: (line: string) => void,
  ) {
    this.random = seededRandom(options.seed + 1);
    this.endsAt = new Date(WORLD_START.getTime() + options.hours * 3_600_000);
    const engine = createEngine({
      sql,
      clock: sharedClock,
      config: parseConfig({}),
      log: createLog(() => {}),
      jobs: simulationJobs("people"),
      // It asks and never performs.
      capacity: 0,
    });
    this.people = new People(engine, this.random);
  }

  async run(): Promise<Verdict> {
    await createLedger(this.sql);
    await createSharedClock(this.sql, { startsAt: WORLD_START, rate: this.options.rate });
    await this.people.makeSchedules();
    await this.crowd.start(this.options.processes);
    const disturbance = this.disturb();
    const acts = this.actUntilTheEnd();
    await Promise.all([disturbance, acts]);
    await this.crowd.recover();
    const accountedUntil = await this.stopSchedules();
    await this.untilSettled();
    await this.crowd.end();
    return {
      checks: [
        ...await judge(this.sql, this.people, accountedUntil),
        this.crowd.endings,
        ...this.judgeLines(),
      ],
      facts: await this.tellFacts(),
    };
  }

  private async disturb(): Promise<void> {
    const { upsetEveryMs } = this.options;
    while (await this.shareOfTime() < 1) {
      await delay(upsetEveryMs * (0.5 + this.random()));
      this.crowd.upset();
    }
  }

  private async actUntilTheEnd(): Promise<void> {
    let toldTenths = 0;
    while (true) {
      const share = await this.shareOfTime();
      if (share >= 1) return;
      if (Math.floor(share * 10) > toldTenths) {
        toldTenths = Math.floor(share * 10);
        this.say(`${(await readSharedClock(this.sql)).toISOString()}: ${toldTenths}0 %`);
      }
      if (share > LAST_ACTS_FROM) await this.people.letGo();
      await this.people.act({ lastActs: share > LAST_ACTS_FROM });
      await delay(ACT_EVERY_MS);
    }
  }

  private async shareOfTime(): Promise<number> {
    const now = await readSharedClock(this.sql);
    const [begin, end] = [WORLD_START.getTime(), this.endsAt.getTime()];
    return (now.getTime() - begin) / (end - begin);
  }

  /** Once all is dispatched up to the end, nothing more is; the instants say how far each row is told. */
  private async stopSchedules(): Promise<AccountedUntil> {
    await this.people.letGo();
    await this.until("every row is dispatched", async () => {
      const [{ behind }] = await this.sql<{ behind: number }[]>`
        select count(*)::int as behind from scheduled_jobs
        where enabled and (next_run_at <= ${this.endsAt} or next_run_at is distinct from planned_at)`;
      return behind;
    });
    const rows = await this.sql<{ id: string; next_run_at: Date | null }[]>`
      update scheduled_jobs set enabled = false returning id, next_run_at`;
    return new Map(rows.map(({ id, next_run_at }) => [id, next_run_at ?? this.endsAt]));
  }

  /** A queue may stand long at the end, and takes its time; nothing is added to it any more. */
  private async untilSettled(): Promise<void> {
    await this.until("every run is settled", async () => {
      const [{ open }] = await this.sql<{ open: number }[]>`
        select count(*)::int as open from job_runs where status in ('pending', 'running')`;
      return open;
    });
  }

  /** Waits while what is left grows less. Gives up without an error: what is not done then, the judge finds. */
  private async until(what: string, countLeft: () => Promise<number>): Promise<void> {
    let least = await countLeft();
    if (least > 0) this.say(`Waits until ${what}: ${least} left`);
    let progressAt = performance.now();
    for (let left = least; left > 0; left = await countLeft()) {
      if (left < least) [least, progressAt] = [left, performance.now()];
      if (performance.now() > progressAt + PATIENCE_MS) {
        return this.say(`Waited in vain until ${what}: ${left} left`);
      }
      await delay(100);
    }
  }

  /** What the processes and the people met must be what they may meet. */
  private judgeLines(): Check[] {
    const met = openCheck("the processes met nothing but what was done to them");
    for (const line of this.crowd.lines) {
      const isMistake = /Cannot|deadlock|panicked|Uncaught/i.test(line) && !CUT_OFF.test(line);
      note(met, !isMistake, () => line);
    }
    for (const surprise of this.people.surprises) note(met, false, () => surprise);
    return [met];
  }

  private async tellFacts(): Promise<Verdict["facts"]> {
    const count = (pattern: RegExp) => this.crowd.lines.filter((line) => pattern.test(line)).length;
    const [runs] = await this.sql`
      select count(*)::int as "runs",
             count(*) filter (where scheduled_for is not null)::int as "runs of slots",
             count(*) filter (where trigger = 'catch_up')::int as "runs that caught up",
             count(*) filter (where status = 'success')::int as "succeeded",
             count(*) filter (where status = 'failed')::int as "failed",
             count(*) filter (where status = 'skipped')::int as "skipped",
             count(*) filter (where status = 'cancelled')::int as "cancelled",
             sum(losses)::int as "attempts lost"
      from job_runs`;
    const outcomes = await this.sql<{ outcome: string; attempts: number }[]>`
      select outcome, count(*)::int as attempts from run_attempts group by 1 order by 1`;
    const gaps = await this.sql<{ reason: string; gaps: number; slots: number }[]>`
      select reason, count(*)::int as gaps, sum(slots)::int as slots
      from schedule_gaps group by 1 order by 1`;
    const [{ deadlocks }] = await this.sql<{ deadlocks: number }[]>`
      select deadlocks::int from pg_stat_database where datname = current_database()`;
    return [
      ["seed", this.options.seed],
      ["virtual hours", this.options.hours],
      ["processes", this.options.processes],
      ...this.crowd.fates,
      ...[...this.people.acts].map(([act, n]): [string, number] => [`people: ${act}`, n]),
      ...Object.entries(runs) as [string, number][],
      ...outcomes.map((
        { outcome, attempts },
      ): [string, number] => [`attempts: ${outcome}`, attempts]),
      ...gaps.map(({ reason, gaps, slots }): [string, string] => [
        `gaps: ${reason}`,
        `${gaps} of ${slots} slots`,
      ]),
      ["late settlements refused by the fence", count(/before it could be settled/)],
      ["runs given up when the heartbeat was refused", count(/taken away from this process/)],
      ["deadlocks", deadlocks],
    ];
  }
}
