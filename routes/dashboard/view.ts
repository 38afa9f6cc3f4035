import type { Context } from "hono";
import type { Role } from "../../lib/config.ts";
import type { Engine } from "../../lib/engine_api.ts";
import { readPulse, type SchedulerPulse } from "../../lib/job_overview_store.ts";
import { readCookie, writeCookie } from "../cookies.ts";
import type { Visitor } from "../dashboard.ts";
import { isStale } from "../pulse.ts";
import { formatDistance } from "./format.ts";
import { type Look, readLook } from "./look.ts";
import { hasRole } from "./roles.ts";

export interface PageEnv {
  Bindings: Visitor;
  Variables: { view: View };
}

export type PageContext = Context<PageEnv>;

/** What every page knows: who looks, at what time, and how it is to be shown. */
export interface View {
  /** Null where nobody is signed in. */
  role: Role | null;
  /** Whether buttons that change something would be obeyed. */
  canOperate: boolean;
  /** Whether those that change schedules would be. */
  canAdminister: boolean;
  formToken: string;
  /** Path and query of the page. */
  path: string;
  now: Date;
  pulse: SchedulerPulse;
  look: Look;
  /** The IANA zone that instants are shown in. */
  zone: string;
  /** Why what is shown may be old; null when it is not. */
  warning: string | null;
  /** What the last act came to. */
  said: Said | null;
}

export interface Said {
  tone: "ok" | "bad";
  text: string;
}

const SAID_COOKIE = "edge_cron_said";

/** Reads what a page needs; one statement. */
export async function makeView(c: PageContext, engine: Engine): Promise<View> {
  const { caller, session } = c.env;
  const pulse = await readPulse(engine.sql, engine.clock);
  const look = readLook(c, engine.config.defaultTimeZone);
  const { pathname, search } = new URL(c.req.url);
  return {
    role: caller?.role ?? null,
    canOperate: hasRole(caller?.role, "operator"),
    canAdminister: hasRole(caller?.role, "admin"),
    formToken: session?.formToken ?? "",
    path: pathname + search,
    now: pulse.now,
    pulse,
    look,
    zone: look.zone,
    warning: warningOf(engine, pulse),
    said: takeSaid(c),
  };
}

/** Leaves a sentence for the next page. */
export function say(c: PageContext, tone: Said["tone"], text: string): void {
  writeCookie(c, SAID_COOKIE, JSON.stringify([tone, text.slice(0, 1_000)]), 60);
}

function takeSaid(c: PageContext): Said | null {
  const text = readCookie(c, SAID_COOKIE);
  // A part of a page that is fetched again has no place for it.
  if (!text || c.req.method !== "GET" || c.req.header("HX-Request")) return null;
  writeCookie(c, SAID_COOKIE, "", 0);
  try {
    const [tone, sentence] = JSON.parse(text);
    return { tone: tone === "ok" ? "ok" : "bad", text: String(sentence) };
  } catch {
    return null;
  }
}

function warningOf({ config }: Engine, pulse: SchedulerPulse): string | null {
  if (!config.schedulerEnabled) {
    return "The scheduler is switched off (SCHEDULER_ENABLED=false): jobs run by hand only.";
  }
  if (!config.timelineRunsSchedules) return "Schedules do not run on this timeline.";
  if (!isStale(pulse)) return null;
  return pulse.last_tick_at === null
    ? "The scheduler has not ticked yet: no slot is dispatched before it does."
    : `The scheduler last ticked ${
      formatDistance(pulse.last_tick_at, pulse.now)
    }: nothing is dispatched meanwhile. /readyz says more.`;
}
