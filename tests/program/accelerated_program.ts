/**
 * Put before the program by `--preload` where its clock goes faster: the wall clock, the database's and Deno.cron's
 * go on doing so, and its own waits (connections, transactions, leases, the end) keep the time that they were made for.
 *
 * 30 s by a fast clock are milliseconds, which no process is sure to get in time.
 */
import { DEFAULT_LEASE } from "../../lib/heartbeat.ts";

const speed = Number(Deno.env.get("SPEED"));
const LONGEST_TIMER_MS = 2 ** 31 - 1;

// The database's clock has the last word on leases.
DEFAULT_LEASE.leaseMs *= speed;

const fastNow = performance.now.bind(performance);
performance.now = () => fastNow() / speed;

type SetTimer = (callback: () => void, delayMs?: number, ...args: unknown[]) => unknown;

for (const name of ["setTimeout", "setInterval"] as const) {
  const setFast = globalThis[name] as SetTimer;
  const setSlow: SetTimer = (callback, delayMs = 0, ...args) =>
    setFast(callback, Math.min(delayMs * speed, LONGEST_TIMER_MS), ...args);
  Object.assign(globalThis, { [name]: setSlow });
}

// Once it is up, the program ends with whoever holds its input, in whatever way that ended.
globalThis.addEventListener("load", () => {
  Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => Deno.exit(1));
});
