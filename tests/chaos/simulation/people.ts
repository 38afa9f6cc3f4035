/** What people do to the schedules meanwhile, and what a judge has to know of it. */
import { backfill } from "../../../lib/backfill.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { EdgeCronError } from "../../../lib/errors.ts";
import type { ScheduleSpec } from "../../../lib/schedule.ts";
import {
  createSchedule,
  editSchedule,
  pauseSchedules,
  resumeSchedules,
} from "../../../lib/schedules.ts";
import { readSharedClock } from "../../support/shared_clock.ts";
import { WORLD, type WorldRow } from "./world.ts";

const MINUTE_MS = 60_000;

/** A row's schedule from an instant on, until the next one of the row. */
export interface Regime {
  spec: ScheduleSpec;
  from: Date;
}

export class People {
  /** By row. */
  readonly regimes = new Map<string, Regime[]>();
  /** Instants that were set by hand and have to run, by row; null: at once. */
  readonly setByHand = new Map<string, (Date | null)[]>();
  /** Ids of runs that one idempotency key gave; more than one is a mistake. */
  readonly runsOfKeys = new Map<string, Set<string>>();
  readonly acts = new Map<string, number>();
  /** Anything but the conditions that a caller may meet. */
  readonly surprises: string[] = [];
  private readonly heldBack = new Set<string>();

  constructor(private readonly engine: Engine, private readonly random: () => number) {}

  async makeSchedules(): Promise<void> {
    for (const { job, ...input } of WORLD) {
      const row = await createSchedule(this.engine, job, input);
      this.regimes.set(row.id, [{ spec: input.spec, from: row.anchor_at }]);
      this.setByHand.set(row.id, []);
    }
  }

  /** One act; with `lastActs` nothing that reaches into the future. */
  async act({ lastActs }: { lastActs: boolean }): Promise<void> {
    const row = this.pick(WORLD.filter(({ id }) => id !== "once"));
    const acts: Record<string, () => Promise<unknown>> = {
      "run by hand": () => this.requestTwice(row),
      "dry run": () => this.request(row, { dryRun: true }),
      cancel: () => this.cancelOne(),
      retry: () => this.retryOne(),
      backfill: () => this.backfill(row),
    };
    if (!lastActs) {
      acts["set next_run_at"] = () => this.setNextRun(row);
      acts["pause or resume"] = () => this.pauseOrResume(row);
      acts["disable or enable"] = () => this.disableOrEnable(row);
      acts["edit schedule"] = () => this.editSchedule();
    }
    const name = this.pick(Object.keys(acts));
    try {
      await acts[name]();
      this.acts.set(name, (this.acts.get(name) ?? 0) + 1);
    } catch (error) {
      // Such as a conflict with an active run: the caller is told, and nothing happens.
      if (!(error instanceof EdgeCronError)) this.surprises.push(`${name}: ${error}`);
    }
  }

  /** Lets go of every row that is held back. */
  async letGo(): Promise<void> {
    for (const { id } of WORLD) {
      await resumeSchedules(this.engine, { id });
      if (this.heldBack.has(id)) await editSchedule(this.engine, id, { enabled: true });
    }
  }

  private async requestTwice(row: WorldRow): Promise<void> {
    const key = crypto.randomUUID();
    const ids = new Set<string>();
    this.runsOfKeys.set(key, ids);
    const both = await Promise.allSettled([
      this.request(row, { idempotencyKey: key }),
      this.request(row, { idempotencyKey: key }),
    ]);
    for (const one of both) {
      if (one.status === "fulfilled") ids.add(one.value.id);
      else throw one.reason;
    }
  }

  private request(row: WorldRow, request: { dryRun?: boolean; idempotencyKey?: string }) {
    return this.engine.requestRun(row.job, { ...request, botId: row.id, triggeredBy: "people" });
  }

  private async cancelOne(): Promise<void> {
    const id = await this.findRun(["pending", "running"]);
    if (id) await this.engine.cancelRun(id, "people");
  }

  private async retryOne(): Promise<void> {
    const id = await this.findRun(["failed", "cancelled"]);
    if (id) await this.engine.retryRun(id, { triggeredBy: "people" });
  }

  private async findRun(statuses: string[]): Promise<string | undefined> {
    const [run] = await this.engine.sql<{ id: string }[]>`
      select id from job_runs
      where status = any(${statuses})
      order by created_at desc, id
      offset ${Math.floor(this.random() * 5)} limit 1`;
    return run?.id;
  }

  private async backfill(row: WorldRow): Promise<void> {
    const to = new Date((await readSharedClock(this.engine.sql)).getTime() - 5 * MINUTE_MS);
    const from = new Date(to.getTime() - 20 * MINUTE_MS);
    await backfill(this.engine, row.job, { from, to, scheduleId: row.id, triggeredBy: "people" });
  }

  /** As a person does it who knows SQL. What was set before and has not run yet is replaced. */
  private async setNextRun(row: WorldRow): Promise<void> {
    const { sql, clock } = this.engine;
    const minutes = this.pick([-1, 5, null]);
    const [set] = await sql<{ replaced: boolean; next_run_at: Date | null }[]>`
      with before as (
        select id, next_run_at, planned_at from scheduled_jobs where id = ${row.id} for update
      ),
      changed as (
        update scheduled_jobs s
        set next_run_at = ${clock.now(sql)} + ${minutes}::int * interval '1 minute'
        from before b
        where s.id = b.id
        returning s.next_run_at
      )
      select before.next_run_at is distinct from before.planned_at as replaced,
             changed.next_run_at
      from before, changed`;
    const waiting = this.setByHand.get(row.id)!;
    if (set.replaced) waiting.pop();
    waiting.push(set.next_run_at);
  }

  private async pauseOrResume(row: WorldRow): Promise<void> {
    if (this.random() < 0.5) {
      await resumeSchedules(this.engine, { id: row.id });
      return;
    }
    const now = await readSharedClock(this.engine.sql);
    const until = this.pick([null, new Date(now.getTime() + 10 * MINUTE_MS)]);
    await pauseSchedules(this.engine, { id: row.id }, { until, reason: "simulated", by: "people" });
  }

  private async disableOrEnable(row: WorldRow): Promise<void> {
    const enabled = this.heldBack.has(row.id);
    await editSchedule(this.engine, row.id, { enabled });
    if (enabled) this.heldBack.delete(row.id);
    else this.heldBack.add(row.id);
  }

  private async editSchedule(): Promise<void> {
    const regimes = this.regimes.get("edited")!;
    const spec = this.pick<ScheduleSpec>([
      { cron: "*/11 * * * *" },
      { cron: "*/4 * * * *", timeZone: "Asia/Kathmandu" },
      { intervalMinutes: 3 },
    ]);
    const row = await editSchedule(this.engine, "edited", { spec });
    if (row.anchor_at > regimes.at(-1)!.from) regimes.push({ spec, from: row.anchor_at });
  }

  private pick<T>(choices: T[]): T {
    return choices[Math.floor(this.random() * choices.length)];
  }
}
