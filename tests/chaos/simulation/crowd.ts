/** The processes of the simulation, and what befalls them. */
import { ChildProgram } from "../../support/child_program.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { note, openCheck } from "./verdict.ts";
import type { SimulationWorkerOptions } from "./worker.ts";

/** What may befall a process, with its share of all that does. */
const FATES = {
  killed: 0.3,
  "frozen past its lease": 0.3,
  "frozen for a moment": 0.1,
  "asked to end": 0.1,
  "cut off from the database": 0.1,
  "frozen with all others": 0.1,
};

type Fate = keyof typeof FATES;

interface Member {
  program: ChildProgram;
  name: string;
  /** Whether something befalls it now. */
  isUpset: boolean;
}

/** How long a process may take to end, of which its handlers have 3.5 s. */
const PATIENCE_MS = 15_000;

export class Crowd {
  readonly fates = new Map<Fate, number>();
  readonly endings = openCheck("a process that was asked to end did so by itself");
  private readonly members: Member[] = [];
  private readonly programs: ChildProgram[] = [];
  private readonly goingOn = new Set<Promise<void>>();
  private isOver = false;

  constructor(
    private readonly sql: Sql,
    private readonly options: Omit<SimulationWorkerOptions, "name">,
    private readonly leaseRealMs: number,
    private readonly random: () => number,
  ) {}

  async start(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.members.push({ ...this.startProgram(), isUpset: false });
    }
    await Promise.all(this.programs.map((program) => program.waitFor(/^ready$/)));
  }

  /** Something befalls a process that is well; the rest of it takes its time. */
  upset(): void {
    const well = this.members.filter(({ isUpset }) => !isUpset);
    if (well.length === 0) return;
    const member = well[Math.floor(this.random() * well.length)];
    member.isUpset = true;
    const fate = this.pickFate();
    this.fates.set(fate, (this.fates.get(fate) ?? 0) + 1);
    const goingOn = this.befall(member, fate).then(() => {
      member.isUpset = false;
      this.goingOn.delete(goingOn);
    });
    // What fails is heard in `recover`.
    goingOn.catch(() => {});
    this.goingOn.add(goingOn);
  }

  /** Resolves when every process is well again. */
  async recover(): Promise<void> {
    await Promise.all(this.goingOn);
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => this.askToEnd(member)));
  }

  /** Ends all by force, and lets no other begin; for when something went wrong. */
  async kill(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.programs.map((program) => program.kill()));
  }

  /** All that was printed by all that ever ran. */
  get lines(): string[] {
    return this.programs.flatMap(({ lines }) => lines);
  }

  private async befall(member: Member, fate: Fate): Promise<void> {
    const { program } = member;
    switch (fate) {
      case "killed":
        await program.kill();
        return await this.replace(member);
      case "asked to end":
        await this.askToEnd(member);
        return await this.replace(member);
      case "frozen for a moment":
        return await this.freeze([member], 0.4);
      case "frozen past its lease":
        return await this.freeze([member], 1.2 + this.random());
      case "frozen with all others":
        return await this.freeze(this.members, 1.2 + this.random());
      case "cut off from the database":
        await this.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = ${member.name}`;
    }
  }

  private async askToEnd({ program, name }: Member): Promise<void> {
    program.signal("SIGTERM");
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      program.signal("SIGKILL");
    }, PATIENCE_MS);
    await program.ended();
    clearTimeout(timer);
    note(this.endings, !isLate, () => `${name} had not ended after ${PATIENCE_MS / 1000} s`);
  }

  private async freeze(members: Member[], leases: number): Promise<void> {
    const programs = members.map(({ program }) => program);
    programs.forEach((program) => program.freeze());
    await delay(this.leaseRealMs * leases);
    programs.forEach((program) => program.thaw());
  }

  private async replace(member: Member): Promise<void> {
    await delay(this.random() * 500);
    if (this.isOver) return;
    Object.assign(member, this.startProgram());
    await member.program.waitFor(/^ready$/);
  }

  private startProgram(): { program: ChildProgram; name: string } {
    const name = `process ${this.programs.length + 1}`;
    const options: SimulationWorkerOptions = { ...this.options, name };
    const file = new URL("worker.ts", import.meta.url);
    const program = new ChildProgram(file, [JSON.stringify(options)]);
    this.programs.push(program);
    return { program, name };
  }

  private pickFate(): Fate {
    let rest = this.random();
    for (const [fate, share] of Object.entries(FATES)) {
      if ((rest -= share) < 0) return fate as Fate;
    }
    return "killed";
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
