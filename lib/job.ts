import type { z } from "zod";
import type { Config } from "./config.ts";
import type { Json, Sql, Tx } from "./db/sql.ts";
import { JobDefinitionError } from "./errors.ts";
import type { Log } from "./log.ts";
import { describeContradictions, policyColumnsOf } from "./policy_columns.ts";
import type { ScheduleSpec } from "./schedule.ts";

/** What happens to the slots that are late but within their grace; all but `latest` needs one in seconds. */
export type Coalesce = "latest" | "all" | "skip";

/** What happens to a slot whose row still has an active run. */
export type Overlap = "skip" | "queue";

/** Waiting time before attempt n + 1 after n failures: `firstMs` doubled n - 1 times, ± `spread`, at most `maxMs`. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
  /** Share of the delay by which it varies, so that runs that failed together do not return together. */
  spread: number;
}

/** How a job treats lateness, overlap and failure. */
export interface Policies {
  /** How late a slot may still run, in seconds; null: until the next slot is due. */
  graceSeconds: number | null;
  coalesce: Coalesce;
  overlap: Overlap;
  /** Runs of this job that may be running at once, over all its rows and processes; null: no limit. */
  limit: number | null;
  /** A row's slots become available up to this much later, always the same for the same row. */
  jitterSeconds: number;
  /** For each attempt. */
  timeoutMs: number;
  /** Attempts after the first one that failed; lost and interrupted attempts do not use them up. */
  retries: number;
  backoff: Backoff;
  /** Whether a failure is worth another attempt; the default retries everything. */
  retryIf: ((error: unknown) => boolean) | null;
  /** Share of items (0 to 1) under which a run that went through them counts as failed. */
  minSuccessRate: number;
  /** A run that took longer says so; null: never. */
  slowAfterMs: number | null;
}

export const DEFAULT_POLICIES: Readonly<Policies> = {
  graceSeconds: null,
  coalesce: "latest",
  overlap: "skip",
  limit: null,
  jitterSeconds: 0,
  timeoutMs: 3_600_000,
  retries: 2,
  backoff: { firstMs: 30_000, maxMs: 3_600_000, spread: 0.2 },
  retryIf: null,
  minSuccessRate: 0.9,
  slowAfterMs: null,
};

/** A job as its author writes it: one file, one of these. */
export interface JobDefinition<Params> {
  /** `a-z 0-9 _`, at most 60; it names the job in code, SQL, JSON and to Deno.cron, for ever. */
  id: string;
  name: string;
  /** One or two sentences for the person who looks at the dashboard. */
  description: string;
  tags: string[];
  schedule: ScheduleSpec | ((config: Config) => ScheduleSpec);
  /** What `POST /jobs/:id/run` and rows of `scheduled_jobs` may pass; an unknown field is an error. */
  params: z.ZodType<Params>;
  policies?: Partial<Policies>;
  /** Whether a dry run makes sense; default true. */
  dryRun?: boolean;
  /** The variable, or each of those, that the job cannot do without and that is not set; null or none when it can run. */
  missingSetting?: (config: Config) => string | readonly string[] | null;
  /** Whether the row is enabled when it is first written; default true. */
  enabled?: (config: Config) => boolean;
  /** The first run is due at once instead of at the first slot. */
  startsAtOnce?: boolean;
  /** The work; what it returns is the run's `result_json`. */
  run(ctx: JobContext<Params>): Promise<Json | void>;
}

/** A job that was checked. */
export interface Job<Params = unknown> extends Readonly<Omit<JobDefinition<Params>, "policies">> {
  readonly policies: Readonly<Policies>;
  readonly dryRun: boolean;
}

/** Any job; its parameters are known to its own schema only. */
// deno-lint-ignore no-explicit-any
export type AnyJob = Job<any>;

