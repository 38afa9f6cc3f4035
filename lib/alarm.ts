import { MINUTE_ALARM } from "./deno_cron.ts";
import type { Engine } from "./engine_api.ts";

/** How long the minute's alarm stays with the runs that it started: the next one must not find it at work. */
const MINUTE_ALARM_MS = 50_000;

/**
 * What Deno.cron calls when an alarm fires: a pass, then waiting for the runs that it started.
 *
 * Deno Deploy may end an isolate that has nothing under way, so an alarm that is not yet over keeps its runs alive.
 */
export async function onAlarm(engine: Engine, name: string): Promise<void> {
  const { ended } = await engine.tick(name);
  if (name !== MINUTE_ALARM) return await ended;
  const { promise: beat, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, MINUTE_ALARM_MS);
  await Promise.race([ended, beat]);
  clearTimeout(timer);
}
