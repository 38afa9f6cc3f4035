import { z } from "zod";
import { isConnectionError } from "../lib/db/errors.ts";
import { STALE_TICK_SECONDS } from "../lib/engine_state_store.ts";
import { EdgeCronError } from "../lib/errors.ts";
import { readPulse, type SchedulerPulse } from "../lib/job_overview_store.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { AppDeps } from "./deps.ts";
import { instantJson } from "../lib/instant.ts";
import { RETRY_AFTER_SECONDS } from "./problem.ts";
import { isStale } from "./pulse.ts";

/** How long the checks of `/readyz` may take before the database counts as away. */
const PATIENCE_MS = 5_000;

const NOT_LOOKED_AT = "not looked at";

export function healthRoutes(deps: AppDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/healthz",
      summary: "Whether the program is alive; touches no database",
      tag: "system",
      role: null,
      answers: {
        200: { description: "It is", schema: () => z.strictObject({ status: z.literal("ok") }) },
      },
    }, (_, c) => c.json({ status: "ok" })),

    defineRoute({
      method: "get",
      path: "/readyz",
      summary: "Whether the program can do its work, check by check",
      description:
        "When the last tick is stale the answer says so, and the request carries a tick of its own: " +
        "any uptime monitor is a second clock.",
      tag: "system",
      role: null,
      answers: {
        200: { description: "Every check passed", schema: readiness },
        503: { description: "At least one did not", schema: readiness },
      },
    }, async (_, c) => {
      const { checks, wantsTick } = await within(PATIENCE_MS, readChecks(deps)) ??
        databaseAway("does not answer in time");
      if (wantsTick) await deps.engine.tick("readyz");
      const ready = Object.values(checks).every(({ ok }) => ok);
      if (!ready) c.header("Retry-After", String(RETRY_AFTER_SECONDS));
      return c.json({ status: ready ? "ready" : "not_ready", checks }, ready ? 200 : 503);
    }),
  ];
}

interface Check {
  ok: boolean;
  detail: string;
}

interface Checks {
  database: Check;
  migrations: Check;
  last_tick: Check & { at: Date | null; age_seconds: number | null; source: string | null };
}

interface Verdict {
  checks: Checks;
  /** The last tick was judged first, so that a dead clock shows before this request stands in for it. */
  wantsTick: boolean;
}

async function readChecks(deps: AppDeps): Promise<Verdict> {
  const { sql, clock, config } = deps.engine;
  try {
    const migrations = await judgeMigrations(deps);
    const database = { ok: true, detail: "answers" };
    if (!migrations.ok) {
      return { checks: { database, migrations, last_tick: noTick() }, wantsTick: false };
    }
    const pulse = await readPulse(sql, clock);
    const last_tick = judgeTick(pulse, config.timelineRunsSchedules);
    return { checks: { database, migrations, last_tick }, wantsTick: isStale(pulse) };
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    return databaseAway("cannot be reached");
  }
}

async function judgeMigrations(deps: AppDeps): Promise<Check> {
  try {
    const pending = await deps.pendingMigrations();
    if (pending.length === 0) return { ok: true, detail: "all ran" };
    return { ok: false, detail: `missing: ${pending.join(", ")}` };
  } catch (error) {
    // Such as a file that changed after it ran: the message names it.
    if (error instanceof EdgeCronError) return { ok: false, detail: error.message };
    throw error;
  }
}

function judgeTick(pulse: SchedulerPulse, expected: boolean): Checks["last_tick"] {
  return {
    ok: !isStale(pulse) || !expected,
    detail: expected
      ? `comes every minute, stale after ${STALE_TICK_SECONDS} s`
      : "not expected on this timeline",
    at: pulse.last_tick_at,
    age_seconds: pulse.age_seconds,
    source: pulse.last_tick_source,
  };
}

function databaseAway(detail: string): Verdict {
  const migrations = { ok: false, detail: NOT_LOOKED_AT };
  const checks = { database: { ok: false, detail }, migrations, last_tick: noTick() };
  return { checks, wantsTick: false };
}

function noTick(): Checks["last_tick"] {
  return { ok: false, detail: NOT_LOOKED_AT, at: null, age_seconds: null, source: null };
}

/** What a promise resolves to, or undefined when that takes longer; a later rejection is of no interest then. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  work.catch(() => {});
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const readiness = () => {
  const check = { ok: z.boolean(), detail: z.string() };
  return z.strictObject({
    status: z.enum(["ready", "not_ready"]),
    checks: z.strictObject({
      database: z.strictObject(check),
      migrations: z.strictObject(check),
      last_tick: z.strictObject({
        ...check,
        at: instantJson().nullable(),
        age_seconds: z.number().nullable(),
        source: z.string().nullable(),
      }),
    }),
  });
};