/** What a handler is given for one attempt of one run. */
export interface JobContext<Params = unknown> {
  readonly runId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Id of the row of `scheduled_jobs`; a code job's own row has the job's id. */
  readonly jobId: string;
  /** `*` stands for every bot. */
  readonly botId: string;
  readonly params: Params;
  /** The instant that the work is about: the slot, or what a person asked for. Use it as "now". */
  readonly asOf: Date;
  readonly dryRun: boolean;
  /**
   * Aborts on timeout, cancel, lost lease and shutdown.
   *
   * Who stops early throws its reason (`signal.throwIfAborted()`): the next attempt goes on at the checkpoint. At
   * shutdown a handler that returns instead says that its work is done.
   */
  readonly signal: AbortSignal;
  readonly config: Config;
  /** Lines are kept with the run and shown on the terminal. */
  readonly log: Log;
  /** For reads; writes through it are neither fenced nor rolled back in a dry run. */
  readonly sql: Sql;
  /** Tells how far the work is; `total` null when unknown. */
  progress(done: number, total?: number | null): Promise<void>;
  /** Keeps a value that the next attempt finds in `lastCheckpoint`. */
  checkpoint(value: Json): Promise<void>;
  readonly lastCheckpoint: Json | null;
  /**
   * Writes that happen exactly if this attempt still owns the run when they commit.
   *
   * Throws `LostRunError` when it does not. Await nothing in it but its own SQL: on the embedded
   * database everything else waits meanwhile. A dry run rolls back and counts what would have changed,
   * with what a savepoint took back in the middle.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * `fetch` with the run's signal; a dry run records the call and answers 204 instead of sending it.
   *
   * `readOnly` (the default for GET and HEAD): the call changes nothing out there, so a dry run sends it too.
   */
  fetch(input: string | URL, init?: RequestInit & { readOnly?: boolean }): Promise<Response>;
  /**
   * Works through a source in batches, so that one bad item never fails the rest.
   *
   * A database that goes away is waited for as long as the lease holds; the attempt then goes on, and each item
   * is written once.
   *
   * A handler may go through several sources, one after the other and always in the same order: by that, the next
   * attempt and a retry of the failed items know them again. A `forEach` that begins while another one is going on
   * rejects with a `TypeError`.
   */
  forEach<Item, Prepared = undefined>(
    source: ItemSource<Item>,
    handler: BatchHandler<Item, Prepared>,
    options?: ForEachOptions<Item, Prepared>,
  ): Promise<ItemTotals>;
}

/** Items in a stable order, read a page at a time: memory does not grow with their number. */
export interface ItemSource<Item> {
  /** At most `limit` items after the cursor (null: from the beginning); none at the end. */
  read(after: Json | null, limit: number): Promise<Item[]>;
  /** Where to go on after this item. */
  cursor(item: Item): Json;
  /** The item's name in `run_items`. */
  key(item: Item): string;
  /** The items with these names, for a retry of those that failed; ones that are gone are left out. */
  only(keys: string[]): Promise<Item[]>;
  /** How many there are in all, for the progress bar. */
  count?(): Promise<number>;
}

/** Sums that a handler reports for a batch, such as `{ added: 3 }`. */
export type Counts = Record<string, number>;

/**
 * The set-based work for one batch, in one transaction of its own.
 *
 * When it throws, the batch is halved until the bad item stands alone; the others commit. It is called again for
 * items whose transaction was not committed, so whatever it does but through `tx` must bear being done twice.
 */
export type BatchHandler<Item, Prepared> = (
  items: Item[],
  tx: Tx,
  prepared: Prepared,
) => Promise<Counts | void>;

export interface ForEachOptions<Item, Prepared> {
  /** Items in one transaction; default 500. */
  batchSize?: number;
  /**
   * What has to be done for a batch before its transaction: outbound calls, long computing.
   *
   * It is repeated for the halves of a batch that failed, and when one of its own statements meets the database away.
   */
  prepare?: (items: Item[]) => Promise<Prepared>;
  /**
   * Whether the items count in the run's `items_done` and `items_failed`, and so in its success rate;
   * default true. False is for what failed in earlier runs and was counted there.
   */
  counted?: boolean;
}

