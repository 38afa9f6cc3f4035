import { fail } from "@std/assert";
import type { Hono } from "hono";
import { z } from "zod";
import { type Clock, databaseClock } from "../../lib/clock.ts";
import { parseConfig, type Role } from "../../lib/config.ts";
import { pendingMigrations } from "../../lib/db/migrate.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { createEngine } from "../../lib/engine.ts";
import type { Engine } from "../../lib/engine_api.ts";
import { type AnyJob, defineJob, type JobDefinition } from "../../lib/job.ts";
import { createLog } from "../../lib/log.ts";
import type { RunRow } from "../../lib/run.ts";
import { syncJobs } from "../../lib/sync.ts";
import { createApp, listRoutes } from "../../routes/app.ts";
import type { AppDeps, AppEnv } from "../../routes/deps.ts";

/** A key for each role, as `API_KEYS` of a test's program. */
export const TEST_KEYS: Record<Role, string> = {
  viewer: "viewer-key-of-a-test",
  operator: "operator-key-of-a-test",
  admin: "admin-key-of-a-test",
};

export interface TestAppOptions extends Partial<AppDeps> {
  jobs?: AnyJob[];
  /** Default: the database's. */
  clock?: Clock;
  /** Variables of the environment beside `API_KEYS`. */
  env?: Record<string, string>;
}

/** What a request gives beside what `fetch` knows. */
export interface TestRequest extends Omit<RequestInit, "body" | "headers"> {
  /** Whose key is sent; null: none. Default: the admin's. */
  as?: Role | null;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: BodyInit;
  headers?: Record<string, string>;
}

/** The HTTP side of a program in this process, with what a test wants to look at. */
export class TestApp implements AsyncDisposable {
  readonly app: Hono<AppEnv>;

  constructor(
    readonly deps: AppDeps,
    /** Everything that was logged, a line each. */
    readonly logLines: string[],
  ) {
    this.app = createApp(deps);
  }

  get engine(): Engine {
    return this.deps.engine;
  }

  /** Sends a request; an answer whose contract has a schema must fit it. */
  async request(method: string, path: string, options: TestRequest = {}): Promise<Response> {
    const { as = "admin", json, ...init } = options;
    const response = await this.app.request(path, {
      ...init,
      method,
      ...(json !== undefined && { body: JSON.stringify(json) }),
      headers: { ...(as && { Authorization: `Bearer ${TEST_KEYS[as]}` }), ...init.headers },
    });
    await this.#checkContract(method, path, response);
    return response;
  }

  // deno-lint-ignore no-explicit-any
  async getJson(path: string, options: TestRequest = {}): Promise<any> {
    return await (await this.request("GET", path, options)).json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop();
  }

  async #checkContract(method: string, path: string, response: Response): Promise<void> {
    if (response.headers.get("Content-Type") !== "application/json") return;
    const pathname = new URL(path, "http://localhost").pathname;
    const route = listRoutes(this.deps).find(({ contract }) =>
      contract.method.toUpperCase() === method &&
      new URLPattern({ pathname: contract.path }).test({ pathname })
    );
    const schema = route?.contract.answers[response.status]?.schema?.();
    const parsed = schema?.safeParse(await response.clone().json());
    if (parsed?.error) {
      fail(`${method} ${path} breaks its contract: ${z.prettifyError(parsed.error)}`);
    }
  }
}

/** A program over a migrated database, its jobs synced and its clock just ticked. */
export async function openTestApp(sql: Sql, options: TestAppOptions = {}): Promise<TestApp> {
  const test = testAppOver(sql, options);
  await syncJobs(test.engine);
  await test.engine.tick("timer");
  return test;
}

/** A program whose database cannot be reached. */
export function testAppWithoutDatabase(options: TestAppOptions = {}): TestApp {
  const error = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  // Fragments are made as statements are and never awaited, so only what is awaited may reject.
  const query = { then: (_: unknown, reject: (error: Error) => void) => reject(error) };
  return testAppOver((() => query) as unknown as Sql, options);
}

function testAppOver(
  sql: Sql,
  { jobs = [testJob()], clock = databaseClock, env, ...deps }: TestAppOptions,
): TestApp {
  const logLines: string[] = [];
  const API_KEYS = Object.entries(TEST_KEYS).map((entry) => entry.join(":")).join(",");
  const engine = createEngine({
    sql,
    clock,
    config: parseConfig({ API_KEYS, ...env }),
    log: createLog((line) => logLines.push(line)),
    jobs,
  });
  return new TestApp(
    { engine, pendingMigrations: () => pendingMigrations(sql), ...deps },
    logLines,
  );
}

/** A job that does nothing every day at 02:00 UTC, but for what the test says. */
export function testJob(overrides: Partial<JobDefinition<unknown>> = {}): AnyJob {
  return defineJob({
    id: "count_words",
    name: "Count words",
    description: "Counts words.",
    tags: ["test"],
    schedule: { cron: "0 2 * * *" },
    params: z.strictObject({ days: z.int().min(1).default(3) }),
    run: () => Promise.resolve(),
    ...overrides,
  });
}

/** What a test says of a run; the parts that are JSON stay as the database has them by default. */
export type RunOverrides = Partial<
  Omit<RunRow, "params" | "result_json" | "progress" | "checkpoint">
>;

/** Inserts a run that ended well, but for what the test says; the job's row must be there. */
export async function insertRun(sql: Sql, overrides: RunOverrides = {}): Promise<string> {
  const at = overrides.created_at ?? new Date("2026-01-01T00:00:00Z");
  const row = {
    job_id: "count_words",
    job_type: "count_words",
    trigger: "manual",
    as_of: at,
    status: "success",
    attempt: 1,
    created_at: at,
    available_at: at,
    started_at: at,
    finished_at: at,
    duration_ms: 0,
    ...overrides,
  };
  const [{ id }] = await sql<{ id: string }[]>`insert into job_runs ${sql(row)} returning id`;
  return id;
}