/** What came of the items: `{ total, done, failed }` and the handler's own sums. */
export type ItemTotals = { total: number; done: number; failed: number } & Counts;

/**
 * Checks a job's declaration and fills in the defaults.
 *
 * Throws `JobDefinitionError` that names both sides of a contradiction. The schedule's text is checked
 * where it is parsed, since its time zone may come from the configuration.
 */
export function defineJob<Params>(definition: JobDefinition<Params>): Job<Params> {
  const given = Object.entries(definition.policies ?? {}).filter(([, value]) =>
    value !== undefined
  );
  const policies: Policies = { ...DEFAULT_POLICIES, ...Object.fromEntries(given) };
  const problems = [
    ...identityProblems(definition),
    ...rangeProblems(policies),
    ...contradictions(policies),
  ];
  if (problems.length > 0) {
    throw new JobDefinitionError(`Cannot define job "${definition.id}": ${problems.join("; ")}`);
  }
  return Object.freeze({ ...definition, policies, dryRun: definition.dryRun ?? true });
}

/** What an integer column holds, and a timer can wait for in milliseconds: beyond it, it fires at once. */
const MAX_WHOLE = 2 ** 31 - 1;

function identityProblems(definition: Pick<AnyJob, "id" | "name" | "description">): string[] {
  const { id, name, description } = definition;
  const problems = [];
  if (!/^[a-z][a-z0-9_]{0,59}$/.test(id)) {
    problems.push(
      "its id must be 1 to 60 characters of a-z, 0-9 and _, the first one a letter",
    );
  }
  if (!name.trim()) problems.push("its name is empty");
  if (!description.trim()) problems.push("its description is empty");
  return problems;
}

function rangeProblems(policies: Policies): string[] {
  const { graceSeconds, limit, jitterSeconds, timeoutMs, retries, backoff, minSuccessRate } =
    policies;
  const whole = (name: string, value: number | null, least: number) =>
    value === null || (Number.isInteger(value) && value >= least && value <= MAX_WHOLE) ? [] : [
      `${name} must be a whole number from ${least} to ${MAX_WHOLE}: current value is ${value}`,
    ];
  return [
    ...whole("graceSeconds", graceSeconds, 0),
    ...whole("limit", limit, 1),
    ...whole("jitterSeconds", jitterSeconds, 0),
    ...whole("timeoutMs", timeoutMs, 1),
    ...whole("retries", retries, 0),
    ...whole("backoff.firstMs", backoff.firstMs, 0),
    ...whole("backoff.maxMs", backoff.maxMs, 0),
    ...whole("slowAfterMs", policies.slowAfterMs, 1),
    ...(minSuccessRate >= 0 && minSuccessRate <= 1
      ? []
      : [`minSuccessRate must be between 0 and 1: current value is ${minSuccessRate}`]),
    ...(backoff.spread >= 0 && backoff.spread < 1
      ? []
      : [`backoff.spread must be at least 0 and below 1: current value is ${backoff.spread}`]),
  ];
}

function contradictions(policies: Policies): string[] {
  const { backoff, retries, retryIf } = policies;
  const problems = describeContradictions(policyColumnsOf(policies)).map(inCamelCase);
  if (retryIf !== null && retries === 0) {
    problems.push("retryIf and retries 0 contradict each other: there is no retry to decide on");
  }
  if (backoff.firstMs > backoff.maxMs) {
    problems.push(
      `backoff.firstMs ${backoff.firstMs} and backoff.maxMs ${backoff.maxMs} contradict each other: the first delay is over the longest`,
    );
  }
  if (policies.slowAfterMs !== null && policies.slowAfterMs >= policies.timeoutMs) {
    problems.push(
      `slowAfterMs ${policies.slowAfterMs} and timeoutMs ${policies.timeoutMs} contradict each other: a run is ended before it counts as slow`,
    );
  }
  return problems;
}

/** A sentence about columns with the names that code has for them. */
function inCamelCase(sentence: string): string {
  return sentence.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
